"""What a model must beat: every video gets the labels' frequencies."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.training.evaluation import evaluate, scores_and_labels


@dataclass(frozen=True)
class PriorBaseline:
    """Score each class of each test video by the share of training videos that carry it.

    Parameters
    ----------
    dataset
        A data set configuration with `prepare` and `read`.
    """

    dataset: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return the test metrics, and how many videos of each split carry each class."""
        files = self.dataset.prepare(data_folder)
        counts = {
            split: np.sum([labels.sum(axis=0, dtype="int64") for _, labels in self.dataset.read(files, split)], axis=0)
            for split in ("train", "test")
        }
        videos = {split: self.dataset.read(files, split).num_examples for split in files}
        prior = (counts["train"] / videos["train"]).astype("float32")
        labels, scores = scores_and_labels(
            lambda features: np.broadcast_to(prior, (len(next(iter(features.values()))), len(prior))),
            self.dataset.read(files, "test"),
        )
        return {
            "videos": videos,
            "label_counts": {split: count.tolist() for split, count in counts.items()},
            "test": evaluate(labels, scores),
        }
