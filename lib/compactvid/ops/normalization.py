"""L2 normalisation whose gradient is finite at zero."""

import keras
from keras import ops

EPSILON = 1e-12
"""Smallest squared norm that is divided by, TensorFlow's default (`tf.nn.l2_normalize`)."""


def l2_normalize(x, axis=-1):
    """Divide `x` by its Euclidean norm along an axis; zeros stay zeros.

    `keras.ops.normalize` takes the reciprocal root first and bounds it afterwards, so its gradient at zero is NaN (on
    JAX). Here the squared norm is bounded first, as in the released code.

    Parameters
    ----------
    x
        Tensor of any shape. The norm of 16-bit tensors is computed in float32, because squares overflow early.
    axis
        Axis (or axes) along which the squares are summed.

    Returns
    -------
    tensor
        Same shape and dtype as `x`.
    """
    wide = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
    squared_norm = ops.sum(ops.square(wide), axis=axis, keepdims=True)
    return ops.cast(wide * ops.rsqrt(ops.maximum(squared_norm, EPSILON)), x.dtype)
