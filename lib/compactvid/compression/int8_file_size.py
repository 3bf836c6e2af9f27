"""The bytes of a model's 8-bit file beside those of its float32 file, at full size."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compactvid.metrics import model_size
from compactvid.models.gated_netvlad import BIG_FOUR

FORMS: dict[str, dict[str, Any] | None] = {"float32": None, "int8_big_four": {"tensors": BIG_FOUR}, "int8": {}}
"""Files by name, and what `quantize_int8` makes the model in each with."""


@dataclass(frozen=True)
class Int8FileSize:
    """Write a `GatedNetVLAD`'s weights: in float32, with its four big tensors in 8 bits, with all matrices in 8 bits.

    The model is built at full size, with zeros for weights: bytes do not depend on values. The files are weighed and
    deleted again.

    Parameters
    ----------
    model
        A model configuration with `build(initialize=False)`.
    """

    model: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return the bytes of each file of `FORMS`, and of the `big_four` in float32."""
        import keras

        from compactvid.compression.quantization import quantize_int8

        model = self.model.build(initialize=False)
        tensors = model_size(model).set_index("tensor")["bytes"]
        file_bytes = {}
        with TemporaryDirectory(dir=folder) as name:
            for form, how in FORMS.items():
                model = model if how is None else quantize_int8(model, **how)  # what is in 8 bits already stays so
                file = Path(name) / f"{form}.weights.h5"
                model.save_weights(file)
                file_bytes[form] = file.stat().st_size
                file.unlink()
        # A Keras model is a web of references: without this, one process would hold every model that it measured.
        del model
        keras.utils.clear_session()
        return {"file_bytes": file_bytes, "big_four": int(tensors[list(BIG_FOUR)].sum())}
