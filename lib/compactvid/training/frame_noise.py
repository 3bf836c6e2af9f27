"""What a trained model's score loses when frames of other videos get among a video's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.metrics import global_average_precision
from compactvid.training.evaluation import scores_and_labels
from compactvid.training.training_run import TrainingRun
from compactvid.training.weights import load_weights

BATCH = 512


@dataclass(frozen=True)
class FrameNoise:
    """Evaluate a training's best checkpoint on test videos of which some frames give way to frames of other videos.

    Araujo et al. 2018, section 4.2, call maximum pooling "sensitive to outliers and noise" and say not of which kind. A
    frame of another video is evidence for the wrong classes, in the values that real frames have.

    Parameters
    ----------
    base
        The training.
    shares
        Of a video's real frames that are replaced, each in (0, 1], rounded to frames, at least one.
    seed
        Draws the places and the other videos' frames, the same for all models of one data set.

    Raises
    ------
    ValueError
        There is no share, or one out of its range.
    """

    base: TrainingRun
    shares: tuple[float, ...]
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.shares or not all(0 < share <= 1 for share in self.shares):
            raise ValueError(f"FrameNoise: shares must lie in (0, 1], not {self.shares!r}")

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.base.dataset

    @property
    def requires(self) -> tuple[TrainingRun]:
        """The run that this one starts from."""
        return (self.base,)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return `gaps`: test GAP at each share, in their order."""
        model = self.base.model.build()
        load_weights(model, required[0] / "best_single.weights.h5")
        parts = list(self.dataset.read(self.dataset.prepare(data_folder), "test", batch_size=BATCH))
        features = {name: np.concatenate([inputs[name] for inputs, _ in parts]) for name in parts[0][0]}
        labels = np.concatenate([targets for _, targets in parts])

        def gap(share: float) -> float:
            noisy = with_foreign_frames(features, share, np.random.default_rng(self.seed))
            batches = (
                ({name: values[start : start + BATCH] for name, values in noisy.items()}, labels[start : start + BATCH])
                for start in range(0, len(labels), BATCH)
            )
            return global_average_precision(*scores_and_labels(lambda batch: model(batch, training=False), batches))

        return {"gaps": [gap(share) for share in self.shares]}


def with_foreign_frames(
    features: Mapping[str, np.ndarray], share: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Copies of the features in which some real frames of each video are real frames of other videos.

    A frame's features come together from one frame of another video.

    Parameters
    ----------
    features
        `num_frames` (videos,) and features of shape (videos, frames, values), of at least two videos with real frames.
    share
        Of a video's real frames that are replaced, rounded, at least one.
    rng
        Draws places and donors.
    """
    counts = features["num_frames"]
    noisy = {name: values.copy() for name, values in features.items()}
    for video, count in enumerate(counts):
        places = rng.permutation(count)[: max(1, round(share * count))]
        others = (video + rng.integers(1, len(counts), len(places))) % len(counts)
        donors = rng.integers(counts[others])
        for name, values in features.items():
            if values.ndim == 3:
                noisy[name][video, places] = values[others, donors]
    return noisy
