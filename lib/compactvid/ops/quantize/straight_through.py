"""Fake quantisation: values that were quantised and read back, with a gradient to train by.

Reference: Bengio, Léonard & Courville 2013, arXiv:1308.3432, the straight-through estimator; Jacob et al. 2018,
arXiv:1712.05877, section 3, for its use; Cheng et al. 2018, section 2.2, train so ("quantized constraints during the
training process") without saying what the gradient is.
"""

from keras import ops

from compactvid.ops.quantize.affine import affine_dequantize
from compactvid.ops.quantize.schemes import DEEPEYE_SCHEMES, activation_levels, activation_parameters, weight_levels


def fake_quantize_weights(w, scheme="symmetric", *, bits=8, per_channel=False):
    """What weights become when they are quantised, by the scale of their present values, and read back.

    The gradient is that of the identity. Of Eq. 1 as printed it is that of clipping to [-1, 1]: such weights don't
    raise an error here, as training may move any weight out of the range.

    Parameters
    ----------
    w
        Weights of shape (..., channels).
    scheme, bits, per_channel
        As in `weight_levels`.

    Returns
    -------
    tensor
        Values of levels, float32, of the shape of `w`.

    Raises
    ------
    ValueError
        As in `weight_levels`. While a function is traced, NaN and infinite values become NaN.
    """
    w = ops.cast(w, "float32")
    fixed = ops.stop_gradient(w)
    levels, scale, zero_point = weight_levels(fixed, scheme, bits=bits, per_channel=per_channel, beyond="clip")
    inside = None
    if scheme in DEEPEYE_SCHEMES and not DEEPEYE_SCHEMES[scheme][1]:
        inside = ops.abs(fixed) <= 1
    return _straight_through(w, fixed, affine_dequantize(levels, scale, zero_point), inside)


def fake_quantize_activations(a, scheme="affine", *, bits=8, low=0.0, high=1.0):
    """What feature maps become when they are quantised and read back.

    The gradient is that of clipping to the outermost levels: 1 inside (ends included), 0 beyond. For "deepeye" the
    ends are those of Eq. 2's domain, 0 and 1, though the value of its highest level is 1 - 2^-bits.

    Parameters
    ----------
    a
        Feature maps.
    scheme, bits, low, high
        As in `activation_parameters`.

    Returns
    -------
    tensor
        Values of levels, float32, of the shape of `a`.

    Raises
    ------
    ValueError
        As in `activation_levels`. While a function is traced, NaN and infinite values become NaN.
    """
    a = ops.cast(a, "float32")
    fixed = ops.stop_gradient(a)
    scale, zero_point = activation_parameters(scheme, bits=bits, low=low, high=high)
    levels = activation_levels(fixed, scheme, bits=bits, low=low, high=high)
    lowest, highest = (affine_dequantize(level, scale, zero_point) for level in (0, 2**bits - 1))
    if scheme == "deepeye":
        highest = 1.0
    inside = (fixed >= lowest) & (fixed <= highest)
    return _straight_through(a, fixed, affine_dequantize(levels, scale, zero_point), inside)


def _straight_through(x, fixed, quantized, inside):
    quantized = ops.where(ops.isfinite(fixed), quantized, float("nan"))
    # In this order: x - fixed is exactly 0, and the sum exactly a level.
    difference = x - fixed
    return quantized + (difference if inside is None else difference * ops.cast(inside, "float32"))
