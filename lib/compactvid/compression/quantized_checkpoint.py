"""A training's best averaged checkpoint in 8 bits."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.compression.from_checkpoint import FromCheckpoint
from compactvid.metrics import model_size
from compactvid.training.evaluation import evaluate, scores_and_labels
from compactvid.training.predictions import save_predictions
from compactvid.training.weights import load_weights, save_weights


@dataclass(frozen=True)
class QuantizedCheckpoint(FromCheckpoint):
    """Store the best averaged checkpoint of a training in 8 bits, read it back, evaluate it; nothing is trained.

    Its run holds what a training's does (`best_averaged.weights.h5` in float32, `.validate.npz`, `.test.npz`), read
    back from the 8-bit file `int8.weights.h5`, so that an ensemble or a `FineTuning` may start from it.

    Parameters
    ----------
    base
        The training.
    per_channel
        As in `quantize_int8`.
    """

    per_channel: bool = False

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the `test` metrics, `tensor_bytes` and `file_bytes` of `float32` and `int8`."""
        from compactvid.compression.quantization import dequantize_int8, quantize_int8

        files = self.dataset.prepare(data_folder)
        model = self.training.model.build()
        load_weights(model, required[0] / "best_averaged.weights.h5")
        quantized = quantize_int8(model, per_channel=self.per_channel)
        int8, float32 = folder / "int8.weights.h5", folder / "best_averaged.weights.h5"
        save_weights(quantized, int8)
        load_weights(quantized, int8)
        save_weights(dequantize_int8(quantized), float32)
        for split in ("validate", "test"):
            labels, scores = scores_and_labels(
                lambda features: quantized(features, training=False), self.dataset.read(files, split)
            )
            save_predictions(folder / f"best_averaged.{split}.npz", labels, scores)
        sizes = {"float32": (model, float32), "int8": (quantized, int8)}
        return {
            "test": evaluate(labels, scores),
            "tensor_bytes": {name: int(model_size(sized)["bytes"].sum()) for name, (sized, _) in sizes.items()},
            "file_bytes": {name: file.stat().st_size for name, (_, file) in sizes.items()},
        }
