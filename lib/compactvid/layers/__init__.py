"""Keras layers. Importing this package registers them, so that saved models that hold them can be loaded."""

from compactvid.layers.context_gating import ContextGating
from compactvid.layers.float16_storage import float16_storage
from compactvid.layers.mixture_of_experts import MixtureOfExperts
from compactvid.layers.netvlad import NetVLAD

__all__ = ["ContextGating", "MixtureOfExperts", "NetVLAD", "float16_storage"]
