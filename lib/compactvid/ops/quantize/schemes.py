"""Quantisers by name: one signature for all, so that training, storage and integer arithmetic agree on the levels."""

from keras import ops

from compactvid.ops.quantize.affine import affine_parameters, affine_quantize, affine_range
from compactvid.ops.quantize.deepeye import quantize_a, quantize_w, unit_scale
from compactvid.ops.quantize.symmetric import symmetric_quantize, symmetric_scale
from compactvid.ops.quantize.validity import require_bits, require_choice

DEEPEYE_SCHEMES = {
    "deepeye_floor": ("floor", False),
    "deepeye_truncation": ("truncation", False),
    "deepeye_floor_scaled": ("floor", True),
    "deepeye_truncation_scaled": ("truncation", True),
}
"""Name -> what INT of Eq. 1 is, and whether weights are divided by their largest magnitude first."""
WEIGHT_SCHEMES = ("symmetric", "affine", *DEEPEYE_SCHEMES)
ACTIVATION_SCHEMES = ("affine", "deepeye")


def weight_levels(w, scheme="symmetric", *, bits=8, per_channel=False, beyond="error"):
    """Levels of weights, and what `affine_dequantize` needs to read them.

    Parameters
    ----------
    w
        Weights of shape (..., channels).
    scheme
        "symmetric" or "affine": see `symmetric_quantize` and `affine_quantize`. Of Cheng et al. 2018, Eq. 1
        (`quantize_w`): "deepeye_floor" and "deepeye_truncation" as printed; "deepeye_floor_scaled" and
        "deepeye_truncation_scaled" with weights divided by their largest magnitude.
    bits
        2 to 8.
    per_channel
        One scale for each index of the last axis; else one for all. Eq. 1 as printed has one.
    beyond
        Of Eq. 1 as printed, for weights outside of [-1, 1]: "error" or "clip".

    Returns
    -------
    tuple of tensors
        Levels, int8 (affine: uint8), of the shape of `w`; scale, float32, and zero point, of shape (1, ..., channels)
        or (1, ..., 1).

    Raises
    ------
    ValueError
        Another scheme, other bits, `per_channel` with Eq. 1 as printed, or what the quantiser refuses.
    """
    require_weight_scheme("weight_levels", scheme, bits=bits, per_channel=per_channel)
    if scheme == "affine":
        scale, zero_point = affine_parameters(w, bits=bits, per_channel=per_channel)
        return affine_quantize(w, scale, zero_point, bits=bits), scale, zero_point
    if scheme == "symmetric":
        scale = symmetric_scale(w, bits=bits, per_channel=per_channel)
        levels = symmetric_quantize(w, scale, bits=bits)
    else:
        integer, scaled = DEEPEYE_SCHEMES[scheme]
        largest = unit_scale(w, per_channel=per_channel) if scaled else ops.ones([1] * len(w.shape))
        # Scaled weights lie in [-1, 1]: clipping changes none, and needs no values to check.
        levels = quantize_w(w, bits=bits, integer=integer, beyond="clip" if scaled else beyond, scale=largest)
        scale = largest * 2.0 ** (1 - bits)
    return levels, scale, ops.zeros_like(scale, dtype="int8")


def require_weight_scheme(caller, scheme, *, bits, per_channel):
    """Raise ValueError, in the name of a function, unless `weight_levels` takes these."""
    require_choice(caller, "scheme", scheme, WEIGHT_SCHEMES)
    require_bits(caller, bits)
    if per_channel and not DEEPEYE_SCHEMES.get(scheme, ("", True))[1]:
        raise ValueError(f"{caller}: per_channel needs a scale, which {scheme} has not; {scheme}_scaled has one")


def activation_parameters(scheme="affine", *, bits=8, low=0.0, high=1.0):
    """Scale and zero point of feature maps' levels.

    Parameters
    ----------
    scheme
        "affine": the levels span [low, high] and zero (`affine_range`). "deepeye": Cheng et al. 2018, Eq. 2, whose
        levels k are k / 2^bits.
    bits
        2 to 8.
    low, high
        For "affine": ends of the range.

    Returns
    -------
    tuple of tensors
        Scale, float32, and zero point, uint8, scalars.

    Raises
    ------
    ValueError
        Another scheme, other bits.
    """
    require_choice("activation_parameters", "scheme", scheme, ACTIVATION_SCHEMES)
    require_bits("activation_parameters", bits)
    if scheme == "affine":
        return affine_range(low, high, bits=bits)
    return ops.cast(2.0**-bits, "float32"), ops.cast(0, "uint8")


def activation_levels(a, scheme="affine", *, bits=8, low=0.0, high=1.0):
    """Levels of feature maps, uint8, of their shape; values beyond the outermost levels become these.

    Parameters
    ----------
    a
        Feature maps.
    scheme, bits, low, high
        As in `activation_parameters`. "affine" rounds to the nearest level, "deepeye" downwards.

    Raises
    ------
    ValueError
        As there; no values, or some that are not finite (while a function is traced these can't be seen).
    """
    scale, zero_point = activation_parameters(scheme, bits=bits, low=low, high=high)
    if scheme == "affine":
        return affine_quantize(a, scale, zero_point, bits=bits)
    return quantize_a(a, bits=bits, beyond="clip")
