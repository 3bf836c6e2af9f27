"""Compression: a trained `keras.Model` in, a smaller model or file out. Keras is imported inside the functions."""

from compactvid.compression.batch_norm_folding import fold_batch_normalization
from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.best_ensembles import best_ensembles
from compactvid.compression.checkpoint_average import average_checkpoints
from compactvid.compression.detection_at_bits import DetectionAtBits
from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.compression.distillation import Distillation, distill
from compactvid.compression.ensemble import ensemble_graph
from compactvid.compression.ensemble_weights import tune_weights
from compactvid.compression.fine_tuning import FineTuning
from compactvid.compression.float16 import cast_float16
from compactvid.compression.gradual_pruning import GradualPruning
from compactvid.compression.integer_agreement import integer_agreement
from compactvid.compression.integer_conversion import convert_to_integers
from compactvid.compression.integer_network import IntegerNetwork
from compactvid.compression.litert import export_litert
from compactvid.compression.pruning import prune
from compactvid.compression.quantization import dequantize_int8, quantize_int8, simulate_int8
from compactvid.compression.quantization_aware_training import QuantizationAwareTraining
from compactvid.compression.saved_model import export_saved_model
from compactvid.compression.simulated_quantization import (
    activation_ranges,
    simulate_quantization,
    without_simulated_quantization,
)
from compactvid.compression.stored_size import StoredSize

__all__ = [
    "BestCheckpoints",
    "DetectionAtBits",
    "DetectionFineTuning",
    "Distillation",
    "FineTuning",
    "GradualPruning",
    "IntegerNetwork",
    "QuantizationAwareTraining",
    "StoredSize",
    "activation_ranges",
    "average_checkpoints",
    "best_ensembles",
    "cast_float16",
    "convert_to_integers",
    "dequantize_int8",
    "distill",
    "ensemble_graph",
    "export_litert",
    "export_saved_model",
    "fold_batch_normalization",
    "integer_agreement",
    "prune",
    "quantize_int8",
    "simulate_int8",
    "simulate_quantization",
    "tune_weights",
    "without_simulated_quantization",
]
