"""Equations of the papers as pure functions on tensors (`keras.ops`: TensorFlow and JAX)."""

from compactvid.ops.frames import frame_mask
from compactvid.ops.gating import context_gate
from compactvid.ops.mixture import mixture_probability
from compactvid.ops.normalization import l2_normalize
from compactvid.ops.vlad import normalized_vlad, residual_sum, soft_assignment

__all__ = [
    "context_gate",
    "frame_mask",
    "l2_normalize",
    "mixture_probability",
    "normalized_vlad",
    "residual_sum",
    "soft_assignment",
]
