"""Precision over recall of all videos' best predictions, pooled: the curve under which GAP is the area."""

from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.top_predictions import check_top_k, top_predictions
from compactvid.metrics.video_blocks import require_videos, video_blocks


def precision_recall_curve(
    y_true: ArrayLike, y_score: ArrayLike, *, top_k: SupportsIndex = 20, points: int = 101
) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision of the pooled list of each video's `top_k` predictions, at falling thresholds.

    A threshold lets through all predictions of at least its score, so equal scores share one point. Recall counts all
    positive labels, also those that no video's cut let through: the curve ends where the list does.

    Parameters
    ----------
    y_true, y_score : array-like of shape (videos, classes)
        As in `global_average_precision`.
    top_k : int, default 20
        Number of predictions kept of each video.
    points : int, default 101
        At most so many thresholds, the first and the last among them, evenly spread over the list of distinct scores by
        the recall that they reach.

    Returns
    -------
    recall, precision : arrays of shape (points or fewer,), in [0, 1]; recall never falls.

    Raises
    ------
    ValueError
        As `global_average_precision`, or fewer than two points are asked for.
    """
    top_k = check_top_k(top_k)
    if points < 2:
        raise ValueError(f"points must be at least 2, got {points!r}")
    scores, hits, positives = [], [], 0
    for positive, block in video_blocks(y_true, y_score):
        kept = top_predictions(block, top_k)
        scores.append(block[kept])
        hits.append(positive[kept])
        positives += int(np.count_nonzero(positive))
    require_videos(len(scores))
    if positives == 0:
        raise ValueError("recall is undefined without a positive label: expected at least one 1 in y_true")
    pooled, hit = np.concatenate(scores), np.concatenate(hits)
    order = np.argsort(-pooled)
    last_of_score = np.flatnonzero(np.append(np.diff(pooled[order]) != 0, True))
    found = np.cumsum(hit[order])[last_of_score]
    recall, precision = found / positives, found / (last_of_score + 1)
    shown = np.unique(np.searchsorted(recall, np.linspace(recall[0], recall[-1], points)))
    return recall[shown], precision[shown]
