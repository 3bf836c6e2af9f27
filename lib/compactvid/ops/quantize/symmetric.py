r"""Symmetric quantisation to 2 to 8 bits: :math:`q = \mathrm{round}(x / s)`, :math:`\hat x = s q`; the zero point is 0.

Reference: Jacob et al. 2018, arXiv:1712.05877, section 2.1, with Z = 0, and section 3 for the range without the lowest
level; what TensorFlow Lite does with weights.
"""

from keras import ops

from compactvid.ops.quantize.affine import SMALLEST_RANGE, round_half_away
from compactvid.ops.quantize.validity import require_bits, require_finite


def symmetric_scale(x, *, bits=8, per_channel=False):
    r"""The scale whose outermost levels are the largest magnitude of a tensor, and its negative.

    .. math:: s = \frac{\max |x|}{2^{bits - 1} - 1}

    Of zeros alone, and of values below 1e-35, it is that of the range [-1, 1].

    Parameters
    ----------
    x
        Values of shape (..., channels).
    bits
        2 to 8.
    per_channel
        One scale for each index of the last axis, a kernel's outputs; else one for all.

    Returns
    -------
    tensor
        float32 and positive, of shape (1, ..., channels) or (1, ..., 1).

    Raises
    ------
    ValueError
        Other bits; no values, or some that are not finite (while a function is traced these can't be seen).
    """
    require_bits("symmetric_scale", bits)
    steps = 2 ** (bits - 1) - 1
    scale = largest_magnitude(x, per_channel=per_channel) / steps
    return ops.where(scale < SMALLEST_RANGE / steps, 1.0 / steps, scale)


def symmetric_quantize(x, scale, *, bits=8):
    """The nearest level; halves are rounded away from zero. `affine_dequantize(levels, scale)` gives its value.

    Parameters
    ----------
    x
        Values of shape (..., channels); beyond the levels' range they become its ends.
    scale
        As `symmetric_scale` gives it.
    bits
        2 to 8.

    Returns
    -------
    tensor
        Levels -(2^(bits - 1) - 1) to 2^(bits - 1) - 1, int8, of the shape of `x`: -128 is never used.

    Raises
    ------
    ValueError
        Other bits; no values, or some that are not finite (while a function is traced NaN becomes any level).
    """
    require_bits("symmetric_quantize", bits)
    require_finite("symmetric_quantize", x)
    steps = 2 ** (bits - 1) - 1
    return ops.cast(ops.clip(round_half_away(ops.cast(x, "float32") / scale), -steps, steps), "int8")


def largest_magnitude(x, *, per_channel=False):
    """The largest absolute value, float32, of shape (1, ..., channels) or (1, ..., 1).

    Raises
    ------
    ValueError
        No values, or some that are not finite (while a function is traced these can't be seen).
    """
    require_finite("largest_magnitude", x)
    x = ops.abs(ops.cast(x, "float32"))
    return ops.max(x, axis=tuple(range(len(x.shape) - 1)) if per_channel else None, keepdims=True)
