"""Training of a detector that goes on from the best checkpoint of another."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compactvid.training import DetectionTraining


@dataclass(frozen=True)
class DetectionFineTuning:
    """Train on from a training's best checkpoint, with or without a compression method at work.

    What a method costs is the difference to the same fine-tuning without it, on the same seed: more training alone
    changes the score as well.

    Parameters
    ----------
    base
        The training to start from; model, data, augmentation, batch size and seed are its own.
    epochs, learning_rate
        Of the fine-tuning, as in `TrainingRun`.
    method
        None, or a frozen dataclass with `prepare(model)`, such as `QuantizationAwareTraining`: it returns the model to
        train, into which a `.weights.h5` file of the other can be loaded.

    Raises
    ------
    ValueError
        `epochs` or `learning_rate` has no valid value.
    """

    base: DetectionTraining
    epochs: int
    learning_rate: float
    method: Any = None

    def __post_init__(self) -> None:
        _ = self.training  # which checks its fields

    @property
    def requires(self) -> tuple[DetectionTraining]:
        """The run that this one starts from."""
        return (self.base,)

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.base.dataset

    @property
    def training(self) -> DetectionTraining:
        """The fine-tuning without its start and its method."""
        schedule = replace(self.base.training, epochs=self.epochs, learning_rate=self.learning_rate)
        return replace(self.base, training=schedule)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return what `DetectionTraining.report` does; weights and detections are kept under the name `fine_tuned`."""
        (base,) = required
        prepare = getattr(self.method, "prepare", None)
        trained = self.training.fit(folder, data_folder, start=base / "best.weights.h5", prepare=prepare)
        return self.training.report(trained, folder / "fine_tuned")
