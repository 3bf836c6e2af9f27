"""Hit@1: how often the best prediction is right."""

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.video_blocks import require_videos, video_blocks


def hit_at_one(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Share of videos whose largest score belongs to one of their labels.

    As in the challenge's released code, a video without labels counts as missed, and of equal largest scores the lowest
    class index is taken.

    Parameters
    ----------
    y_true : array-like of shape (videos, classes)
        1 (or True) where the video has the label, else 0.
    y_score : array-like of shape (videos, classes)
        Finite scores, larger is more confident.

    Returns
    -------
    float in [0, 1].

    Raises
    ------
    ValueError
        If the shapes differ or are not (videos, classes), there is no video or no class, a label is neither 0 nor 1, or
        a score is not finite.
    """
    hits = videos = 0
    for positive, scores in video_blocks(y_true, y_score):
        hits += int(np.count_nonzero(positive[np.arange(len(scores)), scores.argmax(axis=1)]))
        videos += len(scores)
    require_videos(videos)
    return hits / videos
