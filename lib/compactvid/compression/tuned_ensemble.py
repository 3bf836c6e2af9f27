"""An ensemble of trained models, evaluated with uniform and with tuned weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.ensemble_weights import tune_weights
from compactvid.metrics import global_average_precision
from compactvid.training.predictions import read_predictions


@dataclass(frozen=True)
class TunedEnsemble:
    """Tune an ensemble's weights on the validation videos; report them and uniform weights on the test videos.

    It works on its members' stored scores, which is what the graph of the ensemble would put out.

    Parameters
    ----------
    members
        Trainings on one data set; the best averaged checkpoint of each is the member.
    """

    members: tuple[BestCheckpoints, ...]

    @property
    def requires(self) -> tuple[BestCheckpoints, ...]:
        """The members' runs."""
        return self.members

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return `weights`, and `validation_gap` and `test_gap` of `uniform` and of `tuned` weights."""
        return evaluate_ensemble(required)


def evaluate_ensemble(members: list[Path]) -> dict[str, Any]:
    """What `TunedEnsemble` returns, from the folders of its members' runs."""
    splits = {split: member_scores(members, split) for split in ("validate", "test")}
    tuned = tune_weights(*splits["validate"])
    result: dict[str, Any] = {"weights": tuned.tolist()}
    for name, weights in {"uniform": np.full(len(tuned), 1 / len(tuned)), "tuned": tuned}.items():
        gaps = {
            split: global_average_precision(labels, mixed(scores, weights))
            for split, (labels, scores) in splits.items()
        }
        result[name] = {"validation_gap": gaps["validate"], "test_gap": gaps["test"]}
    return result


def member_scores(members: list[Path], split: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels (videos, classes) and scores (models, videos, classes) of the best averaged checkpoints of runs.

    Raises
    ------
    ValueError
        Predictions are missing or damaged, or the members' labels differ: they were not trained on one data set.
    """
    found = [read_predictions(folder / f"best_averaged.{split}.npz") for folder in members]
    labels = found[0][0]
    for folder, (others, _) in zip(members, found, strict=True):
        if not np.array_equal(labels, others):
            raise ValueError(f"{folder}: its {split} labels are not those of {members[0]}: expected one data set")
    return labels, np.stack([scores for _, scores in found])


def mixed(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted sum (videos, classes) of scores (models, videos, classes)."""
    return np.tensordot(weights.astype(scores.dtype), scores, axes=1)
