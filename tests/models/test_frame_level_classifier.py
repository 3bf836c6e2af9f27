"""Three poolings before the same classifier: released graphs re-computed, padding, sizes, and bad fields."""

import keras
import numpy as np
import pytest

from compactvid.compression import ensemble_graph
from compactvid.metrics import model_size
from compactvid.models import FrameLevelClassifier, GatedNetVLAD

SIZES = {"num_classes": 5, "num_mixtures": 2, "rgb_size": 7, "audio_size": 3}
EVERY_POOLING = pytest.mark.parametrize("pooling", ["lstm", "deep_bag_of_frames", "net_fv"])


def tiny(pooling="lstm", **fields):
    return FrameLevelClassifier(**{"pooling": pooling, "pooling_size": 6, "hidden_size": 4, **SIZES, **fields})


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


def last_output(frames, weights, name):
    """A layer of LSTM cells, gate by gate (Keras's order: input, forget, candidate, output); all its outputs."""
    h = c = np.zeros(len(weights[f"{name}/lstm_cell/recurrent_kernel"]))
    outputs = []
    for x in frames:
        z = x @ weights[f"{name}/lstm_cell/kernel"] + h @ weights[f"{name}/lstm_cell/recurrent_kernel"]
        i, f, g, o = np.split(z + weights[f"{name}/lstm_cell/bias"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return outputs


def pooled(frames, weights, pooling):
    """The descriptor of one video without padding."""
    if pooling == "lstm":
        return last_output(last_output(frames, weights, "lstm1"), weights, "lstm2")[-1]
    descriptors = []
    for name, x in (("video_pooling", frames[:, :7]), ("audio_pooling", frames[:, 7:])):
        if pooling == "deep_bag_of_frames":
            projected = batch_norm(x @ weights[f"{name}/kernel"], weights, f"{name}/projection_bn")
            descriptors.append(np.clip(projected, 0, 6).max(axis=0))
            continue
        shares = np.exp(batch_norm(x @ weights[f"{name}/cluster_weights"], weights, f"{name}/cluster_bn"))
        shares = (shares / shares.sum(axis=1, keepdims=True))[:, None, :]
        deviations = weights[f"{name}/cluster_deviations"] ** 2 + 1e-6
        distances = (x[:, :, None] - weights[f"{name}/cluster_centres"]) / deviations
        first, second = (shares * distances).sum(axis=0), (shares * (distances**2 - 1)).sum(axis=0)
        first = first / np.linalg.norm(first, axis=0)
        descriptors += [order.reshape(-1) / np.linalg.norm(order) for order in (first, second)]
    return np.concatenate(descriptors)


def classified(x, weights, mixtures=2):
    """Gated NetVLAD from the first fully connected layer on."""
    x = np.clip(batch_norm(x @ weights["hidden1/kernel"], weights, "hidden1_bn"), 0, 6)
    x = x @ weights["hidden2/kernel"] + weights["hidden2/bias"]
    x = x * sigmoid(batch_norm(x @ weights["hidden_gating/kernel"], weights, "hidden_gating/gating_bn"))
    gates = np.exp((x @ weights["mixture/gates_kernel"]).reshape(-1, mixtures + 1))
    gates /= gates.sum(axis=1, keepdims=True)
    experts = sigmoid((x @ weights["mixture/experts_kernel"] + weights["mixture/experts_bias"]).reshape(-1, mixtures))
    p = (gates[:, :-1] * experts).sum(axis=1)
    return p * sigmoid(batch_norm(p @ weights["probability_gating/kernel"], weights, "probability_gating/gating_bn"))


@EVERY_POOLING
@pytest.mark.parametrize("normalize", [True, False])
def test_predicts_what_the_equations_say(pooling, normalize):
    model = tiny(pooling, normalize_inputs=normalize).build()
    weights, inputs = randomize(model), example()
    expected = []
    for rgb, audio, count in zip(inputs["rgb"], inputs["audio"], inputs["num_frames"], strict=True):
        frames = np.concatenate([rgb, audio], axis=1)[:count].astype("float64")
        frames = frames / np.linalg.norm(frames, axis=1, keepdims=True) if normalize else frames
        expected.append(classified(pooled(frames, weights, pooling), weights))
    # float32 through a dozen layers; a Fisher vector divides by squared deviations first.
    np.testing.assert_allclose(predict(model, inputs), expected, atol=1e-4 if pooling == "net_fv" else 2e-5)


@EVERY_POOLING
def test_padding_never_changes_a_prediction_or_a_training_step(pooling):
    results = []
    for value, extra in ((0.0, 0), (float("nan"), 3)):
        model = tiny(pooling).build()
        randomize(model)
        inputs = example(counts=(6, 4, 0))
        for name in ("rgb", "audio"):
            inputs[name] = np.pad(inputs[name], ((0, 0), (0, extra), (0, 0)))
            inputs[name][np.arange(6 + extra) >= inputs["num_frames"][:, None]] = value
        prediction = predict(model, inputs)
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", jit_compile=False)
        model.train_on_batch(inputs, np.eye(3, 5, dtype="float32"))
        results.append([prediction, *model.get_weights()])
    for usual, padded in zip(*results, strict=True):
        assert np.isfinite(usual).all()
        np.testing.assert_allclose(padded, usual, atol=2e-5)  # sums in another order


def test_order_matters_to_the_lstm_alone():
    inputs = example(counts=(6, 6, 6))
    order = np.array([3, 1, 5, 0, 4, 2])
    shuffled = {**inputs, "rgb": inputs["rgb"][:, order], "audio": inputs["audio"][:, order]}
    for pooling in ("lstm", "deep_bag_of_frames", "net_fv"):
        model = tiny(pooling).build()
        randomize(model)
        change = np.abs(predict(model, shuffled) - predict(model, inputs)).max()
        assert (change > 1e-3) == (pooling == "lstm"), pooling


def test_has_the_classifier_of_gated_netvlad_and_goes_into_one_ensemble_with_it():
    netvlad = GatedNetVLAD(cluster_size=4, hidden_size=4, **SIZES).build()
    head = ("hidden", "mixture", "probability_gating")
    tensors = {weight.path: tuple(weight.shape) for weight in netvlad.weights if weight.path.startswith(head)}
    others = [tiny(pooling).build() for pooling in ("lstm", "deep_bag_of_frames", "net_fv")]
    for model in others:
        found = {weight.path: tuple(weight.shape) for weight in model.weights if weight.path.startswith(head)}
        assert found.keys() == tensors.keys()
        assert {path for path in found if found[path] != tensors[path]} == {"hidden1/kernel"}
    weights = (0.4, 0.3, 0.2, 0.1)
    total = sum(weight * predict(model, example()) for weight, model in zip(weights, (netvlad, *others), strict=True))
    graph = ensemble_graph([netvlad, *others], weights)
    np.testing.assert_allclose(predict(graph, example()), total, atol=1e-6)


@EVERY_POOLING
def test_without_values_it_has_the_same_tensors(pooling):
    full, empty = (model_size(tiny(pooling).build(initialize=value)) for value in (True, False))
    assert full.equals(empty)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pooling": "gru"}, "pooling must be one of lstm, deep_bag_of_frames, net_fv, not 'gru'"),
        ({"pooling_size": 0}, "pooling_size must be a positive integer, not 0"),
        ({"pooling": "net_fv", "pooling_size": 3}, "pooling_size must be at least 4, for audio has half of it"),
        ({"hidden_size": 2.5}, "hidden_size must be a positive integer, not 2.5"),
        ({"normalize_inputs": None}, "normalize_inputs must be True or False, not None"),
        ({"l2_penalty": -1.0}, r"l2_penalty must be a number in \[0.0, inf\), not -1.0"),
        ({"batch_norm_momentum": 1}, r"batch_norm_momentum must be a number in \[0.0, 1.0\), not 1"),
    ],
)
def test_fields_are_checked_by_name(fields, message):
    with pytest.raises(ValueError, match=f"FrameLevelClassifier: {message}"):
        tiny(**fields)
