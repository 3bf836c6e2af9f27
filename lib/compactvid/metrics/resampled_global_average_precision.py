"""GAP of videos that are drawn again, some several times and others never: what a bootstrap needs, fast."""

from functools import cache
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.top_predictions import check_top_k, top_predictions
from compactvid.metrics.video_blocks import require_videos, video_blocks


class ResampledGlobalAveragePrecision:
    r"""GAP@k of one set of predictions for any number of re-drawn sets of its videos.

    The same number as `compactvid.metrics.global_average_precision` gives for labels and scores whose rows are repeated
    as drawn, without sorting again: the list of predictions is sorted once, and a video that was drawn :math:`w` times
    puts each of its predictions there :math:`w` times. Equal scores are treated as there, by the expected value over
    their orders (`compactvid.metrics.average_precision`), for which a sum of reciprocals is a difference of two
    harmonic numbers.

    Parameters
    ----------
    y_true, y_score : array-like of shape (videos, classes)
        As `compactvid.metrics.global_average_precision` takes them.
    top_k : int, default 20
        Number of predictions kept of each video.

    Raises
    ------
    ValueError
        As `compactvid.metrics.global_average_precision`.

    Examples
    --------
    >>> gap = ResampledGlobalAveragePrecision([[1, 0], [0, 1]], [[0.9, 0.5], [0.8, 0.6]])
    >>> gap([1, 1]), gap([2, 0])
    (0.8333333333333333, 1.0)
    """

    def __init__(self, y_true: ArrayLike, y_score: ArrayLike, *, top_k: SupportsIndex = 20) -> None:
        top_k = check_top_k(top_k)
        labels, scores, hits, videos = [], [], [], []
        first = 0
        for positive, block in video_blocks(y_true, y_score):
            kept = np.flatnonzero(top_predictions(block, top_k))
            labels.append(np.count_nonzero(positive, axis=1))
            scores.append(block.ravel()[kept])
            hits.append(positive.ravel()[kept])
            videos.append(first + kept // block.shape[1])
            first += len(block)
        require_videos(first)
        self._num_labels = np.concatenate(labels)  # (videos,)
        order = np.argsort(np.concatenate(scores))[::-1]
        listed, hit = np.concatenate(scores)[order], np.concatenate(hits)[order]
        self._video = np.concatenate(videos)[order]  # (predictions,), by descending score
        self._hit = np.flatnonzero(hit)
        # A group is what shares its score with a hit: where it begins and ends in the list, and its first hit.
        ascending = listed[::-1]
        begins = len(listed) - np.searchsorted(ascending, listed[self._hit], side="right")
        self._begin, self._first_hit = np.unique(begins, return_index=True)
        self._end = len(listed) - np.searchsorted(ascending, listed[self._begin], side="left")

    def __call__(self, counts: ArrayLike) -> float:
        """GAP of a set that holds video i `counts[i]` times.

        Raises
        ------
        ValueError
            `counts` are not one whole number >= 0 for each video, or no drawn video has a label.
        """
        counts = np.asarray(counts)
        if counts.shape != self._num_labels.shape or counts.dtype.kind not in "iu" or (counts < 0).any():
            raise ValueError(
                f"counts must be a whole number >= 0 for each of {len(self._num_labels)} videos, "
                f"got {counts.dtype} of shape {counts.shape}"
            )
        counts = counts.astype("int64")
        positives = int(counts @ self._num_labels)
        if positives == 0:
            raise ValueError("GAP is undefined without a positive label: no video that was drawn has one")
        if not len(self._hit):
            return 0.0
        repeats = counts[self._video]
        listed = np.concatenate([[0], np.cumsum(repeats)])  # (predictions + 1,), how many stand before each
        before, size = listed[self._begin], listed[self._end] - listed[self._begin]
        hits = np.add.reduceat(repeats[self._hit], self._first_hit)
        hits_before = np.cumsum(hits) - hits
        harmonic = _harmonic_numbers(1 << int(listed[-1]).bit_length())
        reciprocals = harmonic[before + size] - harmonic[before]
        slope = np.divide(hits - 1, size - 1, out=np.zeros(len(hits)), where=size > 1)
        share = np.divide(hits, size, out=np.zeros(len(hits)), where=size > 0)
        added = share * (slope * size + (hits_before + 1 - slope * (before + 1)) * reciprocals)
        return float(added.sum() / positives)


@cache
def _harmonic_numbers(most: int) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(1 / np.arange(1, most + 1))])
