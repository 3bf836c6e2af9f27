"""A model's weights as a file."""

from pathlib import Path
from typing import Any

from compactvid.atomic import replaced


def save_weights(model: Any, path: Path) -> None:
    """Write the weights of a `keras.Model` as a `.weights.h5` file, whole or not at all.

    Raises
    ------
    OSError
        The disk is full.
    """
    weights = model.get_weights()
    needed = sum(weight.nbytes for weight in weights) + 16384 * (1 + len(weights))  # HDF5 has a heap for each group
    with replaced(path) as temporary:
        # HDF5 crashes the interpreter when the disk is full at the closing of a file, so the space is taken beforehand.
        temporary.write_bytes(bytes(needed))
        model.save_weights(temporary)
