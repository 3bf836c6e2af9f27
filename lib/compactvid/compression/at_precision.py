"""What a trained model predicts when it is stored in fewer bits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from compactvid.compression.from_checkpoint import FromCheckpoint
from compactvid.metrics import global_average_precision
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.training.evaluation import scores_and_labels
from compactvid.training.predictions import save_predictions
from compactvid.training.weights import load_weights

PRECISIONS = ("float16", "int8")


@dataclass(frozen=True)
class AtPrecision(FromCheckpoint):
    """The predictions of a training's best averaged checkpoint, with its matrices rounded as they would be stored.

    The values are those that `cast_float16` and `quantize_int8` store, each read back into the float32 model: that
    predicts the same and is one model for all checkpoints of an architecture, where a copy would be built and traced
    for each.

    Parameters
    ----------
    base
        The training.
    precision
        "float16": the four tensors that the paper casts (`BIG_FOUR`). "int8": all matrices, whatever their layer, in 8
        bits with one scale and zero point each; vectors stay in float32.

    Raises
    ------
    ValueError
        Another precision.
    """

    precision: str

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"AtPrecision: precision must be one of {', '.join(PRECISIONS)}, not {self.precision!r}")

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the GAP of each split; keep the predictions as `best_averaged.validate.npz` and `.test.npz`."""
        (base,) = required
        model = built(self.training.model)
        load_weights(model, base / "best_averaged.weights.h5")
        round_weights(model, self.precision)
        files = self.dataset.prepare(data_folder)
        gaps = {}
        for split in ("validate", "test"):
            labels, scores = scores_and_labels(model.predict_on_batch, self.dataset.read(files, split))
            save_predictions(folder / f"best_averaged.{split}.npz", labels, scores)
            gaps[split] = global_average_precision(labels, scores)
        return gaps


def round_weights(model: Any, precision: str) -> None:
    """Replace the values of a `keras.Model`'s matrices by what is read back after storing them at a precision.

    Parameters
    ----------
    model
        Its weights are changed; see `AtPrecision` for which.
    precision
        One of `PRECISIONS`.
    """
    from keras import ops

    from compactvid.ops.quantize import affine_dequantize, affine_parameters, affine_quantize

    for weight in model.weights:
        if precision == "float16" and weight.path in BIG_FOUR:
            weight.assign(ops.cast(ops.cast(weight.value, "float16"), weight.dtype))
        elif precision == "int8" and len(weight.shape) > 1:
            parameters = affine_parameters(weight.value)
            weight.assign(affine_dequantize(affine_quantize(weight.value, *parameters), *parameters))


@lru_cache(maxsize=4)  # of an ensemble
def built(model: Any) -> Any:
    """The `keras.Model` of a configuration, shared by all who only load weights and predict.

    Its prediction function is traced once, which takes longer than a short split's prediction.
    """
    return model.build()
