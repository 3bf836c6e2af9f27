"""The best ensemble of trained models within a budget, by evaluating every subset that fits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.atomic import replaced
from compactvid.compression.affordable_subsets import affordable_subsets
from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.stored_size import StoredSize
from compactvid.compression.tuned_ensemble import evaluate_ensemble, member_scores
from compactvid.metrics import global_average_precision


@dataclass(frozen=True)
class SubsetSearch:
    """Evaluate every subset within a budget with uniform weights on the validation videos; report the best on test.

    The weights of the best are then tuned on the validation videos, as Liu & Liu 2018 (section 2.3) do. Tuning all
    subsets would take a hundred times as long.

    Parameters
    ----------
    members
        Trainings on one data set; the best averaged checkpoint of each is a candidate.
    sizes
        What each candidate weighs, in the same order: its size in float16 counts.
    budget_bytes
        Most bytes of a subset.
    """

    members: tuple[BestCheckpoints, ...]
    sizes: tuple[StoredSize, ...]
    budget_bytes: int

    def __post_init__(self) -> None:
        if len(self.members) != len(self.sizes):
            raise ValueError(f"SubsetSearch: expected one size a member, got {len(self.sizes)} for {len(self.members)}")

    @property
    def requires(self) -> tuple[BestCheckpoints | StoredSize, ...]:
        """The runs of the members, then those of their sizes."""
        return (*self.members, *self.sizes)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the best subset as indices of members, and what `TunedEnsemble` returns for it.

        Kept in `subsets.npz`: every subset that fits, with its validation GAP under uniform weights.
        """
        members = required[: len(self.members)]
        sizes = [_float16_bytes(path) for path in required[len(self.members) :]]
        subsets = affordable_subsets(sizes, self.budget_bytes)
        labels, scores = member_scores(members, "validate")
        gaps = np.array([global_average_precision(labels, scores[subset].mean(axis=0)) for subset in subsets])
        with replaced(folder / "subsets.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, members=subsets, validation_gap=gaps)
        best = np.flatnonzero(subsets[gaps.argmax()]).tolist()
        return {"best": best, **evaluate_ensemble([members[index] for index in best])}


def read_subsets(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Every subset of a search, boolean (subsets, models), and its validation GAP (subsets,)."""
    with np.load(folder / "subsets.npz", allow_pickle=False) as archive:
        return archive["members"], archive["validation_gap"]


def _float16_bytes(folder: Path) -> int:
    tensors = json.loads((folder / "result.json").read_text(encoding="utf-8"))["float16"]
    return sum(tensor["bytes"] for tensor in tensors)
