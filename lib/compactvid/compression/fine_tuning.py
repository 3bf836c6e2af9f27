"""Training that goes on from the best average of checkpoints of another training."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compactvid.compression.from_checkpoint import FromCheckpoint
from compactvid.training import TrainingRun


@dataclass(frozen=True)
class FineTuning(FromCheckpoint):
    """Train on from a training's best averaged checkpoint, with or without a compression method at work.

    What a method costs is the difference to the same fine-tuning without it, on the same seed: more training alone
    changes the score as well.

    Parameters
    ----------
    base
        The training to start from; the model, data, batch size and seed are its own.
    epochs, learning_rate
        Of the fine-tuning, as in `TrainingRun`.
    method
        None, or a frozen dataclass with any of `prepare(model)`, which returns the model to train with weights of the
        same names and shapes, `optimizer(learning_rate, *, clipnorm)`, which returns a Keras optimizer, and
        `check(model)`, which is called with the reported weights and raises ValueError if they aren't what was wanted.
    compared_epochs
        The last epochs, whose checkpoints are compared on validation. What a method changes must be done before them.

    Raises
    ------
    ValueError
        `compared_epochs` is not in 1 to `epochs`; `epochs` or `learning_rate` has no valid value.
    """

    epochs: int
    learning_rate: float
    method: Any = None
    compared_epochs: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.compared_epochs <= self.training.epochs:
            raise ValueError(
                f"FineTuning: compared_epochs must lie in 1 to {self.epochs} (epochs), not {self.compared_epochs}"
            )

    @property
    def training(self) -> TrainingRun:
        """The fine-tuning without its start and its method."""
        return replace(self.base.training, epochs=self.epochs, learning_rate=self.learning_rate)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the history, and of the chosen checkpoint the epoch, validation GAP and test metrics.

        Its weights and predictions are kept: `fine_tuned.weights.h5`, `.test.npz`, `.validate.npz`.
        """
        (base,) = required
        trained = self.training.fit(
            folder,
            data_folder,
            shared=True,
            start=base / "best_averaged.weights.h5",
            prepare=getattr(self.method, "prepare", None),
            optimizer=getattr(self.method, "optimizer", None),
        )
        compared = range(self.epochs - self.compared_epochs, self.epochs)
        best = max(compared, key=lambda epoch: trained.history[epoch]["validation_gap"])
        report = trained.report(trained.weights(best), folder / "fine_tuned", predictions=True)
        if check := getattr(self.method, "check", None):
            check(trained.model)
        return {
            "history": trained.history,
            "epoch": best + 1,
            "validation_gap": trained.history[best]["validation_gap"],
            "test": report,
        }
