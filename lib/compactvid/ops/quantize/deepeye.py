r"""DeepEye's quantisers of weights and feature maps, as the paper prints them.

Reference: Cheng et al. 2018, section 2.2, Eqs. 1 and 2. The paper quantises to 8 bits; b bits follow with b for 8.
What it leaves open is an argument here:

- "INT takes the smaller nearest integer" is the floor, or truncation, which differ for negative weights. The floor
  sends weights below -(1 - 2^-7) to -2^7, outside of the range [-2^7 + 1, 2^7 - 1] that the paper states.
- The scaling factor xi of :math:`w \approx \xi w^q` is never defined. From Eq. 1 alone it is 2^-7. Weights outside of
  [-1, 1] are not provided for; dividing them by their largest magnitude first makes xi that magnitude times 2^-7.
- Feature maps are assumed in [0, 1], though LeakyReLU gives negative ones.
"""

from keras import ops

from compactvid.ops.quantize.affine import SMALLEST_RANGE
from compactvid.ops.quantize.symmetric import largest_magnitude
from compactvid.ops.quantize.validity import known, require_bits, require_choice, require_finite

INTEGERS = ("floor", "truncation")
BEYOND = ("error", "clip")


def quantize_w(w, *, bits=8, integer="floor", beyond="error", scale=1.0):
    r"""Weights to signed levels.

    .. math:: w^q = \begin{cases}
              w / |w|, & 0 < |w| \le 2^{-7} \\
              \mathrm{INT}(2^7 w), & 2^{-7} < |w| < 1 \\
              (2^7 - 1) w / |w|, & |w| = 1 \end{cases}

    Reference: Cheng et al. 2018, Eq. 1. It gives 0 for no weight but 0 itself, which it leaves out; the range that the
    paper states has 0. `affine_dequantize(levels, scale * 2.0 ** (1 - bits))` gives the values. The error is
    up to a whole level: downwards (floor) or towards zero (truncation), but away from zero where |w| is below 2^-7.

    Parameters
    ----------
    w
        Weights in [-1, 1], of any shape.
    bits
        2 to 8.
    integer
        What INT is: "floor" or "truncation".
    beyond
        What is done with weights outside of [-1, 1]: "error", or "clip" them to it.
    scale
        Divides the weights first: a positive number, or a tensor such as `unit_scale` gives.

    Returns
    -------
    tensor
        Levels of the shape of `w`, int8: -2^(bits - 1) to 2^(bits - 1) - 1, the lowest by floor only.

    Raises
    ------
    ValueError
        Other bits, INT or `beyond`; weights outside of [-1, 1]; no values, or some that are not finite. Where "error"
        is asked for while a function is traced: there are no values to check.
    """
    require_bits("quantize_w", bits)
    require_choice("quantize_w", "integer", integer, INTEGERS)
    w = _within(w, scale, -1.0, beyond, "quantize_w")
    half = 2.0 ** (bits - 1)
    sign, magnitude = ops.sign(w), ops.abs(w)
    rounded = ops.floor(half * w) if integer == "floor" else ops.trunc(half * w)
    levels = ops.where(magnitude < 1, rounded, (half - 1) * sign)
    return ops.cast(ops.where(magnitude <= 1 / half, sign, levels), "int8")


def quantize_a(a, *, bits=8, beyond="error", scale=1.0):
    r"""Feature maps to unsigned levels k, of value :math:`a^q = k / 2^8`.

    .. math:: a^q = \frac{1}{2^8} \begin{cases} \mathrm{INT}(2^8 a), & 0 \le a < 1 \\ 2^8 - 1, & a = 1 \end{cases}

    Reference: Cheng et al. 2018, Eq. 2. `affine_dequantize(k, scale * 2.0 ** -bits)` gives the values.

    Parameters
    ----------
    a
        Feature maps in [0, 1], of any shape.
    bits
        2 to 8.
    beyond, scale
        As in `quantize_w`, with [0, 1] for [-1, 1].

    Returns
    -------
    tensor
        Levels k, uint8, 0 to 2^bits - 1, of the shape of `a`.

    Raises
    ------
    ValueError
        As in `quantize_w`.
    """
    require_bits("quantize_a", bits)
    a = _within(a, scale, 0.0, beyond, "quantize_a")
    return ops.cast(ops.minimum(ops.floor(2.0**bits * a), 2.0**bits - 1), "uint8")


def unit_scale(w, *, per_channel=False):
    """The `scale` that brings weights to [-1, 1]: their largest magnitude; of zeros alone, 1.

    Parameters
    ----------
    w
        Weights of shape (..., channels), of at least 1e-35 in size where they are not 0.
    per_channel
        One scale for each index of the last axis; else one for all.

    Returns
    -------
    tensor
        float32 and positive, of shape (1, ..., channels) or (1, ..., 1).
    """
    scale = largest_magnitude(w, per_channel=per_channel)
    return ops.where(scale < SMALLEST_RANGE, 1.0, scale)


def least_squares_xi(w, levels):
    r"""The non-negative factor that makes :math:`\sum (w - \xi w^q)^2` least: one answer to what the paper leaves open.

    .. math:: \xi = \max\left(0, \frac{\sum w \, w^q}{\sum (w^q)^2}\right)

    It is 0 where all levels are.

    Parameters
    ----------
    w, levels
        Weights, and what `quantize_w` makes of them, of one shape.

    Returns
    -------
    tensor
        float32, scalar.
    """
    w, levels = ops.cast(w, "float32"), ops.cast(levels, "float32")
    squares = ops.sum(levels * levels)
    return ops.maximum(ops.sum(w * levels), 0.0) / ops.where(squares == 0, 1.0, squares)


def _within(x, scale, low, beyond, caller):
    """x / scale, known to lie in [low, 1] or clipped to it."""
    require_choice(caller, "beyond", beyond, BEYOND)
    require_finite(caller, x)
    x, scale = ops.cast(x, "float32"), ops.cast(scale, "float32")
    if beyond == "error":
        values, scales = known(x), known(scale)
        if values is None or scales is None:
            raise ValueError(f"{caller}: while a function is traced no value can be checked; give beyond='clip'")
        if outside := int(((values < low * scales) | (values > scales)).sum()):
            raise ValueError(
                f"{caller}: {outside} of {values.size} values lie outside of [{low:g}, 1], from "
                f"{(values / scales).min():g} to {(values / scales).max():g}; give scale, or beyond='clip'"
            )
    # The ends are met exactly, also where a backend multiplies by the rounded inverse of the scale.
    inside = ops.where(x <= low * scale, low, x / scale)
    return ops.where(x >= scale, 1.0, inside)
