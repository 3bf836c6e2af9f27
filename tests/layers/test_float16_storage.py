import keras
import numpy as np

from compactvid.layers import ContextGating, float16_storage
from compactvid.layers.float16_storage import Float16Variables


def test_a_keras_layer_stores_float16_and_computes_in_float32(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, dtype=float16_storage())])
    kernel, bias = model.get_weights()
    assert (kernel.dtype, bias.dtype) == (np.float16, np.float16)
    # The same product in float32: one rounding a term.
    expected = inputs @ kernel.astype("float32") + bias
    np.testing.assert_allclose(model.predict(inputs, verbose=0), expected, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [weight.dtype for weight in loaded.weights] == ["float16", "float16"]
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), model.predict(inputs, verbose=0))


def test_sublayers_store_float16_too():
    layer = ContextGating(dtype=float16_storage())
    outputs = layer(np.ones((2, 3), dtype="float32"))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
    assert {weight.dtype for weight in layer.weights} == {"float16"}


def test_the_compute_dtype_is_kept_in_the_configuration():
    policy = Float16Variables("bfloat16")
    assert (policy.compute_dtype, policy.variable_dtype) == ("bfloat16", "float16")
    assert Float16Variables.from_config(policy.get_config()) == policy
    assert policy != Float16Variables("float32")
