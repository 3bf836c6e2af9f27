"""How many items of a simulated world each split has."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from compactvid.datasets.simulated.splits import Split

World = TypeVar("World")


@dataclass(frozen=True)
class SplitCounts(Generic[World]):
    """Base of the simulated data sets: a world, and the number of items that each split has of it."""

    world: World
    train: int
    validate: int
    test: int

    def fingerprint(self) -> None:
        """None: the files are a function of this configuration and the code."""

    @property
    def counts(self) -> dict[Split, int]:
        """Number of items by split."""
        return {"train": self.train, "validate": self.validate, "test": self.test}
