"""What runs that start from a trained checkpoint have in common."""

from dataclasses import dataclass
from typing import Any

from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.training import TrainingRun


@dataclass(frozen=True)
class FromCheckpoint:
    """A run that starts from a training's best averaged checkpoint, `best_averaged.weights.h5` of its run.

    Parameters
    ----------
    base
        The training.
    """

    base: BestCheckpoints

    @property
    def requires(self) -> tuple[BestCheckpoints]:
        """The run that this one starts from."""
        return (self.base,)

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.base.dataset

    @property
    def training(self) -> TrainingRun:
        """The training without its averaging."""
        return self.base.training
