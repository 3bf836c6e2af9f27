import keras
import numpy as np
import pytest

from compactvid.layers import INT8_LAYERS, ContextGating, DeepBagOfFrames, MixtureOfExperts, NetFV, NetVLAD

CASES = [
    (keras.layers.Dense, {"units": 3}, ["kernel"], (5, 4)),
    (ContextGating, {}, ["kernel"], (5, 4)),
    (MixtureOfExperts, {"num_classes": 3, "num_mixtures": 2}, ["gates_kernel", "experts_kernel"], (5, 4)),
    (NetVLAD, {"cluster_size": 3}, ["cluster_weights", "cluster_centres"], (5, 6, 4)),
    (NetFV, {"cluster_size": 3}, ["cluster_weights", "cluster_centres", "cluster_deviations"], (5, 6, 4)),
    (DeepBagOfFrames, {"units": 3}, ["kernel"], (5, 6, 4)),
]


def inputs(shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def filled(kind, arguments, matrices, shape, **storage):
    """A layer of levels, scales and zero points drawn at random, and the same layer of float32 values."""
    random = np.random.default_rng(1)
    layer = INT8_LAYERS[kind](**arguments, quantized=matrices, name="layer", **storage)
    plain = kind(**arguments, name="layer")
    for made in (layer, plain):
        made.build((None, *shape[1:]))
    stored = {weight.path: weight for weight in layer.weights}
    for path, weight in stored.items():
        if weight.dtype == "uint8":
            weight.assign(random.integers(0, 256, size=weight.shape))
        elif path.endswith("_scale"):
            weight.assign(random.uniform(0.001, 0.01, size=weight.shape))
    for weight in plain.weights:
        value = keras.ops.convert_to_numpy(stored[weight.path].value)
        if weight.name in matrices:
            scale, zero_point = (
                keras.ops.convert_to_numpy(stored[f"{weight.path}_{part}"].value) for part in ("scale", "zero_point")
            )
            value = scale * (value.astype("float32") - zero_point.astype("float32"))
        weight.assign(value)
    return layer, plain


@pytest.mark.parametrize(
    ("kind", "arguments", "matrices", "shape"), CASES, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("per_channel", [False, True])
def test_equation_of_a_layer_that_stores_levels_is_its_own(kind, arguments, matrices, shape, per_channel):
    layer, plain = filled(kind, arguments, matrices, shape, per_channel=per_channel)
    x = inputs(shape)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(x)), keras.ops.convert_to_numpy(plain(x)), rtol=1e-6, atol=1e-6
    )
    dtypes = {weight.name: weight.dtype for weight in layer.weights if weight.name.startswith(tuple(matrices))}
    assert dtypes == {
        f"{name}{part}": dtype
        for name in matrices
        for part, dtype in (("", "uint8"), ("_scale", "float32"), ("_zero_point", "uint8"))
    }
    channels = {weight.shape[-1] for weight in layer.weights if weight.name.endswith("_scale")}
    widths = {weight.shape[-1] for weight in layer.weights if weight.name in matrices}
    assert channels == (widths if per_channel else {1})
    assert not {weight.name for weight in layer.trainable_weights} & dtypes.keys()


@pytest.mark.parametrize(
    ("kind", "arguments", "matrices", "shape"), CASES, ids=lambda value: getattr(value, "__name__", "")
)
def test_saved_and_loaded_as_levels(kind, arguments, matrices, shape, tmp_path):
    layer, _ = filled(kind, arguments, matrices, shape)
    model = keras.Sequential([keras.Input(shape[1:]), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [(w.path, w.dtype) for w in loaded.weights] == [(w.path, w.dtype) for w in model.weights]
    for found, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert loaded.layers[0].get_config() == layer.get_config()


def test_some_matrices_and_not_others():
    layer = INT8_LAYERS[MixtureOfExperts](3, num_mixtures=2, quantized=["gates_kernel"])
    layer.build((None, 4))
    assert {weight.name: weight.dtype for weight in layer.weights} == {
        "gates_kernel": "uint8",
        "gates_kernel_scale": "float32",
        "gates_kernel_zero_point": "uint8",
        "experts_kernel": "float32",
        "experts_bias": "float32",
    }
    assert layer.stores_levels


def test_trained_values_move_and_are_seen_quantised():
    layer = INT8_LAYERS[keras.layers.Dense](2, use_bias=False, quantized=["kernel"], trainable_values=True)
    model = keras.Sequential([keras.Input((3,)), layer])
    assert not layer.stores_levels
    kernel = np.float32([[1.0, 0.5], [-1.0, 0.1003], [0.0, 0.2]])
    model.set_weights([kernel])
    seen = keras.ops.convert_to_numpy(layer(np.eye(3, dtype="float32")))
    np.testing.assert_allclose(seen, kernel, atol=1.001 / 255)  # half of a level of 2 / 255
    levels = seen / (2 / 255)
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-4)
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    model.train_on_batch(np.eye(3, dtype="float32"), np.zeros((3, 2), "float32"))
    # The gradient of the mean square is 2 * seen / 6, and goes to the values unchanged.
    np.testing.assert_allclose(model.get_weights()[0], kernel - 0.1 * 2 * seen / 6, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
@pytest.mark.parametrize("stored", ["float", "levels"])
def test_a_file_of_the_other_kind_is_refused_by_name(stored, tmp_path):
    layers = {
        "float": keras.layers.Dense(2, name="dense"),
        "levels": INT8_LAYERS[keras.layers.Dense](2, name="dense", quantized=["kernel"]),
    }
    models = {kind: keras.Sequential([keras.Input((3,)), layer]) for kind, layer in layers.items()}
    models[stored].save_weights(tmp_path / "stored.weights.h5")
    (other,) = set(models) - {stored}
    message = {
        "float": r"dense/kernel: expected uint8, the file has float32|expected uint8, the file has",
        "levels": r"expected 2 variables, but received 4 variables",
    }[stored]
    with pytest.raises(ValueError, match=message):
        models[other].load_weights(tmp_path / "stored.weights.h5")
