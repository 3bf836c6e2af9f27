"""The best single checkpoint of a training, and the best average of several."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.compression.checkpoint_average import average_checkpoints
from compactvid.training import TrainingRun


@dataclass(frozen=True)
class BestCheckpoints:
    """Train; choose the best single checkpoint and the best averaged range on validation; report both on test.

    As Liu & Liu 2018 (section 2.3) do, ranges with varying first and last checkpoint are averaged: here every range of
    at least two within the last `averaged_share` of the epochs. Unlike them, what was chosen on the validation split
    is reported on a test split that chose nothing.

    Parameters
    ----------
    training
        The training whose checkpoints are compared; it needs at least two epochs.
    averaged_share
        Share of the epochs, counted from the last, whose checkpoints may be averaged, in (0, 1].
    """

    training: TrainingRun
    averaged_share: float = 0.5

    def __post_init__(self) -> None:
        if self.training.epochs < 2:
            raise ValueError(f"BestCheckpoints: averaging needs at least 2 epochs, not {self.training.epochs}")
        if not 0 < self.averaged_share <= 1:
            raise ValueError(f"BestCheckpoints: averaged_share must lie in (0, 1], not {self.averaged_share}")

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.training.dataset

    def ranges(self) -> Iterator[range]:
        """Every range of checkpoint indices that is averaged."""
        epochs = self.training.epochs
        earliest = min(epochs - 2, round(epochs * (1 - self.averaged_share)))
        for first in range(earliest, epochs - 1):
            for last in range(first + 1, epochs):
                yield range(first, last + 1)

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return the history, and for `best_single` and `best_averaged` the epochs, validation GAP and test metrics.

        Weights and predictions of both are kept: `best_averaged.weights.h5`, `.test.npz`, `.validate.npz`.
        """
        trained = self.training.fit(folder, data_folder, shared=True)
        ranges = list(self.ranges())
        weights = {epoch: trained.weights(epoch) for epoch in sorted({epoch for chosen in ranges for epoch in chosen})}
        gaps = []
        for chosen in ranges:
            trained.model.set_weights(average_checkpoints(weights[epoch] for epoch in chosen))
            gaps.append(trained.gap("validate"))
        best = trained.best_epoch()
        single = trained.history[best]["validation_gap"], range(best, best + 1)
        averaged = max(gaps), ranges[gaps.index(max(gaps))]
        result: dict[str, Any] = {"history": trained.history}
        for name, (gap, chosen) in {"best_single": single, "best_averaged": averaged}.items():
            values = average_checkpoints(trained.weights(epoch) for epoch in chosen)
            report = trained.report(values, folder / name, predictions=True)
            result[name] = {"epochs": [chosen[0] + 1, chosen[-1] + 1], "validation_gap": gap, "test": report}
        return result
