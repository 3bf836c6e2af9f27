"""The paper's network re-computed in NumPy, dense and circulant; padding, gradients, bad fields, one storage format."""

import keras
import numpy as np
import pytest
import scipy.linalg

from compactvid.compression.litert import LiteRTModel, export_litert
from compactvid.layers.frame_pooling import RANKED_FRAMES
from compactvid.metrics import model_size
from compactvid.models import Circulant, CirculantNetwork
from compactvid.runs.config import describe, rebuild

EVERY_EMBEDDING = ("deep_bag_of_frames", "net_vlad", "net_fv")
COMPACT = {part: Circulant() for part in ("projection", "fully_connected", "mixture")}
MIXTURES = 2


def tiny(**fields):
    sizes = {
        "projection_size": 10,
        "netvlad_cluster_size": 4,
        "net_fv_cluster_size": 4,
        "num_samples": 3,
        "sample_size": 2,
        "hidden_size": 6,
        "num_classes": 5,
        "num_mixtures": MIXTURES,
        "rgb_size": 7,
        "audio_size": 3,
    }
    return CirculantNetwork(**{**sizes, **fields})


def example(counts=(6, 4, 1), frames=6, modalities=("rgb", "audio")):
    random = np.random.default_rng(0)
    features = {"rgb": 7, "audio": 3}
    inputs = {name: random.normal(size=(len(counts), frames, features[name])).astype("float32") for name in modalities}
    return {**inputs, "num_frames": np.array(counts, dtype="int32")}


def randomize(model):
    random = np.random.default_rng(0)
    for weight in model.weights:
        value = 0.5 * random.normal(size=weight.shape)
        weight.assign(0.5 + value**2 if weight.path.endswith(("moving_variance", "deviations")) else value)
    return {weight.path: keras.ops.convert_to_numpy(weight.value).astype("float64") for weight in model.weights}


def predict(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def batch_norm(x, weights, path):
    scale = weights[f"{path}/gamma"] / np.sqrt(weights[f"{path}/moving_variance"] + 1e-3)
    return (x - weights[f"{path}/moving_mean"]) * scale + weights[f"{path}/beta"]


def product(x, weights, path, circulant, units):
    """x times the part's dense kernel, or times the concatenated blocks of circulant and diagonal matrices."""
    if circulant is None:
        return x @ weights[f"{path}/kernel"]
    columns = weights[f"{path}/first_columns"]
    diagonals = weights.get(f"{path}/diagonals", np.ones_like(columns))
    outputs = []
    for block in range(columns.shape[1]):
        matrix = np.eye(columns.shape[2])
        for column, diagonal in zip(columns[:, block], diagonals[:, block], strict=True):
            factors = (np.diag(diagonal), scipy.linalg.circulant(column))
            matrix = matrix @ (factors[0] @ factors[1] if circulant.order == "DC" else factors[1] @ factors[0])
        outputs.append(x @ matrix.T)
    return np.concatenate(outputs, axis=-1)[..., :units]


def embedded(x, weights, config, modality, embedding):
    """The embedding of one video's frames, all of them real."""
    halves = 1 if modality == "video" else 2
    if embedding == "deep_bag_of_frames":
        name = f"{modality}_projection"
        x = product(x, weights, name, config.projection, config.projection_size // halves)
        x = np.clip(batch_norm(x, weights, f"{name}_bn"), 0, 6)
        if config.pooling != "robust":
            return {"max": np.max, "mean": np.mean}[config.pooling](x, axis=0)
        ranks = np.random.default_rng(0).random((config.num_samples, RANKED_FRAMES), dtype="float32")[:, : len(x)]
        return np.mean([x[np.argsort(rank)[: config.sample_size]].max(axis=0) for rank in ranks], axis=0)
    name = f"{modality}_{embedding}"
    shares = np.exp(batch_norm(x @ weights[f"{name}/cluster_weights"], weights, f"{name}/cluster_bn"))
    shares = (shares / shares.sum(axis=1, keepdims=True))[:, None, :]
    distances = x[:, :, None] - weights[f"{name}/cluster_centres"]
    orders = [(shares * distances).sum(axis=0)]
    if embedding == "net_fv":
        distances = distances / (weights[f"{name}/cluster_deviations"] ** 2 + 1e-6)
        orders = [(shares * distances).sum(axis=0), (shares * (distances**2 - 1)).sum(axis=0)]
    orders[0] = orders[0] / np.linalg.norm(orders[0], axis=0)
    return np.concatenate([order.reshape(-1) / np.linalg.norm(order) for order in orders])


def mixture(x, weights, config):
    gates_path, experts_path = "mixture/gates", "mixture/experts"
    if config.mixture is None:
        gates, experts = x @ weights[f"{gates_path}_kernel"], x @ weights[f"{experts_path}_kernel"]
        bias = weights[f"{experts_path}_bias"]
    else:
        columns = config.num_classes * config.num_mixtures
        gates = product(x, weights, gates_path, config.mixture, columns + config.num_classes)
        experts, bias = product(x, weights, experts_path, config.mixture, columns), weights[f"{experts_path}/bias"]
    gates = np.exp(gates.reshape(-1, config.num_mixtures + 1))
    gates /= gates.sum(axis=1, keepdims=True)
    return (gates[:, :-1] * sigmoid((experts + bias).reshape(-1, config.num_mixtures))).sum(axis=1)


def network(rgb, audio, weights, config):
    """The prediction for one video without padding, in float64."""
    frames = np.concatenate([rgb, audio], axis=1).astype("float64")
    if config.normalize_inputs:
        frames /= np.linalg.norm(frames, axis=1, keepdims=True)
    parts = {"video": frames[:, : rgb.shape[1]]} if rgb.shape[1] else {}
    if config.embed_audio:
        parts["audio"] = frames[:, rgb.shape[1] :]
    joined = []
    for modality, x in parts.items():
        hidden = []
        for embedding in config.embeddings:
            name = f"{modality}_{embedding}_hidden"
            h = embedded(x, weights, config, modality, embedding)
            h = product(h, weights, name, config.fully_connected, config.hidden_size)
            hidden.append(np.clip(batch_norm(h, weights, f"{name}_bn"), 0, 6))
        joined += [np.mean(hidden, axis=0)] if config.join == "average" else hidden
    p = mixture(np.concatenate(joined), weights, config)
    if not config.context_gating:
        return p
    return p * sigmoid(batch_norm(p @ weights["probability_gating/kernel"], weights, "probability_gating/gating_bn"))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"pooling": "max", "normalize_inputs": False, "mixture": Circulant(diagonal="none"), "context_gating": False},
        {part: Circulant(factors=2, order="CD") for part in COMPACT},
        {"embed_audio": False, "pooling": "mean", "projection": Circulant(diagonal="signs")},
        pytest.param({"rgb_size": None, **COMPACT}, id="compact-audio"),
        {"embeddings": EVERY_EMBEDDING, "fully_connected": Circulant()},
        {"embeddings": EVERY_EMBEDDING, "join": "average"},
    ],
    ids=lambda fields: "-".join(fields) or "default",
)
def test_predicts_what_the_equations_say(fields):
    config = tiny(**fields)
    model = config.build()
    weights = randomize(model)
    inputs = example(modalities=("audio",) if config.rgb_size is None else ("rgb", "audio"))
    rgb = inputs.get("rgb", np.zeros((3, 6, 0)))
    expected = [
        network(video[:count], sound[:count], weights, config)
        for video, sound, count in zip(rgb, inputs["audio"], inputs["num_frames"], strict=True)
    ]
    # float32 through a dozen layers; a Fisher vector divides by squared deviations first.
    np.testing.assert_allclose(predict(model, inputs), expected, atol=1e-4 if "net_fv" in config.embeddings else 2e-5)


@pytest.mark.parametrize("embedding", EVERY_EMBEDDING)
def test_padding_and_its_amount_change_no_prediction(embedding):
    model = tiny(embeddings=(embedding,), **COMPACT).build()
    randomize(model)
    inputs = example(counts=(6, 4, 0))
    expected = predict(model, inputs)
    assert np.isfinite(expected).all()
    for name in ("rgb", "audio"):
        inputs[name] = np.pad(inputs[name], ((0, 0), (0, 3), (0, 0)))
        inputs[name][np.arange(9) >= inputs["num_frames"][:, None]] = np.nan
    np.testing.assert_allclose(predict(model, inputs), expected, atol=1e-5)  # sums in another order


def test_a_training_step_is_the_same_with_other_padding_and_reaches_every_weight():
    results = []
    for filler, extra in ((0.0, 0), (float("nan"), 3)):
        model = tiny(embeddings=EVERY_EMBEDDING, pooling="max", **COMPACT).build()
        randomize(model)
        # Where relu6 is flat for no video, the next batch normalisation takes back what beta adds to all.
        model.get_layer("audio_projection_bn").beta.assign(np.zeros(5))
        before = model.get_weights()
        inputs = example()
        for name in ("rgb", "audio"):
            inputs[name] = np.pad(inputs[name], ((0, 0), (0, extra), (0, 0)))
            inputs[name][np.arange(6 + extra) >= inputs["num_frames"][:, None]] = filler
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", run_eagerly=True)
        model.train_on_batch(inputs, np.eye(3, 5, dtype="float32"))
        results.append(model.get_weights())
        for weight, old, new in zip(model.weights, before, results[-1], strict=True):
            assert (new != old).any(), f"{weight.path} was not trained"
    for usual, padded in zip(*results, strict=True):
        assert np.isfinite(padded).all()
        np.testing.assert_allclose(padded, usual, atol=2e-5)  # sums in another order


def test_fixed_signs_are_stored_and_not_trained():
    model = tiny(**{part: Circulant(diagonal="signs") for part in COMPACT}).build()
    signs = [weight for weight in model.weights if weight.path.endswith("diagonals")]
    assert len(signs) == 6  # two projections, two fully connected layers, gates and experts
    assert not any(weight.trainable for weight in signs)
    assert all(set(np.unique(keras.ops.convert_to_numpy(weight))) <= {-1.0, 1.0} for weight in signs)


def test_saves_and_loads(tmp_path):
    model = tiny(embeddings=EVERY_EMBEDDING, **COMPACT).build()
    randomize(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [weight.path for weight in loaded.weights] == [weight.path for weight in model.weights]
    np.testing.assert_array_equal(predict(loaded, example()), predict(model, example()))


def test_mixed_precision_predicts_float32_probabilities():
    full = tiny(**COMPACT).build()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        mixed = tiny(**COMPACT).build()
    finally:
        keras.config.set_dtype_policy("float32")
    mixed.set_weights(full.get_weights())
    predictions = predict(mixed, example())
    assert predictions.dtype == np.float32
    # Initial activations are of order 1: some roundings at 2^-11, damped by sigmoids.
    np.testing.assert_allclose(predictions, predict(full, example()), atol=2e-3)


def test_the_penalty_is_tf_slims_and_on_dense_kernels_alone():
    model = tiny(l2_penalty=0.1).build()
    weights = randomize(model)
    squares = sum(np.square(weights[f"mixture/{name}_kernel"]).sum() for name in ("gates", "experts"))
    np.testing.assert_allclose(float(sum(model.losses)), 0.1 * squares / 2, rtol=1e-5)
    assert tiny(l2_penalty=0).build().losses == []
    assert tiny(l2_penalty=0.1, mixture=Circulant()).build().losses == []


def test_without_values_it_has_the_same_tensors():
    full, empty = (
        model_size(tiny(embeddings=EVERY_EMBEDDING, mixture=Circulant(2)).build(initialize=value))
        for value in (True, False)
    )
    assert full.equals(empty)


def test_names_a_run():
    config = tiny(embeddings=EVERY_EMBEDDING, fully_connected=Circulant(3))
    assert rebuild(describe(config)) == config


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"embeddings": ()}, r"embeddings must be some of deep_bag_of_frames, net_vlad, net_fv, not \(\)"),
        ({"embeddings": ("lstm",)}, r"embeddings must be some of .*, not \('lstm',\)"),
        ({"embeddings": ("net_fv", "net_fv")}, "embeddings must differ"),
        ({"projection_size": 3}, "projection_size must be at least 4, for audio has half of it"),
        ({"netvlad_cluster_size": 1}, "netvlad_cluster_size must be at least 2, for audio has half of it"),
        ({"net_fv_cluster_size": 2.5}, "net_fv_cluster_size must be a positive integer, not 2.5"),
        ({"sample_size": 0}, "sample_size must be a positive integer, not 0"),
        ({"hidden_size": -1}, "hidden_size must be a positive integer, not -1"),
        ({"rgb_size": 0}, "rgb_size must be a positive integer, not 0"),
        ({"pooling": "sum"}, "pooling must be one of max, mean, robust, not 'sum'"),
        ({"join": "sum"}, "join must be one of concatenate, average, not 'sum'"),
        ({"mixture": "circulant"}, "mixture must be a Circulant or None, not 'circulant'"),
        ({"context_gating": None}, "context_gating must be True or False, not None"),
        ({"rgb_size": None, "embed_audio": False}, "embed_audio must be True where rgb_size is None"),
        ({"l2_penalty": -1.0}, r"l2_penalty must be a number in \[0.0, inf\), not -1.0"),
        ({"batch_norm_momentum": 1}, r"batch_norm_momentum must be a number in \[0.0, 1.0\), not 1"),
    ],
)
def test_fields_are_checked_by_name(fields, message):
    with pytest.raises(ValueError, match=f"CirculantNetwork: {message}"):
        tiny(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"factors": 0}, "factors must be a positive integer, not 0"),
        ({"order": "CDC"}, "order must be one of DC, CD, not 'CDC'"),
        ({"diagonal": True}, "diagonal must be one of learned, signs, none, not True"),
        ({"diagonal_initializer": "zeros"}, "diagonal_initializer must be one of normal, ones, signs, not 'zeros'"),
    ],
)
def test_factors_are_checked_by_name(fields, message):
    with pytest.raises(ValueError, match=f"Circulant: {message}"):
        Circulant(**fields)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="LiteRT files are written through TensorFlow")
@pytest.mark.parametrize("embedding", EVERY_EMBEDDING)
@pytest.mark.parametrize("diagonal", ["learned", "none"])
def test_a_compact_network_is_folded_and_runs_in_litert(tmp_path, embedding, diagonal):
    """All of its matrices circulant: with those written out it computes the same, and so does the exported file."""
    parts = {part: Circulant(factors=1 if diagonal == "none" else 2, diagonal=diagonal) for part in COMPACT}
    model = tiny(embeddings=(embedding,), **parts).build()
    weights = randomize(model)
    assert any("first_columns" in path for path in weights)
    folded = keras.models.clone_model(
        model, clone_function=lambda layer: layer.as_dense() if hasattr(layer, "as_dense") else layer
    )
    assert not [weight.path for weight in folded.weights if weight.name in ("first_columns", "diagonals")]
    expected = predict(model, example())
    np.testing.assert_allclose(predict(folded, example()), expected, atol=1e-5)
    lite = LiteRTModel(export_litert(folded, tmp_path / "model.tflite"))
    np.testing.assert_allclose(lite(example()), expected, atol=1e-5)
