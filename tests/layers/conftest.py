"""What every layer must do, checked the same way for each."""

import keras
import numpy as np
import pytest


def randomize(layer, seed=0):
    """Give every tensor of a layer random values, moving statistics included (variances above 0.5)."""
    random = np.random.default_rng(seed)
    for weight in layer.weights:
        value = random.normal(size=weight.shape)
        weight.assign(0.5 + value**2 if weight.path.endswith("moving_variance") else value)
    return {weight.path.split("/", 1)[1]: keras.ops.convert_to_numpy(weight.value) for weight in layer.weights}


def check_contract(tmp_path, make, inputs, *, output_shape, weights, output_dtype_in_mixed_precision):
    """Shape, dtype, weights, configuration, save and load, a training step, mixed precision.

    `make(**kwargs)` returns a new layer; `weights` maps each tensor's path below the layer to its shape.
    """
    layer = make(name="layer")
    outputs = layer(inputs)
    assert tuple(outputs.shape) == output_shape
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
    assert {weight.path.removeprefix("layer/"): tuple(weight.shape) for weight in layer.weights} == weights
    assert {weight.dtype for weight in layer.weights} == {"float32"}

    symbolic = make()(keras.Input(batch_shape=(None, *inputs.shape[1:])))
    assert tuple(symbolic.shape) == (None, *output_shape[1:])
    assert symbolic.dtype == "float32"

    copy = layer.__class__.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()

    randomize(layer)
    model = keras.Sequential([keras.Input(batch_shape=(None, *inputs.shape[1:])), layer])
    expected = model.predict(inputs, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), expected)

    before = [keras.ops.convert_to_numpy(weight.value) for weight in layer.trainable_weights]
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    targets = np.random.default_rng(1).normal(size=output_shape).astype("float32")
    assert np.isfinite(model.train_on_batch(inputs, targets))
    for weight, old in zip(layer.trainable_weights, before, strict=True):
        new = keras.ops.convert_to_numpy(weight.value)
        assert np.isfinite(new).all()
        assert (new != old).any(), f"{weight.path} was not trained"

    mixed = make(dtype="mixed_float16")
    half = mixed(inputs)
    assert keras.backend.standardize_dtype(half.dtype) == output_dtype_in_mixed_precision
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    full = make()
    full.build(inputs.shape)
    full.set_weights(mixed.get_weights())
    # Products of float16-rounded inputs and weights of order 1: a few roundings at 2^-11 = 5e-4 each.
    np.testing.assert_allclose(keras.ops.convert_to_numpy(half), keras.ops.convert_to_numpy(full(inputs)), atol=5e-3)


@pytest.fixture(name="check_contract")
def _check_contract(tmp_path):
    return lambda *args, **kwargs: check_contract(tmp_path, *args, **kwargs)


@pytest.fixture(name="randomize")
def _randomize():
    return randomize
