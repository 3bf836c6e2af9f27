"""Compression: a trained `keras.Model` in, a smaller model or file out. Keras is imported inside the functions."""

from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.best_ensembles import best_ensembles
from compactvid.compression.checkpoint_average import average_checkpoints
from compactvid.compression.distillation import Distillation, distill
from compactvid.compression.ensemble import ensemble_graph
from compactvid.compression.ensemble_weights import tune_weights
from compactvid.compression.fine_tuning import FineTuning
from compactvid.compression.float16 import cast_float16
from compactvid.compression.gradual_pruning import GradualPruning
from compactvid.compression.litert import export_litert
from compactvid.compression.pruning import prune
from compactvid.compression.quantization import dequantize_int8, quantize_int8, simulate_int8
from compactvid.compression.saved_model import export_saved_model
from compactvid.compression.stored_size import StoredSize

__all__ = [
    "BestCheckpoints",
    "Distillation",
    "FineTuning",
    "GradualPruning",
    "StoredSize",
    "average_checkpoints",
    "best_ensembles",
    "cast_float16",
    "dequantize_int8",
    "distill",
    "ensemble_graph",
    "export_litert",
    "export_saved_model",
    "prune",
    "quantize_int8",
    "simulate_int8",
    "tune_weights",
]
