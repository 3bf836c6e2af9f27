import keras
import numpy as np
import pytest
from keras import ops

from compactvid.ops import l2_normalize


def gradient_of_sum(function, x):
    """Gradient of sum(function(x)) at x, by the backend's own differentiation."""
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(lambda value: function(value).sum())(ops.convert_to_tensor(x)))
    import tensorflow as tf

    value = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(value)
        total = tf.reduce_sum(function(value))
    return tape.gradient(total, value).numpy()


def test_l2_normalize_divides_by_the_norm():
    x = np.array([[3.0, 4.0], [0.0, -2.0], [0.0, 0.0]], dtype="float32")
    np.testing.assert_allclose(ops.convert_to_numpy(l2_normalize(x)), [[0.6, 0.8], [0, -1], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(l2_normalize(x[:2], axis=0))[:, 0], [1, 0], rtol=1e-6)


def test_the_gradient_is_finite_at_zero():
    x = np.array([[0.0, 0.0], [3.0, 4.0]], dtype="float32")
    gradient = gradient_of_sum(l2_normalize, x)
    # At (3, 4): d/dx (x + y) / r = (y^2 - x y) / r^3, and the same with x and y exchanged.
    np.testing.assert_allclose(gradient[1], [4 / 125, -3 / 125], rtol=1e-5)
    assert np.isfinite(gradient).all()


# The squares of both overflow or vanish in float16; one rounding of the result at 2^-11 is what remains.
@pytest.mark.parametrize("scale", [300.0, 1e-4])
def test_float16_squares_neither_overflow_nor_vanish(scale):
    x = (scale * np.array([[3.0, 4.0]])).astype("float16")
    result = l2_normalize(ops.convert_to_tensor(x))
    assert keras.backend.standardize_dtype(result.dtype) == "float16"
    exact = x.astype("float64") / np.linalg.norm(x.astype("float64"))
    np.testing.assert_allclose(ops.convert_to_numpy(result), exact, rtol=2**-11)
