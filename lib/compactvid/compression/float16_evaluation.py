"""A trained model's score in float16, beside the noise between evaluations of the same model in float32."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.from_checkpoint import FromCheckpoint
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.metrics import global_average_precision, model_size
from compactvid.training.evaluation import scores_and_labels
from compactvid.training.weights import load_weights, save_weights

FLOAT16: dict[str, dict[str, Any]] = {
    "four": {},
    "all": {"tensors": "all"},
    "four_computed": {"compute_dtype": "float16"},
    "all_computed": {"tensors": "all", "compute_dtype": "float16"},
}
"""Variants by name, and what `cast_float16` makes each with."""
BATCH_SIZES = (1024, 100, 37)
"""Other batch sizes: other orders of float32 sums."""


@dataclass(frozen=True)
class Float16Evaluation(FromCheckpoint):
    """Evaluate the best averaged checkpoint of a training on test: cast in four ways, and in float32 again and again.

    Evaluations of one float32 model differ by two things. Batches of other sizes sum in other orders. And the released
    code draws as many frames as a video can have, with replacement, anew at each evaluation (`SampleRandomFrames`);
    the model here takes each real frame once, so this noise is made by drawing frames in the same way.

    Parameters
    ----------
    base
        The training.
    evaluations
        How many evaluations draw frames.
    """

    evaluations: int = 5

    def __post_init__(self) -> None:
        if self.evaluations < 2:
            raise ValueError(f"Float16Evaluation: noise shows between at least 2 evaluations, not {self.evaluations}")

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return test GAPs and bytes: `variants` (float32 among them), `batch_sizes` and `random_frames`.

        Of a variant: `gap`, `tensor_bytes` of all its tensors, `file_bytes` of its `.weights.h5` file, and how many of
        its layers with weights put out float16.
        """
        from compactvid.compression.float16 import cast_float16

        files = self.dataset.prepare(data_folder)
        model = self.training.model.build()
        load_weights(model, required[0] / "best_averaged.weights.h5")

        def gap(evaluated: Any, *, batch_size: int = 512, frames: RandomFrames | None = None) -> float:
            batches = self.dataset.read(files, "test", batch_size=batch_size)
            if frames is not None:
                batches = [(redrawn(features, frames, batch_size * n), y) for n, (features, y) in enumerate(batches)]
            return global_average_precision(
                *scores_and_labels(lambda features: evaluated(features, training=False), batches)
            )

        variants = {}
        for name, how in {"float32": None, **FLOAT16}.items():
            variant = model if how is None else cast_float16(model, **how)
            file = folder / f"{name}.weights.h5"
            save_weights(variant, file)
            variants[name] = {
                "gap": gap(variant),
                "tensor_bytes": int(model_size(variant)["bytes"].sum()),
                "file_bytes": file.stat().st_size,
                "float16_layers": sum(layer.compute_dtype == "float16" for layer in variant.layers if layer.weights),
            }
            file.unlink()
        return {
            "variants": variants,
            "batch_sizes": {str(size): gap(model, batch_size=size) for size in BATCH_SIZES},
            "random_frames": [gap(model, frames=RandomFrames(seed)) for seed in range(self.evaluations)],
        }


def redrawn(features: Mapping[str, np.ndarray], choice: RandomFrames, first: int) -> dict[str, np.ndarray]:
    """A batch whose frames are drawn from each video's real ones, as many as there is room for.

    Parameters
    ----------
    features
        `num_frames` (batch,), and features of shape (batch, frames, values).
    choice
        What draws; each video by itself.
    first
        The number of the batch's first video.
    """
    room = max(values.shape[1] for values in features.values() if values.ndim == 3)
    counts = features["num_frames"]
    places = np.stack([choice(max(int(count), 1), room, 0, first + n) for n, count in enumerate(counts)])
    drawn = {
        name: np.take_along_axis(values, places[..., None], axis=1) if values.ndim == 3 else values
        for name, values in features.items()
    }
    return drawn | {"num_frames": np.where(counts > 0, room, 0).astype(counts.dtype)}
