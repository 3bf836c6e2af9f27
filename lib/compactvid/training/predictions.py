"""Scores of a split, kept as a file: what ensembles, bootstraps and comparisons need of a trained model."""

import zipfile
from pathlib import Path

import numpy as np

from compactvid.atomic import replaced


def save_predictions(path: Path, labels: np.ndarray, scores: np.ndarray) -> None:
    """Write labels and scores, each (videos, classes), as an `.npz` file: scores as float32, labels as bits."""
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.savez(file, scores=np.asarray(scores, "float32"), labels=np.packbits(labels.astype(bool), axis=1))


def read_predictions(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels (bool) and scores (float32) of a split, each of shape (videos, classes).

    Raises
    ------
    ValueError
        The file is missing or damaged; it is named.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            scores, packed = archive["scores"], archive["labels"]
        return np.unpackbits(packed, axis=1, count=scores.shape[1]).astype(bool), scores
    except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not readable predictions ({error}); delete its run to make them again") from error
