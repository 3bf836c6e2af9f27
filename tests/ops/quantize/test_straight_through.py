import keras
import numpy as np
import pytest

from compactvid.ops.quantize import (
    WEIGHT_SCHEMES,
    activation_levels,
    activation_parameters,
    affine_dequantize,
    fake_quantize_activations,
    fake_quantize_weights,
    weight_levels,
)

ONLY_TENSORFLOW = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the reference is TensorFlow")
RANDOM = np.random.default_rng(2)
WEIGHTS = RANDOM.normal(0, 0.7, size=(3, 3, 4, 5)).astype("float32")  # a sixth of them beyond [-1, 1]
FACTORS = RANDOM.normal(size=WEIGHTS.shape).astype("float32")
MAPS = np.linspace(-0.5, 1.5, 41, dtype="float32")


def gradient(function, x, factors):
    """Gradient of sum(factors * function(x)) by the backend itself, traced."""
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.jit(jax.grad(lambda v: keras.ops.sum(factors * function(v))))(x))
    import tensorflow as tf

    @tf.function
    def traced(v):
        with tf.GradientTape() as tape:
            tape.watch(v)
            total = tf.reduce_sum(factors * function(v))
        return tape.gradient(total, v)

    return np.asarray(traced(tf.constant(x)))


@pytest.mark.parametrize("scheme", WEIGHT_SCHEMES)
@pytest.mark.parametrize("bits", [2, 8])
def test_forwards_are_the_values_of_levels_exactly(scheme, bits):
    levels, scale, zero_point = weight_levels(WEIGHTS, scheme, bits=bits, beyond="clip")
    expected = keras.ops.convert_to_numpy(affine_dequantize(levels, scale, zero_point))
    found = keras.ops.convert_to_numpy(fake_quantize_weights(WEIGHTS, scheme, bits=bits))
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found)) <= 2**bits
    assert keras.backend.standardize_dtype(fake_quantize_weights(WEIGHTS.astype("float16"), scheme).dtype) == "float32"


@pytest.mark.parametrize("scheme", WEIGHT_SCHEMES)
def test_gradient_of_weights_is_that_of_the_identity_or_of_clipping(scheme):
    w = WEIGHTS.copy()
    w.flat[:4] = [1.0, -1.0, 0.0, 1.5]
    found = gradient(lambda v: fake_quantize_weights(v, scheme, bits=4), w, FACTORS)
    clipped = scheme in ("deepeye_floor", "deepeye_truncation")
    np.testing.assert_array_equal(found, FACTORS * (np.abs(w) <= 1) if clipped else FACTORS)
    if scheme != "affine" and not clipped:
        found = gradient(lambda v: fake_quantize_weights(v, scheme, bits=4, per_channel=True), w, FACTORS)
        np.testing.assert_array_equal(found, FACTORS)


@pytest.mark.parametrize(("scheme", "ends"), [("deepeye", (0.0, 1.0)), ("affine", (-0.2, 1.1))])
def test_gradient_of_feature_maps_is_that_of_clipping(scheme, ends):
    arguments = {"bits": 5, "low": ends[0], "high": ends[1]}
    levels = activation_levels(MAPS, scheme, **arguments)
    scale, zero_point = activation_parameters(scheme, **arguments)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(fake_quantize_activations(MAPS, scheme, **arguments)),
        keras.ops.convert_to_numpy(affine_dequantize(levels, scale, zero_point)),
    )
    if scheme == "affine":  # the levels' own ends, next to the range's
        ends = [float(scale) * (level - float(zero_point)) for level in (0, 31)]
    factors = np.arange(1, 42, dtype="float32")
    found = gradient(lambda v: fake_quantize_activations(v, scheme, **arguments), MAPS, factors)
    np.testing.assert_array_equal(found, factors * ((ends[0] <= MAPS) & (ends[1] >= MAPS)))
    assert 0 < np.count_nonzero(found) < 41


@ONLY_TENSORFLOW
def test_gradient_and_values_are_those_of_tensorflows_fake_quantisation():
    import tensorflow as tf

    x = RANDOM.uniform(-2, 3, size=500).astype("float32")
    factors = RANDOM.normal(size=500).astype("float32")
    with tf.GradientTape() as tape:
        v = tf.constant(x)
        tape.watch(v)
        theirs = tf.quantization.fake_quant_with_min_max_args(v, -1.3, 2.0, num_bits=8)
        total = tf.reduce_sum(factors * theirs)
    ours = fake_quantize_activations(x, low=-1.3, high=2.0)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    found = gradient(lambda v: fake_quantize_activations(v, low=-1.3, high=2.0), x, factors)
    np.testing.assert_array_equal(found, tape.gradient(total, v))


def test_equation_of_nan_is_nan_while_traced_and_refused_otherwise():
    x = np.float32([0.6, np.nan, 0.25, -1])
    for function in (fake_quantize_weights, fake_quantize_activations):
        with pytest.raises(ValueError, match="values that are not finite"):
            function(x)
    if keras.backend.backend() == "jax":
        from jax import jit as trace
    else:
        from tensorflow import function as trace

    found = trace(fake_quantize_activations)(keras.ops.convert_to_tensor(x))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), [153 / 255, np.nan, 64 / 255, 0], rtol=1e-6)
    found = trace(fake_quantize_weights)(keras.ops.convert_to_tensor(x))
    assert np.isnan(keras.ops.convert_to_numpy(found)).all(), "there is no scale"
