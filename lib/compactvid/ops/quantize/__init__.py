"""Quantisers of 2 to 8 bits: affine, symmetric, and those that Cheng et al. 2018 print; and training through them."""

from compactvid.ops.quantize.affine import affine_dequantize, affine_parameters, affine_quantize, affine_range
from compactvid.ops.quantize.deepeye import least_squares_xi, quantize_a, quantize_w, unit_scale
from compactvid.ops.quantize.quantization_error import largest_error, mean_squared_error, signal_to_noise
from compactvid.ops.quantize.schemes import (
    ACTIVATION_SCHEMES,
    WEIGHT_SCHEMES,
    activation_levels,
    activation_parameters,
    weight_levels,
)
from compactvid.ops.quantize.straight_through import fake_quantize_activations, fake_quantize_weights
from compactvid.ops.quantize.symmetric import symmetric_quantize, symmetric_scale

__all__ = [
    "ACTIVATION_SCHEMES",
    "WEIGHT_SCHEMES",
    "activation_levels",
    "activation_parameters",
    "affine_dequantize",
    "affine_parameters",
    "affine_quantize",
    "affine_range",
    "fake_quantize_activations",
    "fake_quantize_weights",
    "largest_error",
    "least_squares_xi",
    "mean_squared_error",
    "quantize_a",
    "quantize_w",
    "signal_to_noise",
    "symmetric_quantize",
    "symmetric_scale",
    "unit_scale",
    "weight_levels",
]
