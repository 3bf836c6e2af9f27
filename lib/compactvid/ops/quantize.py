r"""Affine quantisation to 8 bits: :math:`q = \mathrm{round}(x / s) + z`, :math:`\hat x = s (q - z)`.

Reference: TensorFlow 1, graph transform `quantize_weights` with `FloatToQuantized` of `quantization_utils.h`, the tool
that Liu & Liu 2018, section 2.2, "Quantization", refer to; `tf.quantization.quantize(mode="MIN_FIRST")` is the same.
"""

from keras import ops

LEVELS = 255
"""Steps between the smallest and the largest of 256 values."""
_SMALLEST_RANGE = 1e-35


def affine_parameters(x, *, per_channel=False):
    r"""Scale and zero point whose 256 levels span the values of a tensor, and zero.

    .. math:: s = \frac{\max(0, x_{max}) - \min(0, x_{min})}{255}, \qquad z = -\mathrm{round}(\min(0, x_{min}) / s)

    Zero is always a level, so that zeros stay zeros, as in TensorFlow 1. Where all values are zero, or so small that
    float32 can't hold their scale (a range below 1e-35), the range is [0, 1], which TensorFlow 1 meant to take.

    Parameters
    ----------
    x
        Values of at most 3.3e38 in size, of shape (..., channels).
    per_channel
        One scale and zero point for each index of the last axis, a matrix's outputs; else one for all.

    Returns
    -------
    tuple of tensors
        Scale, float32 and positive, and zero point, uint8: of shape (1, ..., channels) or (1, ..., 1).
    """
    x = ops.cast(x, "float32")
    axis = tuple(range(len(x.shape) - 1)) if per_channel else None
    smallest = ops.minimum(ops.min(x, axis=axis, keepdims=True), 0.0)
    largest = ops.maximum(ops.max(x, axis=axis, keepdims=True), 0.0)
    scale = largest / LEVELS - smallest / LEVELS  # each by itself: the range may be infinite
    scale = ops.where(scale < _SMALLEST_RANGE / LEVELS, 1.0 / LEVELS, scale)
    return scale, ops.cast(_round(-smallest / scale), "uint8")


def affine_quantize(x, scale, zero_point):
    """The nearest of the 256 levels; halves are rounded away from zero, as in C.

    Parameters
    ----------
    x
        Values of shape (..., channels); beyond the levels' range they become its ends.
    scale, zero_point
        As `affine_parameters` gives them.

    Returns
    -------
    tensor
        Levels 0 to 255, uint8, of the shape of `x`.
    """
    levels = _round(ops.cast(x, "float32") / scale) + ops.cast(zero_point, "float32")
    return ops.cast(ops.clip(levels, 0, LEVELS), "uint8")


def affine_dequantize(levels, scale, zero_point):
    r"""The values of levels, :math:`s (q - z)`, in float32: at most s / 2 from what was quantised."""
    return (ops.cast(levels, "float32") - ops.cast(zero_point, "float32")) * scale


def straight_through(x, *, per_channel=False):
    """What `x` becomes when it is quantised and read back; its gradient is that of `x`.

    Reference: Bengio, Léonard & Courville 2013, arXiv:1308.3432, the straight-through estimator.

    Parameters
    ----------
    x, per_channel
        As in `affine_parameters`, which are taken anew from the values.
    """
    fixed = ops.stop_gradient(x)
    parameters = affine_parameters(fixed, per_channel=per_channel)
    # In this order: x - fixed is exactly 0, and the sum exactly a level.
    return affine_dequantize(affine_quantize(fixed, *parameters), *parameters) + (x - fixed)


def _round(x):
    return ops.sign(x) * ops.floor(ops.abs(x) + 0.5)
