"""Precision at equal recall rate (PERR)."""

import math

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.top_predictions import top_predictions
from compactvid.metrics.video_blocks import require_videos, video_blocks


def precision_at_equal_recall(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """PERR: precision among a video's n largest scores, where n is its number of labels, averaged over the videos.

    As in the challenge's released code, only scores above 0 can hit, and a video without labels scores 0 and stays in
    the average. Of equal scores at the cut the lowest class index stays (there, the choice depends on the machine).

    Parameters
    ----------
    y_true : array-like of shape (videos, classes)
        1 (or True) where the video has the label, else 0.
    y_score : array-like of shape (videos, classes)
        Finite scores, larger is more confident.

    Returns
    -------
    float in [0, 1], the same for any order of the videos.

    Raises
    ------
    ValueError
        If the shapes differ or are not (videos, classes), there is no video or no class, a label is neither 0 nor 1, or
        a score is not finite.
    """
    precisions: list[float] = []
    for positive, scores in video_blocks(y_true, y_score):
        videos, classes = scores.shape
        labels = np.flatnonzero(positive)  # few beside all predictions, so what follows is about them alone
        video = labels // classes
        num_labels = np.bincount(video, minlength=videos)
        hit = top_predictions(scores, num_labels).ravel()[labels] & (scores.ravel()[labels] > 0)
        precisions += (np.bincount(video[hit], minlength=videos) / np.maximum(num_labels, 1)).tolist()
    require_videos(len(precisions))
    return math.fsum(precisions) / len(precisions)
