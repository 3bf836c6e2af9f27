import keras
import numpy as np
import pytest

from compactvid.compression import cast_float16
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD, VideoLevelMixture
from compactvid.models.gated_netvlad import BIG_FOUR

TINY = GatedNetVLAD(cluster_size=4, hidden_size=6, num_classes=5, num_mixtures=2, rgb_size=7, audio_size=3)


def random_model(config=TINY, scale=1.0):
    model = config.build()
    random = np.random.default_rng(0)
    for weight in model.weights:
        value = scale * random.normal(size=weight.shape)
        weight.assign(0.5 + value**2 if weight.path.endswith("moving_variance") else value)
    return model


def example():
    random = np.random.default_rng(1)
    return {
        "rgb": random.normal(size=(4, 6, 7)).astype("float32"),
        "audio": random.normal(size=(4, 6, 3)).astype("float32"),
        "num_frames": np.array([6, 3, 1, 0], dtype="int32"),
    }


def predict(model, inputs=None):
    return keras.ops.convert_to_numpy(model(inputs or example(), training=False))


def values(model):
    return {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}


def float16_paths(model):
    return {weight.path for weight in model.weights if weight.dtype == "float16"}


def test_the_papers_rule_stores_four_of_32_tensors_as_numpy_rounds():
    model = random_model()
    before = values(model)
    cast = cast_float16(model)
    assert float16_paths(cast) == set(BIG_FOUR)
    for path, value in values(cast).items():
        np.testing.assert_array_equal(value, before[path].astype("float16") if path in BIG_FOUR else before[path])
    assert float16_paths(model) == set()
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, before[path])


def test_subnormal_and_largest_values_are_rounded_as_numpy_rounds():
    model = random_model()
    kernel = model.get_layer("hidden1").kernel
    random = np.random.default_rng(2)
    edge = (10.0 ** random.uniform(-9, 4.8, kernel.shape) * random.choice([-1, 1], kernel.shape)).astype("float32")
    edge.flat[:6] = [2.0**-24, 2.0**-25, 65504, -65519, 1e-40, -0.0]
    kernel.assign(edge)
    stored = values(cast_float16(model))["hidden1/kernel"]
    np.testing.assert_array_equal(stored.view("uint16"), edge.astype("float16").view("uint16"))


def test_predictions_are_those_of_the_rounded_weights_computed_in_float32():
    model = random_model()
    cast = cast_float16(model)
    rounded = random_model()
    rounded.set_weights([value.astype("float32") for value in cast.get_weights()])
    np.testing.assert_array_equal(predict(cast), predict(rounded))
    # And near those of the unrounded ones: relative errors of 2^-12 in weights of order 1, logits of order 10.
    np.testing.assert_allclose(predict(cast), predict(model), atol=5e-3)
    assert np.abs(predict(cast) - predict(model)).max() > 0


def test_all_means_every_floating_tensor_statistics_included(tmp_path):
    model = random_model()
    cast = cast_float16(model, "all")
    assert len(float16_paths(cast)) == 32
    assert 2 * model_size(cast)["bytes"].sum() == model_size(model)["bytes"].sum()
    assert predict(cast).dtype == np.float32
    np.testing.assert_allclose(predict(cast), predict(model), atol=1e-2)
    cast.save(tmp_path / "all.keras")
    loaded = keras.models.load_model(tmp_path / "all.keras")
    assert len(float16_paths(loaded)) == 32
    np.testing.assert_array_equal(predict(loaded), predict(cast))


@pytest.mark.parametrize(
    "tensors",
    [
        ["hidden1/kernel"],
        ["probability_gating/kernel", "hidden_gating/kernel"],
        ("hidden2/kernel", "hidden2/bias"),
        [f"hidden1_bn/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")],
        [],
    ],
)
def test_chosen_tensors_and_no_others(tensors):
    assert float16_paths(cast_float16(random_model(), tensors)) == set(tensors)


def test_saves_and_loads(tmp_path):
    cast = cast_float16(random_model())
    cast.save(tmp_path / "cast.keras")
    cast.save_weights(tmp_path / "cast.weights.h5")
    loaded = keras.models.load_model(tmp_path / "cast.keras")
    assert [(w.path, w.dtype) for w in loaded.weights] == [(w.path, w.dtype) for w in cast.weights]
    np.testing.assert_array_equal(predict(loaded), predict(cast))
    fresh = cast_float16(TINY.build())
    fresh.load_weights(tmp_path / "cast.weights.h5")
    np.testing.assert_array_equal(predict(fresh), predict(cast))


def test_casting_twice_changes_nothing():
    once = cast_float16(random_model())
    twice = cast_float16(once)
    assert float16_paths(twice) == set(BIG_FOUR)
    np.testing.assert_array_equal(predict(twice), predict(once))


def test_the_copy_has_no_penalty_and_no_optimizer():
    model = random_model(scale=300.0)
    model.compile("adam", "binary_crossentropy")
    cast = cast_float16(model)
    assert model.losses != []
    assert cast.losses == []
    assert not cast.compiled


def test_models_in_models_and_other_architectures():
    inner = random_model()
    inputs = {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name) for name, tensor in inner.input.items()
    }
    outer = keras.Model(inputs, keras.layers.Rescaling(0.5)(inner(inputs)))
    cast = cast_float16(outer)
    assert float16_paths(cast) == set(BIG_FOUR)
    np.testing.assert_allclose(predict(cast), 0.5 * predict(cast_float16(inner)), rtol=1e-6)

    mixture = VideoLevelMixture(num_classes=4, rgb_size=8, audio_size=2).build()
    kernels = {"mixture/gates_kernel", "mixture/experts_kernel"}
    assert float16_paths(cast_float16(mixture, sorted(kernels))) == kernels

    sequential = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense")], name="outer")
    sequential.compile("adam", "mse")
    cast = cast_float16(sequential, "all")
    assert float16_paths(cast) == {"outer/dense/kernel", "outer/dense/bias"}
    assert not cast.compiled
    np.testing.assert_allclose(cast(np.eye(3)), sequential(np.eye(3)), rtol=2**-10)


@pytest.mark.parametrize("value", [65520.0, -1e6, float("inf"), float("nan")])
def test_values_that_float16_cannot_hold_are_refused_by_name(value):
    model = random_model()
    kernel = model.get_layer("mixture").experts_kernel
    spoiled = keras.ops.convert_to_numpy(kernel.value).copy()
    spoiled[3, 4] = value
    kernel.assign(spoiled)
    with pytest.raises(ValueError, match="mixture/experts_kernel has values that float16"):
        cast_float16(model)
    assert float16_paths(cast_float16(model, ["hidden1/kernel"])) == {"hidden1/kernel"}


def test_unknown_tensors_are_refused_with_the_list():
    with pytest.raises(ValueError, match=r"no floating tensor hidden9/kernel; it has .*hidden1/kernel.*video_vlad/"):
        cast_float16(random_model(), ["hidden1/kernel", "hidden9/kernel"])
    with pytest.raises(ValueError, match=r"None, 'all' or a sequence of paths, not 'hidden1/kernel'"):
        cast_float16(random_model(), "hidden1/kernel")
    with pytest.raises(ValueError, match=r"hidden1/kernel.*the four of GatedNetVLAD; name others, or 'all'"):
        cast_float16(VideoLevelMixture(num_classes=4, rgb_size=8, audio_size=2).build())


def test_tensors_that_are_stored_together_are_cast_together():
    with pytest.raises(
        ValueError, match="hidden2 stores hidden2/kernel only together with: hidden2/bias, hidden2/kernel"
    ):
        cast_float16(random_model(), ["hidden2/kernel"])
    with pytest.raises(
        ValueError, match="mixture/experts_kernel only together with: mixture/experts_kernel, mixture/gat"
    ):
        cast_float16(random_model(), ["mixture/experts_kernel"])


def test_layers_that_do_not_hand_their_dtype_on_are_refused():
    inputs = keras.Input((4, 3))
    wrapped = keras.layers.TimeDistributed(keras.layers.Dense(2, name="dense"), name="wrapper")
    with pytest.raises(ValueError, match=r"the layer that holds .*dense/kernel can't store it as float16"):
        cast_float16(keras.Model(inputs, wrapped(inputs)), "all")


def test_only_built_functional_and_sequential_models_are_taken():
    class Subclassed(keras.Model):
        def call(self, inputs):
            return inputs

    for model in (Subclassed(), keras.layers.Dense(2), "model.keras"):
        with pytest.raises(TypeError, match=r"takes a built functional or sequential keras\.Model, not"):
            cast_float16(model, "all")


def test_arithmetic_in_float16_where_it_is_asked_for():
    model = random_model()
    for tensors in (None, "all"):
        cast = cast_float16(model, tensors, compute_dtype="float16")
        assert float16_paths(cast) == float16_paths(cast_float16(model, tensors))
        assert {layer.compute_dtype for layer in cast.layers if layer.weights} == {"float16"}
        assert keras.backend.standardize_dtype(cast.output.dtype) == "float16"
        outputs = predict(cast)
        assert outputs.dtype == np.float16
        # A dozen roundings at 2^-11 in sums and logits of order 10.
        np.testing.assert_allclose(outputs, predict(model), atol=0.05)
        assert np.abs(outputs - predict(cast_float16(model, tensors))).max() > 1e-5
    with pytest.raises(ValueError, match="compute_dtype must be None or 'float16', not 'bfloat16'"):
        cast_float16(model, compute_dtype="bfloat16")
