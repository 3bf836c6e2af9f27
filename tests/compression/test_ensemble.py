import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.compression import cast_float16, ensemble_graph
from compactvid.compression.ensemble import overwrite_member
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD, VideoLevelMixture

SMALL = {"num_classes": 5, "num_mixtures": 2, "rgb_size": 7, "audio_size": 3}


def member(cluster_size=4, hidden_size=6, seed=0, **sizes):
    model = GatedNetVLAD(cluster_size=cluster_size, hidden_size=hidden_size, **(SMALL | sizes)).build()
    random = np.random.default_rng(seed)
    for weight in model.weights:
        value = random.normal(size=weight.shape)
        weight.assign(0.5 + value**2 if weight.path.endswith("moving_variance") else value)
    return model


def recurrent(num_classes=5):
    """Another architecture on the same inputs, with a nested model and a layer that wraps another."""
    inputs = {
        "rgb": keras.Input((None, 7), name="rgb"),
        "audio": keras.Input((None, 3), name="audio"),
        "num_frames": keras.Input((), dtype="int32", name="num_frames"),
    }
    frames = keras.layers.Concatenate()([inputs["rgb"], inputs["audio"]])
    state = keras.layers.Bidirectional(keras.layers.LSTM(4))(frames)
    head = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(num_classes, "sigmoid")], name="head"
    )
    return keras.Model(inputs, head(state), name="recurrent")


def two_outputs():
    model = member()
    return keras.Model(model.input, [model.output, model.get_layer("mixture").output])


def example():
    random = np.random.default_rng(1)
    return {
        "rgb": random.normal(size=(4, 6, 7)).astype("float32"),
        "audio": random.normal(size=(4, 6, 3)).astype("float32"),
        "num_frames": np.array([6, 3, 1, 0], dtype="int32"),
    }


def predict(model, inputs=None):
    return keras.ops.convert_to_numpy(model(example() if inputs is None else inputs, training=False))


def weighted_sum(models, weights):
    return sum(weight * predict(model).astype("float64") for model, weight in zip(models, weights, strict=True))


def paths(model):
    return [weight.path for weight in model.weights]


def test_the_output_is_the_weighted_sum_of_members_of_different_architectures():
    models = [member(), recurrent(), member(seed=1), cast_float16(member(cluster_size=6, hidden_size=3, seed=2))]
    weights = (0.39, 0.26, 0.21, 0.14)
    ensemble = ensemble_graph(models, weights)
    # Four float32 products of values up to 1, added up: a few units of 2^-24.
    np.testing.assert_allclose(predict(ensemble), weighted_sum(models, weights), rtol=0, atol=5e-7)
    assert ensemble.name == "ensemble"
    assert [tensor.name for tensor in keras.tree.flatten(ensemble.input)] == ["audio", "num_frames", "rgb"]


def test_two_equal_models_get_names_and_values_of_their_own():
    first, second = member(cluster_size=32, seed=0), member(cluster_size=32, seed=1)
    ensemble = ensemble_graph([first, second], [0.5, 0.5])
    assert len(set(paths(ensemble))) == len(ensemble.weights) == 64
    values = {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in ensemble.weights}
    for scope, model in (("tower", first), ("model1", second)):
        for weight in model.weights:
            np.testing.assert_array_equal(values[f"{scope}_{weight.path}"], keras.ops.convert_to_numpy(weight.value))


def test_one_model_may_be_there_twice_and_none_is_changed():
    model = recurrent()
    names, before, nodes = paths(model), predict(model), len(model.layers[-1]._inbound_nodes)
    ensemble = ensemble_graph([model, model], [0.25, 0.75])
    np.testing.assert_allclose(predict(ensemble), before, atol=5e-7)
    assert len(set(paths(ensemble))) == 2 * len(names)
    for weight in ensemble.weights:
        weight.assign(keras.ops.zeros_like(weight))
    assert (paths(model), len(model.layers[-1]._inbound_nodes)) == (names, nodes)
    np.testing.assert_array_equal(predict(model), before)


def test_float16_tensors_stay_and_take_float32_values():
    """The paper's order: the float16 graph is built without training, then overwritten with trained float32 weights."""
    trained = [member(seed=1), member(cluster_size=8, seed=2)]
    weights = (0.6, 0.4)
    untrained = ensemble_graph([cast_float16(member(seed=3)), cast_float16(member(cluster_size=8, seed=4))], weights)
    sizes = model_size(untrained)
    assert (sizes["dtype"] == "float16").sum() == 8
    assert [overwrite_member(untrained, number, model) for number, model in enumerate(trained)] == [32, 32]
    assert model_size(untrained).equals(sizes)
    filled = ensemble_graph([cast_float16(model) for model in trained], weights)
    for one, other in zip(untrained.get_weights(), filled.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    np.testing.assert_array_equal(predict(untrained), predict(filled))


def test_bytes_are_the_sum_of_the_members():
    models = [cast_float16(member()), member(cluster_size=8)]
    assert model_size(ensemble_graph(models, [0.5, 0.5]))["bytes"].sum() == sum(
        model_size(model)["bytes"].sum() for model in models
    )


def test_survives_saving_casting_and_being_a_member_itself(tmp_path):
    ensemble = ensemble_graph([member(), member(seed=1)], [0.7, 0.3])
    ensemble.save(tmp_path / "ensemble.keras")
    loaded = keras.models.load_model(tmp_path / "ensemble.keras")
    assert paths(loaded) == paths(ensemble)
    np.testing.assert_array_equal(predict(loaded), predict(ensemble))
    cast = cast_float16(ensemble, ["tower_hidden1/kernel", "model1_hidden1/kernel"])
    assert {weight.path for weight in cast.weights if weight.dtype == "float16"} == {
        "tower_hidden1/kernel",
        "model1_hidden1/kernel",
    }
    outer = ensemble_graph([ensemble, member(seed=2)], [0.5, 0.5])
    np.testing.assert_allclose(
        predict(outer), weighted_sum([member(), member(seed=1), member(seed=2)], [0.35, 0.15, 0.5]), atol=5e-7
    )


def test_compiled_members_leave_their_optimizer_behind():
    model = member()
    model.compile("adam", "binary_crossentropy")
    ensemble = ensemble_graph([model, member(seed=1)], [0.5, 0.5])
    assert getattr(ensemble, "optimizer", None) is None
    np.testing.assert_allclose(predict(ensemble), weighted_sum([model, member(seed=1)], [0.5, 0.5]), atol=5e-7)


def test_sequential_members():
    def sequential(seed):
        keras.utils.set_random_seed(seed)
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(2, "sigmoid")])

    models = [sequential(0), sequential(1)]
    inputs = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    ensemble = ensemble_graph(models, [0.9, 0.1])
    expected = 0.9 * predict(models[0], inputs) + 0.1 * predict(models[1], inputs)
    np.testing.assert_allclose(predict(ensemble, inputs), expected, atol=5e-7)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=4).filter(any))
def test_any_weights_that_sum_to_one(parts):
    weights = [part / sum(parts) for part in parts]
    models = [VideoLevelMixture(num_classes=3, rgb_size=2, audio_size=1).build() for _ in parts]
    inputs = {"mean_rgb": np.ones((2, 2), "float32"), "mean_audio": np.ones((2, 1), "float32")}
    expected = sum(weight * predict(model, inputs) for model, weight in zip(models, weights, strict=True))
    np.testing.assert_allclose(predict(ensemble_graph(models, weights), inputs), expected, atol=5e-7)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0.5, 0.4], r"must sum to 1 within 1e-06, these to 0\.9$"),
        ([0.5, 0.50001], "these to 1.00001"),
        ([1.2, -0.2], "finite and >= 0, not 1.2, -0.2"),
        ([float("nan"), 1.0], "finite"),
        ([1.0], "2 models need as many weights, not 1"),
    ],
)
def test_wrong_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        ensemble_graph([member(), member()], weights)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: member(num_classes=6), r"model 2 \(gated_netvlad\) has output \(None, 6\), the first one \(None, 5\)"),
        (
            lambda: member(audio_size=4),
            r"has inputs .*'audio': 'float32 \(None, None, 4\)'.*the first one .*None, 3\)'",
        ),
        (lambda: VideoLevelMixture(num_classes=5, rgb_size=7, audio_size=3).build(), "has inputs {'mean_audio'"),
        (two_outputs, r"one output of shape \(batch, classes\), not \(None, 5\), \(None, 5\)"),
    ],
)
def test_models_that_do_not_fit(other, message):
    with pytest.raises(ValueError, match=message):
        ensemble_graph([member(), other()], [0.5, 0.5])


def test_no_model_and_no_graph():
    with pytest.raises(ValueError, match="there is no model"):
        ensemble_graph([], [])
    with pytest.raises(TypeError, match="not str"):
        ensemble_graph([member(), "model.keras"], [0.5, 0.5])


def test_overwriting_needs_a_member_of_that_architecture():
    ensemble = ensemble_graph([member(), member()], [0.5, 0.5])
    before = predict(ensemble)
    for number, model in ((2, member()), (1, member(hidden_size=7)), (0, recurrent())):
        with pytest.raises(ValueError, match="are not those of"):
            overwrite_member(ensemble, number, model)
    np.testing.assert_array_equal(predict(ensemble), before)
