"""A model's weights as a file."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.atomic import replaced


def save_weights(model: Any, path: Path) -> None:
    """Write the weights of a `keras.Model` as a `.weights.h5` file, whole or not at all; its optimizer is left out.

    Raises
    ------
    OSError
        The disk is full.
    """
    weights = model.get_weights()
    needed = sum(weight.nbytes for weight in weights) + 16384 * (1 + len(weights))  # HDF5 has a heap for each group
    with replaced(path) as temporary, _without_optimizer(model):
        # HDF5 crashes the interpreter when the disk is full at the closing of a file, so the space is taken beforehand.
        temporary.write_bytes(bytes(needed))
        model.save_weights(temporary)


def load_weights(model: Any, path: str | Path) -> None:
    """Read weights that `save_weights` wrote of a model of this architecture, compiled or not."""
    with _without_optimizer(model):
        model.load_weights(path)


def save_arrays(model: Any, path: Path) -> None:
    """Write the weights as an `.npz` file of arrays in the model's order, whole or not at all.

    For checkpoints within one training: Keras takes ten times as long to lay out a small model's `.weights.h5`.
    """
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.savez(file, *model.get_weights())


def read_arrays(path: Path) -> list[np.ndarray]:
    """What `save_arrays` wrote, for `model.set_weights`.

    Raises
    ------
    ValueError
        The file is missing or damaged; it is named.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return [archive[f"arr_{number}"] for number in range(len(archive.files))]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not readable weights ({error}); delete its run to make them again") from error


@contextmanager
def _without_optimizer(model: Any) -> Iterator[None]:
    """Keras stores a compiled model's optimizer with its weights: three times the bytes, and no start for another's."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        model.optimizer = None
    try:
        yield
    finally:
        if optimizer is not None:
            model.optimizer = optimizer
