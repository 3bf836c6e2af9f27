"""What every metric takes in: labels and scores, checked once and handed on in blocks of videos."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

ELEMENTS_PER_BLOCK = 2**20  # a block and its working copies stay near the processor's caches


def as_predictions(y_true: ArrayLike, y_score: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both arguments as arrays of one shape ``(videos, classes)``; their values are not looked at.

    Raises
    ------
    ValueError
        If the arrays are not two-dimensional, differ in shape, have no class, or don't hold real numbers.
    """
    labels, scores = np.asarray(y_true), np.asarray(y_score)
    if labels.ndim != 2 or labels.shape != scores.shape:
        raise ValueError(
            "y_true and y_score must have the same shape (videos, classes), "
            f"got y_true of shape {labels.shape} and y_score of shape {scores.shape}"
        )
    if labels.shape[1] == 0:
        raise ValueError(f"y_true and y_score must have at least one class, got shape {labels.shape}")
    for name, array in (("y_true", labels), ("y_score", scores)):
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} must hold real numbers of a NumPy type, got dtype {array.dtype}")
    return labels, scores


def require_videos(num_videos: int) -> None:
    """Raise a ValueError if there is no video to average over."""
    if num_videos == 0:
        raise ValueError("expected at least one video, got none")


def video_blocks(y_true: ArrayLike, y_score: ArrayLike) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Iterate over the videos in blocks, in order: whether each label is positive (boolean), and floating-point scores.

    Memory stays bounded whatever the number of videos: a block holds about 2**20 predictions (at least one video).

    Raises
    ------
    ValueError
        As `as_predictions`; or if a label is neither 0 nor 1, or a score not finite: the first such row and column
        are named. The released code of the challenge ranks NaN above every number without a word.
    """
    labels, scores = as_predictions(y_true, y_score)
    videos, classes = labels.shape
    step = max(1, ELEMENTS_PER_BLOCK // classes)
    for start in range(0, videos, step):
        block_labels, block_scores = labels[start : start + step], scores[start : start + step]
        positive = block_labels != 0
        if labels.dtype != bool:
            _refuse("y_true", "0 or 1", block_labels, positive & (block_labels != 1), start)
        _refuse("y_score", "a finite number", block_scores, ~np.isfinite(block_scores), start)
        if scores.dtype.kind != "f":
            block_scores = block_scores.astype(np.float64)
        yield np.ascontiguousarray(positive), np.ascontiguousarray(block_scores)


def _refuse(name: str, expected: str, block: np.ndarray, wrong: np.ndarray, start: int) -> None:
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(f"{name}[{start + row}, {column}] is {block[row, column]}: expected {expected}")
