"""Mean average precision (mAP) over the classes."""

from collections.abc import Iterator
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.average_precision import expected_average_precision
from compactvid.metrics.top_predictions import check_top_k, top_predictions
from compactvid.metrics.video_blocks import as_predictions, require_videos, video_blocks

ELEMENTS_PER_CLASS_BLOCK = 2**22  # wide enough to read whole cache lines of a row at 100,000 videos


def mean_average_precision(y_true: ArrayLike, y_score: ArrayLike, *, top_k: SupportsIndex | None = None) -> float:
    """Mean, over the classes with at least one positive, of each class's average precision over the videos.

    With `top_k` only each video's largest scores enter the classes' lists, as in the challenge's released code with
    ``top_k=20``; a class with positives of which none was kept then counts 0. Positives that were cut off still count
    in their class's denominator.

    Equal scores within a class contribute their expected value over all their orders; at a video's cut the lowest class
    index stays. The result doesn't depend on the order of the videos.

    Parameters
    ----------
    y_true : array-like of shape (videos, classes)
        1 (or True) where the video has the label, else 0.
    y_score : array-like of shape (videos, classes)
        Finite scores, larger is more confident. They are compared within a class only.
    top_k : int, optional
        Number of predictions kept of each video; all of them by default.

    Returns
    -------
    float in [0, 1].

    Raises
    ------
    ValueError
        If the shapes differ or are not (videos, classes), there is no video, no class or no positive label, a label is
        neither 0 nor 1, a score is not finite, or `top_k` is not a whole number of at least 1.
    """
    if top_k is None:
        num_positives, lists = _all_predictions(y_true, y_score)
    else:
        num_positives, lists = _kept_predictions(y_true, y_score, check_top_k(top_k))
    num_classes = np.count_nonzero(num_positives)
    if num_classes == 0:
        raise ValueError("mAP is undefined without a positive label: expected at least one 1 in y_true")
    precisions = [
        expected_average_precision(scores[hit], scores[~hit], num_positives[label])
        for label, hit, scores in lists
        if num_positives[label]
    ]
    return float(np.sum(precisions) / num_classes)


# A class's list: its index, whether each listed video has the label, and the videos' scores, both of shape (videos,).
ClassLists = Iterator[tuple[int, np.ndarray, np.ndarray]]


def _all_predictions(y_true: ArrayLike, y_score: ArrayLike) -> tuple[np.ndarray, ClassLists]:
    """Number of positives, of shape (classes,), and each class's list of all videos."""
    labels, scores = as_predictions(y_true, y_score)
    videos, classes = labels.shape
    require_videos(videos)
    num_positives = sum(np.count_nonzero(positive, axis=0) for positive, _ in video_blocks(labels, scores))
    step = max(1, ELEMENTS_PER_CLASS_BLOCK // videos)

    def lists() -> ClassLists:
        for start in range(0, classes, step):
            block = slice(start, start + step)
            # Copied so that each class lies contiguously: its values are a whole row of the input apart.
            hits = np.ascontiguousarray((labels[:, block] != 0).T)
            columns = np.ascontiguousarray(scores[:, block].T)
            yield from zip(range(start, classes), hits, columns, strict=False)

    return num_positives, lists()


def _kept_predictions(y_true: ArrayLike, y_score: ArrayLike, top_k: int) -> tuple[np.ndarray, ClassLists]:
    """Number of positives, of shape (classes,), and each class's list of the videos in which it was kept."""
    classes = as_predictions(y_true, y_score)[0].shape[1]
    num_positives = np.zeros(classes, dtype=np.int64)
    kept_labels, kept_hits, kept_scores = [], [], []
    for positive, scores in video_blocks(y_true, y_score):
        num_positives += np.count_nonzero(positive, axis=0)
        kept = np.flatnonzero(top_predictions(scores, top_k))
        kept_labels.append((kept % classes).astype(np.min_scalar_type(classes)))
        kept_hits.append(positive.ravel()[kept])
        kept_scores.append(scores.ravel()[kept])
    require_videos(len(kept_labels))
    labels, hits, scores = np.concatenate(kept_labels), np.concatenate(kept_hits), np.concatenate(kept_scores)
    ends = np.cumsum(np.bincount(labels, minlength=classes))
    rows = np.split(np.argsort(labels, kind="stable"), ends[:-1])
    return num_positives, ((label, hits[row], scores[row]) for label, row in enumerate(rows))
