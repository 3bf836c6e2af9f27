"""The tensors of a model at any size, without their values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.metrics import model_size


@dataclass(frozen=True)
class TensorSizes:
    """The tensors that a model stores, counted on the built model; no value is ever made.

    Parameters
    ----------
    model
        A model configuration with `build()`.
    """

    model: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return `tensors`: a mapping a tensor with `tensor` (its path), `shape`, `dtype` and `bytes`."""
        import keras

        with keras.StatelessScope(initialize_variables=False):
            return {"tensors": model_size(self.model.build()).to_dict("records")}
