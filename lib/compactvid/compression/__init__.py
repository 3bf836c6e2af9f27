"""Compression: a trained `keras.Model` in, a smaller model or file out. Keras is imported inside the functions."""

from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.best_ensembles import best_ensembles
from compactvid.compression.checkpoint_average import average_checkpoints
from compactvid.compression.float16 import cast_float16
from compactvid.compression.stored_size import StoredSize

__all__ = ["BestCheckpoints", "StoredSize", "average_checkpoints", "best_ensembles", "cast_float16"]
