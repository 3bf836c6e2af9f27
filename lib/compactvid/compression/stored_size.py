"""How many bytes a model stores, measured on the built model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from compactvid.metrics import model_size

PRECISIONS = ("float32", "float16")


@dataclass(frozen=True)
class StoredSize:
    """The stored tensors of a model, as it is trained and with its four big tensors cast to float16.

    The model is built at full size, and no value of it is ever made: bytes do not depend on values.

    Parameters
    ----------
    model
        A model configuration with `build()`.
    """

    model: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return, for each precision, the list of stored tensors with shape, dtype and bytes."""
        return {precision: tensors.to_dict("records") for precision, tensors in self.measure().items()}

    def measure(self) -> dict[str, pd.DataFrame]:
        """Build the model and list its tensors at each precision: columns tensor, shape, dtype, bytes."""
        import keras

        from compactvid.compression.float16 import with_float16_tensors

        with keras.StatelessScope(initialize_variables=False):
            model = self.model.build()
            return {"float32": model_size(model), "float16": model_size(with_float16_tensors(model))}
