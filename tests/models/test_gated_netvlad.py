import gc
import re

import keras
import numpy as np
import pytest

from compactvid.compression import cast_float16
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR, RELEASED_NAMES

# What a TensorFlow 1 graph of the released code creates, read off NetVLADModelLF.create_model, NetVLAD.forward and
# MoeModel.create_model under the variable scope "tower"; shapes by K (video), L (audio clusters), H, V and M.
BATCH_NORM = ("beta", "gamma", "moving_mean", "moving_variance")
RELEASED_GRAPH = {
    "tower/video_VLAD/conv2/cluster_weights": lambda K, L, H, V, M: (1024, K),
    **{f"tower/video_VLAD/cluster_bn/{name}": lambda K, L, H, V, M: (K,) for name in BATCH_NORM},
    "tower/video_VLAD/cluster_weights2/cluster_weights2": lambda K, L, H, V, M: (1, 1024, K),
    "tower/audio_VLAD/conv2/cluster_weights": lambda K, L, H, V, M: (128, L),
    **{f"tower/audio_VLAD/cluster_bn/{name}": lambda K, L, H, V, M: (L,) for name in BATCH_NORM},
    "tower/audio_VLAD/cluster_weights2/cluster_weights2": lambda K, L, H, V, M: (1, 128, L),
    "tower/hidden1_weights/hidden1_weights": lambda K, L, H, V, M: (1024 * K + 128 * L, H),
    **{f"tower/hidden1_bn/{name}": lambda K, L, H, V, M: (H,) for name in BATCH_NORM},
    "tower/hidden2_weights/hidden2_weights": lambda K, L, H, V, M: (H, 2 * H),
    "tower/hidden2_biases": lambda K, L, H, V, M: (2 * H,),
    "tower/gating_weights/gating_weights": lambda K, L, H, V, M: (2 * H, 2 * H),
    **{f"tower/gating_bn/{name}": lambda K, L, H, V, M: (2 * H,) for name in BATCH_NORM},
    "tower/gates/weights": lambda K, L, H, V, M: (2 * H, V * (M + 1)),
    "tower/experts/weights": lambda K, L, H, V, M: (2 * H, V * M),
    "tower/experts/biases": lambda K, L, H, V, M: (V * M,),
    "tower/gating_prob_weights": lambda K, L, H, V, M: (V, V),
    **{f"tower/gating_prob_bn/{name}": lambda K, L, H, V, M: (V,) for name in BATCH_NORM},
}

# K, H and what Liu & Liu 2018 print in Table 1: MiB in float32 and float16, per cent saved; then the ten models that
# they eliminated, whose sizes are not printed (from the count formulas of an independent audit).
TABLE_1 = """
24 1440 714.93 381.40 46.7 | 32 1280 679.73 358.85 47.2 | 100 800 663.87 339.76 48.8 | 16 1280 594.59 316.21 46.8
32 1024 549.24 286.85 47.8 | 20 960 469.18 245.31 47.7 | 16 800 384.27 199.61 48.1 | 64 512 365.53 186.11 49.1
100 400 357.21 180.93 49.3 | 32 600 339.72 174.20 48.7 | 32 512 297.27 151.85 48.9 | 16 512 263.13 134.71 48.8
8 512 246.07 126.15 48.7 | 16 400 217.05 110.50 49.1 | 10 400 207.04 105.47 49.1 | 32 256 175.78 88.85 49.5
10 300 168.87 85.58 49.3 | 16 256 158.65 80.21 49.4
20 1600 767.27 413.12 | 64 1024 685.51 355.11 | 150 600 634.55 322.10 | 128 512 502.07 254.65 | 16 1024 481.11 252.71
32 400 243.75 123.92 | 128 1024 958.04 491.65 | 8 1024 447.04 235.65 | 32 800 437.53 226.31 | 8 800 357.64 186.26
"""
MODELS = [model.split() for model in re.split(r"[|\n]", TABLE_1.strip())]


def tiny(**fields):
    sizes = {"cluster_size": 4, "hidden_size": 6, "num_classes": 5, "num_mixtures": 2, "rgb_size": 7, "audio_size": 3}
    return GatedNetVLAD(**{**sizes, **fields})


def example(counts=(6, 4, 1), frames=6):
    random = np.random.default_rng(0)
    return {
        "rgb": random.normal(size=(len(counts), frames, 7)).astype("float32"),
        "audio": random.normal(size=(len(counts), frames, 3)).astype("float32"),
        "num_frames": np.array(counts, dtype="int32"),
    }


def randomize(model):
    random = np.random.default_rng(0)
    for weight in model.weights:
        value = random.normal(size=weight.shape)
        if weight.path.endswith("moving_variance"):
            value = 0.5 + value**2
        elif weight.path == "hidden1_bn/gamma":
            value = 10 * value  # so that the first layer reaches 6, where relu6 and ReLU part
        weight.assign(value)
    return {weight.path: keras.ops.convert_to_numpy(weight.value).astype("float64") for weight in model.weights}


def predict(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def batch_norm(x, weights, path):
    scale = weights[f"{path}/gamma"] / np.sqrt(weights[f"{path}/moving_variance"] + 1e-3)
    return (x - weights[f"{path}/moving_mean"]) * scale + weights[f"{path}/beta"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def released_prediction(rgb, audio, weights, *, mixtures=2, activation="relu6", normalize=True):
    """The released graph in inference for one video without padding, in float64."""
    frames = np.concatenate([rgb, audio], axis=1).astype("float64")
    if normalize:
        frames /= np.linalg.norm(frames, axis=1, keepdims=True)
    descriptors = []
    videos = [("video_vlad", frames[:, : rgb.shape[1]])] if rgb.shape[1] else []
    for name, x in (*videos, ("audio_vlad", frames[:, rgb.shape[1] :])):
        shares = np.exp(batch_norm(x @ weights[f"{name}/cluster_weights"], weights, f"{name}/cluster_bn"))
        shares /= shares.sum(axis=1, keepdims=True)
        residuals = x[:, :, None] - weights[f"{name}/cluster_centres"]
        v = (shares[:, None, :] * residuals).sum(axis=0)
        v = (v / np.linalg.norm(v, axis=0)).reshape(-1)
        descriptors.append(v / np.linalg.norm(v))
    x = batch_norm(np.concatenate(descriptors) @ weights["hidden1/kernel"], weights, "hidden1_bn")
    x = np.clip(x, 0, 6 if activation == "relu6" else np.inf)
    x = x @ weights["hidden2/kernel"] + weights["hidden2/bias"]
    x = x * sigmoid(batch_norm(x @ weights["hidden_gating/kernel"], weights, "hidden_gating/gating_bn"))
    gates = np.exp((x @ weights["mixture/gates_kernel"]).reshape(-1, mixtures + 1))
    gates /= gates.sum(axis=1, keepdims=True)
    experts = sigmoid((x @ weights["mixture/experts_kernel"] + weights["mixture/experts_bias"]).reshape(-1, mixtures))
    p = (gates[:, :-1] * experts).sum(axis=1)
    return p * sigmoid(batch_norm(p @ weights["probability_gating/kernel"], weights, "probability_gating/gating_bn"))


@pytest.mark.parametrize(
    "fields", [{}, {"activation": "relu"}, {"normalize_inputs": False}, {"audio_cluster_size": 3, "num_mixtures": 3}]
)
def test_predicts_what_the_released_graph_predicts(fields):
    model = tiny(**fields).build()
    weights = randomize(model)
    inputs = example()
    rows = zip(inputs["rgb"], inputs["audio"], inputs["num_frames"], strict=True)
    settings = {
        "mixtures": fields.get("num_mixtures", 2),
        "activation": fields.get("activation", "relu6"),
        "normalize": fields.get("normalize_inputs", True),
    }
    expected = [released_prediction(rgb[:count], audio[:count], weights, **settings) for rgb, audio, count in rows]
    # float32 through a dozen layers with weights of order 1.
    np.testing.assert_allclose(predict(model, inputs), expected, atol=2e-5)


@pytest.mark.parametrize("normalize", [True, False])
def test_audio_alone_is_the_model_without_its_video_branch(normalize):
    model = tiny(rgb_size=None, normalize_inputs=normalize).build()
    weights = randomize(model)
    both = tiny().build(initialize=False)
    assert set(weights) == {weight.path for weight in both.weights if not weight.path.startswith("video_vlad")}
    assert weights["audio_vlad/cluster_weights"].shape == (3, 2)  # K // 2 clusters, as with video
    inputs = {name: values for name, values in example().items() if name != "rgb"}
    rows = zip(inputs["audio"], inputs["num_frames"], strict=True)
    expected = [
        released_prediction(np.zeros((count, 0)), audio[:count], weights, normalize=normalize) for audio, count in rows
    ]
    np.testing.assert_allclose(predict(model, inputs), expected, atol=2e-5)  # as with video


def test_relu6_and_normalisation_matter_for_these_weights():
    predictions = []
    for fields in ({}, {"activation": "relu"}, {"normalize_inputs": False}):
        model = tiny(**fields).build()
        randomize(model)
        predictions.append(predict(model, example()))
    assert np.abs(predictions[1] - predictions[0]).max() > 1e-3
    assert np.abs(predictions[2] - predictions[0]).max() > 1e-3


@pytest.mark.parametrize("filler", [0.0, 1e30, float("nan")])
def test_padding_never_changes_a_prediction(filler):
    model = tiny().build()
    randomize(model)
    short, long = example(), example()
    for name in ("rgb", "audio"):
        long[name] = np.pad(short[name], ((0, 0), (0, 5), (0, 0)))
        long[name][np.arange(11) >= short["num_frames"][:, None]] = filler
    np.testing.assert_allclose(predict(model, long), predict(model, short), atol=1e-6)  # sums in another order


def test_one_training_step_is_the_same_with_other_padding():
    trained = []
    for filler in (0.0, 123.0):
        model = tiny(normalize_inputs=False).build()
        randomize(model)
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", jit_compile=False)
        inputs = example()
        for name in ("rgb", "audio"):
            inputs[name][np.arange(6) >= inputs["num_frames"][:, None]] = filler
        model.train_on_batch(inputs, np.eye(3, 5, dtype="float32"))
        trained.append(model.get_weights())
    for with_zeros, with_filler in zip(*trained, strict=True):
        np.testing.assert_array_equal(with_filler, with_zeros)


def test_frame_order_and_a_num_frames_beyond_the_batch_change_nothing():
    model = tiny().build()
    randomize(model)
    inputs = example(counts=(6, 6, 6))
    expected = predict(model, inputs)
    order = np.random.default_rng(1).permutation(6)
    shuffled = {"rgb": inputs["rgb"][:, order], "audio": inputs["audio"][:, order], "num_frames": inputs["num_frames"]}
    np.testing.assert_allclose(predict(model, shuffled), expected, atol=1e-5)
    np.testing.assert_array_equal(predict(model, {**inputs, "num_frames": np.full(3, 300, "int32")}), expected)


def test_a_video_without_frames_is_finite_and_does_not_depend_on_its_padding():
    model = tiny().build()
    randomize(model)
    predictions = predict(model, example(counts=(0, 0, 3)))
    assert np.isfinite(predictions).all()
    # The same numbers in two rows of a matrix product, which may be summed in another order.
    np.testing.assert_allclose(predictions[0], predictions[1], atol=1e-6)


def test_trains_saves_and_loads(tmp_path):
    keras.utils.set_random_seed(1)
    model = tiny(batch_norm_momentum=0.5).build()
    inputs, labels = example(), np.eye(3, 5, dtype="float32")
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", jit_compile=False)
    losses = [float(model.train_on_batch(inputs, labels)) for _ in range(80)]
    assert losses[-1] < losses[0] / 3
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [weight.path for weight in loaded.weights] == [weight.path for weight in model.weights]
    np.testing.assert_array_equal(predict(loaded, inputs), predict(model, inputs))


def test_mixed_precision_predicts_float32_probabilities():
    full = tiny().build()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        mixed = tiny().build()
    finally:
        keras.config.set_dtype_policy("float32")
    mixed.set_weights(full.get_weights())
    predictions = predict(mixed, example())
    assert predictions.dtype == np.float32
    # Initial activations are of order 1: some roundings at 2^-11, damped by sigmoids.
    np.testing.assert_allclose(predictions, predict(full, example()), atol=2e-3)


def test_the_penalty_is_tf_slims():
    model = tiny(l2_penalty=0.1).build()
    weights = randomize(model)
    squares = sum(np.square(weights[f"mixture/{name}_kernel"]).sum() for name in ("gates", "experts"))
    np.testing.assert_allclose(float(sum(model.losses)), 0.1 * squares / 2, rtol=1e-5)
    assert tiny(l2_penalty=0).build().losses == []


def test_one_seed_one_model():
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        weights.append(tiny().build().get_weights())
    assert all((first == second).all() for first, second in zip(*weights, strict=True))


def test_the_32_tensors_are_those_of_the_released_graph():
    fields = {"K": 4, "L": 2, "H": 6, "V": 5, "M": 2}
    model = tiny(rgb_size=1024, audio_size=128).build(initialize=False)
    shapes = {RELEASED_NAMES[weight.path]: tuple(weight.shape) for weight in model.weights}
    released = {name: shape(**fields) for name, shape in RELEASED_GRAPH.items()}
    for name in (
        "tower/video_VLAD/cluster_weights2/cluster_weights2",
        "tower/audio_VLAD/cluster_weights2/cluster_weights2",
    ):
        released[name] = released[name][1:]  # (1, features, clusters) there
    assert len(model.weights) == len(RELEASED_NAMES) == 32
    assert shapes == released


def test_the_big_four_are_the_four_that_the_paper_names():
    quoted = [
        "tower/experts/weights",
        "tower/gates/weights",
        "tower/gating_prob_weights",
        "tower/hidden1_weights/hidden1_weights",
    ]
    assert [RELEASED_NAMES[path] for path in BIG_FOUR] == quoted


@pytest.mark.parametrize("row", MODELS, ids=lambda row: f"K{row[0]}-H{row[1]}")
def test_all_28_sizes_at_the_papers_scale(row):
    clusters, hidden, float32_mib, float16_mib, *saved = row
    # Without values: shapes and dtypes are all that bytes depend on.
    with keras.StatelessScope(initialize_variables=False):
        model = GatedNetVLAD(cluster_size=int(clusters), hidden_size=int(hidden)).build()
    size = model_size(model).set_index("tensor")["bytes"]
    assert len(size) == 32
    cast = size.sum() - size[list(BIG_FOUR)].sum() // 2
    assert f"{size.sum() / 2**20:.2f}" == float32_mib
    assert f"{cast / 2**20:.2f}" == float16_mib
    assert [f"{100 * (1 - cast / size.sum()):.1f}"] == (saved or [f"{100 * (1 - cast / size.sum()):.1f}"])
    assert set(size.nlargest(4).index) == set(BIG_FOUR)


@pytest.mark.parametrize("row", [MODELS[17], MODELS[16]], ids=lambda row: f"K{row[0]}-H{row[1]}")
def test_sizes_of_models_built_and_cast_at_the_papers_scale(row):
    clusters, hidden, float32_mib, float16_mib, _ = row
    model = GatedNetVLAD(cluster_size=int(clusters), hidden_size=int(hidden)).build(initialize=False)
    assert not any(np.any(model.get_layer(name).get_weights()[0]) for name in ("hidden1", "mixture", "video_vlad"))
    cast = cast_float16(model)
    assert f"{model_size(model)['bytes'].sum() / 2**20:.2f}" == float32_mib
    assert f"{model_size(cast)['bytes'].sum() / 2**20:.2f}" == float16_mib
    del model, cast
    gc.collect()  # models are cycles: without this they would wait in memory for a later collection


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (field, value)
        for field in ("cluster_size", "hidden_size", "num_classes", "num_mixtures", "rgb_size", "audio_size")
        for value in (0, -3, 2.0, True, "8", None)
        if (field, value) != ("rgb_size", None)  # which means audio alone
    ],
)
def test_sizes_must_be_positive_integers(field, value):
    with pytest.raises(ValueError, match=f"GatedNetVLAD: {field} must be a positive integer, not {value!r}"):
        GatedNetVLAD(**{field: value})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"audio_cluster_size": 0}, "audio_cluster_size must be a positive integer, not 0"),
        ({"cluster_size": 1}, "leaves no audio cluster; give audio_cluster_size"),
        ({"activation": "tanh"}, "activation must be 'relu6' or 'relu', not 'tanh'"),
        ({"normalize_inputs": 1}, "normalize_inputs must be True or False, not 1"),
        ({"l2_penalty": -1e-6}, r"l2_penalty must be a number in \[0.0, inf\), not -1e-06"),
        ({"l2_penalty": float("nan")}, "l2_penalty must be a number"),
        ({"batch_norm_momentum": 1.0}, r"batch_norm_momentum must be a number in \[0.0, 1.0\), not 1.0"),
        ({"batch_norm_momentum": "0.9"}, "batch_norm_momentum must be a number"),
    ],
)
def test_other_fields_are_checked_by_name(fields, message):
    with pytest.raises(ValueError, match=message):
        GatedNetVLAD(**fields)


def test_one_cluster_with_its_own_audio_cluster_works():
    model = tiny(cluster_size=1, audio_cluster_size=1).build()
    assert np.isfinite(predict(model, example())).all()
