"""Global average precision (GAP), the score by which the YouTube-8M challenges ranked."""

from typing import Self, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.average_precision import expected_average_precision
from compactvid.metrics.top_predictions import check_top_k, top_predictions
from compactvid.metrics.video_blocks import require_videos, video_blocks


def global_average_precision(y_true: ArrayLike, y_score: ArrayLike, *, top_k: SupportsIndex = 20) -> float:
    """GAP@k: average precision of one list that holds each video's `top_k` predictions.

    Reference: Liu & Liu 2018, Eq. 1, section 1; Araujo et al. 2018, section 5.1.

    By the conventions of the challenge's released code: of each video the `top_k` largest scores are kept, whatever
    their value (zeros too), or all classes if there are fewer. The kept predictions of all videos are sorted together,
    and the precision at each hit is averaged over *all* positive labels, also those that no video's cut let through.
    A video without labels adds false positives.

    Where we deviate:

    - Equal scores. The released code's result depends on how its machine happens to order them. Ours is the expected
      value over all orders of equal scores in the common list, and at a video's cut the lowest class index stays; it
      depends neither on the order of the videos nor on how they are grouped into batches.
    - NaN and infinite scores are refused (there, NaN ranks highest).
    - Without any positive label GAP is undefined and we raise; the released code returns 0, which looks like a result.

    Parameters
    ----------
    y_true : array-like of shape (videos, classes)
        1 (or True) where the video has the label, else 0.
    y_score : array-like of shape (videos, classes)
        Finite scores, larger is more confident. They are compared with each other across videos.
    top_k : int, default 20
        Number of predictions kept of each video, as in the challenges and in both papers.

    Returns
    -------
    float in [0, 1].

    Raises
    ------
    ValueError
        If the shapes differ or are not (videos, classes), there is no video, no class or no positive label, a label is
        neither 0 nor 1, a score is not finite, or `top_k` is not a whole number of at least 1.

    Notes
    -----
    Working memory: some 30 bytes for each kept prediction, 60 MB for 100,000 videos with 20 float32 scores each.
    """
    return GlobalAveragePrecision(top_k).update(y_true, y_score).result()


class GlobalAveragePrecision:
    """GAP@k of videos that arrive in batches: the same number as `global_average_precision`, for any batches.

    Kept are only the `top_k` scores of each video, hits apart from misses: 80 bytes a video for 20 float32 scores.
    No less would do for an exact result, since any of them may still be overtaken.

    Parameters
    ----------
    top_k : int, default 20
        Number of predictions kept of each video.

    Raises
    ------
    ValueError
        If `top_k` is not a whole number of at least 1.

    Examples
    --------
    >>> metric = GlobalAveragePrecision(top_k=2)
    >>> metric.update([[1, 0, 0]], [[0.9, 0.5, 0.1]]).update([[0, 0, 1]], [[0.2, 0.7, 0.6]]).result()
    0.8333333333333333
    """

    def __init__(self, top_k: SupportsIndex = 20) -> None:
        self.top_k = check_top_k(top_k)
        self._num_classes: int | None = None
        self._num_videos = 0
        self._num_positives = 0
        self._hit_scores: list[np.ndarray] = []
        self._miss_scores: list[np.ndarray] = []

    def update(self, y_true: ArrayLike, y_score: ArrayLike) -> Self:
        """Add a batch of videos, both arrays of shape ``(videos, classes)``; returns the metric itself.

        A batch of no videos adds nothing. If the batch is refused, the metric stays as it was.

        Raises
        ------
        ValueError
            As `global_average_precision`, or if the number of classes differs from that of earlier batches.
        """
        batch = GlobalAveragePrecision(self.top_k)
        for positive, scores in video_blocks(y_true, y_score):
            kept = np.flatnonzero(top_predictions(scores, self.top_k))
            kept_scores, hit = scores.ravel()[kept], positive.ravel()[kept]
            batch._num_classes = scores.shape[1]
            batch._num_videos += len(scores)
            batch._num_positives += int(np.count_nonzero(positive))
            batch._hit_scores.append(kept_scores[hit])
            batch._miss_scores.append(kept_scores[~hit])
        return self.merge(batch)

    def merge(self, other: "GlobalAveragePrecision") -> Self:
        """Add the videos that another metric has seen; returns the metric itself, `other` stays as it is.

        Raises
        ------
        ValueError
            If the two metrics differ in `top_k` or have seen different numbers of classes.
        """
        if self.top_k != other.top_k:
            raise ValueError(f"expected a metric with top_k={self.top_k}, got one with top_k={other.top_k}")
        if None not in (self._num_classes, other._num_classes) and self._num_classes != other._num_classes:
            raise ValueError(f"expected {self._num_classes} classes as before, got {other._num_classes}")
        self._num_classes = other._num_classes if self._num_classes is None else self._num_classes
        self._num_videos += other._num_videos
        self._num_positives += other._num_positives
        self._hit_scores += other._hit_scores
        self._miss_scores += other._miss_scores
        return self

    def result(self) -> float:
        """GAP of all videos so far, in [0, 1]; more batches may follow.

        Raises
        ------
        ValueError
            If no video or no positive label was seen.
        """
        require_videos(self._num_videos)
        if self._num_positives == 0:
            raise ValueError("GAP is undefined without a positive label: expected at least one 1 in y_true")
        self._hit_scores = [np.concatenate(self._hit_scores)]  # replaced, so that the batches' pieces are let go
        self._miss_scores = [np.concatenate(self._miss_scores)]
        return expected_average_precision(self._hit_scores[0], self._miss_scores[0], self._num_positives)
