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

    The model is built at full size, with zeros for weights: bytes do not depend on values.

    Parameters
    ----------
    model
        A model configuration with `build(initialize=False)`.
    """

    model: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return, for each precision, the list of stored tensors with shape, dtype and bytes."""
        return {precision: self.measure(precision).to_dict("records") for precision in PRECISIONS}

    def measure(self, precision: str) -> pd.DataFrame:
        """Build the model and list its tensors: columns tensor, shape, dtype, bytes.

        Raises
        ------
        ValueError
            `precision` is neither float32 nor float16.
        """
        from compactvid.compression.float16 import cast_float16

        if precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, not {precision!r}")
        model = self.model.build(initialize=False)
        return model_size(model if precision == "float32" else cast_float16(model))
