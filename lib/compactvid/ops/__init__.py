"""Equations of the papers as pure functions on tensors (`keras.ops`: TensorFlow and JAX)."""

from compactvid.ops.circulant import circulant_matrix, circulant_product
from compactvid.ops.fisher import fisher_sums, normalized_fisher_vector
from compactvid.ops.frame_pooling import max_pooling, mean_pooling, robust_max_pooling
from compactvid.ops.frames import frame_mask
from compactvid.ops.gating import context_gate
from compactvid.ops.mixture import mixture_probability
from compactvid.ops.normalization import l2_normalize
from compactvid.ops.quantize import (
    affine_dequantize,
    affine_parameters,
    affine_quantize,
    fake_quantize_activations,
    fake_quantize_weights,
)
from compactvid.ops.tensor_train import tensor_train_matrix, tensor_train_product
from compactvid.ops.tensor_train_svd import tensor_train_svd
from compactvid.ops.vlad import normalized_vlad, residual_sum, soft_assignment

__all__ = [
    "affine_dequantize",
    "affine_parameters",
    "affine_quantize",
    "circulant_matrix",
    "circulant_product",
    "context_gate",
    "fake_quantize_activations",
    "fake_quantize_weights",
    "fisher_sums",
    "frame_mask",
    "l2_normalize",
    "max_pooling",
    "mean_pooling",
    "mixture_probability",
    "normalized_fisher_vector",
    "normalized_vlad",
    "residual_sum",
    "robust_max_pooling",
    "soft_assignment",
    "tensor_train_matrix",
    "tensor_train_product",
    "tensor_train_svd",
]
