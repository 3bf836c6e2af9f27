r"""Affine quantisation to 2 to 8 bits: :math:`q = \mathrm{round}(x / s) + z`, :math:`\hat x = s (q - z)`.

Reference: TensorFlow 1, graph transform `quantize_weights` with `FloatToQuantized` of `quantization_utils.h`, the tool
that Liu & Liu 2018, section 2.2, "Quantization", refer to; `tf.quantization.quantize(mode="MIN_FIRST")` is the same.
Fewer bits than 8 follow the same rule.
"""

from keras import ops

from compactvid.ops.quantize.validity import require_bits, require_finite

SMALLEST_RANGE = 1e-35
"""Values that lie closer together than this have no scale in float32."""


def affine_parameters(x, *, bits=8, per_channel=False):
    r"""Scale and zero point whose levels span the values of a tensor, and zero; see `affine_range`.

    Parameters
    ----------
    x
        Values of at most 3.3e38 in size, of shape (..., channels).
    bits
        2 to 8.
    per_channel
        One scale and zero point for each index of the last axis, a kernel's outputs; else one for all.

    Returns
    -------
    tuple of tensors
        Scale, float32 and positive, and zero point, uint8: of shape (1, ..., channels) or (1, ..., 1).

    Raises
    ------
    ValueError
        Other bits; no values, or some that are not finite (while a function is traced these can't be seen: the zero
        point of NaN is any level).
    """
    require_finite("affine_parameters", x)
    x = ops.cast(x, "float32")
    axis = tuple(range(len(x.shape) - 1)) if per_channel else None
    return affine_range(ops.min(x, axis=axis, keepdims=True), ops.max(x, axis=axis, keepdims=True), bits=bits)


def affine_range(low, high, *, bits=8):
    r"""Scale and zero point whose levels span a range, and zero.

    .. math:: s = \frac{\max(0, x_{max}) - \min(0, x_{min})}{2^{bits} - 1}, \qquad
              z = -\mathrm{round}(\min(0, x_{min}) / s)

    Zero is always a level, so that zeros stay zeros, as in TensorFlow 1. Where both ends are zero, or so small that
    float32 can't hold their scale (a range below 1e-35), the range is [0, 1], which TensorFlow 1 meant to take.

    Parameters
    ----------
    low, high
        Ends of the range, of any one shape.
    bits
        2 to 8.

    Returns
    -------
    tuple of tensors
        Scale, float32, and zero point, uint8, of that shape.

    Raises
    ------
    ValueError
        Other bits.
    """
    require_bits("affine_range", bits)
    steps = 2**bits - 1
    smallest = ops.minimum(ops.cast(low, "float32"), 0.0)
    largest = ops.maximum(ops.cast(high, "float32"), 0.0)
    scale = largest / steps - smallest / steps  # each by itself: the range may be infinite
    scale = ops.where(scale < SMALLEST_RANGE / steps, 1.0 / steps, scale)
    return scale, ops.cast(round_half_away(-smallest / scale), "uint8")


def affine_quantize(x, scale, zero_point, *, bits=8):
    """The nearest level; halves are rounded away from zero, as in C.

    Parameters
    ----------
    x
        Values of shape (..., channels); beyond the levels' range they become its ends.
    scale, zero_point
        As `affine_parameters` gives them.
    bits
        2 to 8.

    Returns
    -------
    tensor
        Levels 0 to 2^bits - 1, uint8, of the shape of `x`.

    Raises
    ------
    ValueError
        Other bits; no values, or some that are not finite (while a function is traced NaN becomes any level).
    """
    require_bits("affine_quantize", bits)
    require_finite("affine_quantize", x)
    levels = round_half_away(ops.cast(x, "float32") / scale) + ops.cast(zero_point, "float32")
    return ops.cast(ops.clip(levels, 0, 2**bits - 1), "uint8")


def affine_dequantize(levels, scale, zero_point=0):
    r"""The values of levels, :math:`s (q - z)`, in float32: at most s / 2 from what was rounded to them."""
    return (ops.cast(levels, "float32") - ops.cast(zero_point, "float32")) * scale


def round_half_away(x):
    """The nearest integer; halves go away from zero."""
    return ops.sign(x) * ops.floor(ops.abs(x) + 0.5)
