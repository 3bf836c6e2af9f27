"""Square matrices to approximate: drawn, special, or cut out of a trained model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class DrawnMatrix:
    """Independent standard normal entries, or the product of two such factors.

    Parameters
    ----------
    order
        Rows and columns n.
    seed
        Of the draw.
    field
        "real" or "complex"; a complex entry's real and imaginary part are drawn.
    rank
        Columns of the left factor and rows of the right one; None: no factors, so that the rank is n.
    """

    order: int
    seed: int
    field: str = "real"
    rank: int | None = None

    def __post_init__(self) -> None:
        if self.field not in ("real", "complex"):
            raise ValueError(f"DrawnMatrix: field must be real or complex, not {self.field!r}")

    @property
    def requires(self) -> tuple:
        """No other runs."""
        return ()

    def values(self, required: Sequence[Path]) -> np.ndarray:
        """The matrix, (order, order)."""
        rng = np.random.default_rng([self.order, self.seed])

        def drawn(*shape: int) -> np.ndarray:
            real = rng.normal(size=shape)
            return real if self.field == "real" else real + 1j * rng.normal(size=shape)

        if self.rank is None:
            return drawn(self.order, self.order)
        return drawn(self.order, self.rank) @ drawn(self.rank, self.order)


@dataclass(frozen=True)
class SpecialMatrix:
    """A real matrix that no draw gives: `transposition`, which swaps the first two values, or `triangle` of ones."""

    name: str
    order: int

    @property
    def requires(self) -> tuple:
        """No other runs."""
        return ()

    def values(self, required: Sequence[Path]) -> np.ndarray:
        """The matrix, (order, order)."""
        if self.name == "transposition":
            return np.eye(self.order)[[1, 0, *range(2, self.order)]]
        if self.name == "triangle":
            return np.tri(self.order)
        raise ValueError(f"SpecialMatrix: name must be transposition or triangle, not {self.name!r}")


@dataclass(frozen=True)
class TrainedBlock:
    """A square block of a trained kernel, its first inputs and outputs, transposed: it multiplies columns.

    Parameters
    ----------
    training
        The run that trained the model, and left `best_averaged.weights.h5`.
    order
        Rows and columns.
    layer
        Path of the dense layer in that file; by default the first one of a `GatedNetVLAD`, after the pooling.
    """

    training: Any
    order: int
    layer: str = "layers/dense"

    @property
    def requires(self) -> tuple:
        """The training."""
        return (self.training,)

    def values(self, required: Sequence[Path]) -> np.ndarray:
        """The block, (order, order).

        Raises
        ------
        ValueError
            The file has no such layer, or its kernel is smaller than the block.
        """
        import h5py

        path = required[0] / "best_averaged.weights.h5"
        with h5py.File(path) as file:
            if self.layer not in file:
                raise ValueError(f"{path}: no layer {self.layer}; there are {', '.join(file['layers'])}")
            kernel = file[self.layer]["vars/0"]
            if min(kernel.shape) < self.order:
                raise ValueError(
                    f"{path}: {self.layer} has shape {kernel.shape}, expected at least {self.order} each way"
                )
            return kernel[: self.order, : self.order].T.astype("float64")
