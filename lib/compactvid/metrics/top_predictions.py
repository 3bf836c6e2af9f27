"""Which predictions of a video count: its largest scores."""

import operator
from typing import SupportsIndex

import numpy as np


def check_top_k(top_k: SupportsIndex) -> int:
    """`top_k` as an int; ValueError unless it is a whole number of at least 1."""
    try:
        number = operator.index(top_k)
    except TypeError:
        number = 0
    if number < 1 or isinstance(top_k, bool):
        raise ValueError(f"top_k must be a whole number of at least 1, got {top_k!r}")
    return number


def top_predictions(scores: np.ndarray, counts: np.ndarray | int) -> np.ndarray:
    """Mark each video's largest scores, whatever their value; among equal scores the lowest class index goes first.

    The challenge's released code leaves the choice among equal scores at the cut to ``numpy.argpartition``, whose
    answer depends on NumPy's version and on the processor. This rule depends on nothing but the video's own scores.

    Parameters
    ----------
    scores : array of shape (videos, classes), finite
    counts : how many scores to mark, one number for all videos or an array of shape (videos,); all classes if fewer

    Returns
    -------
    Boolean array of shape (videos, classes).
    """
    videos, classes = scores.shape
    wanted = np.minimum(np.broadcast_to(counts, videos), classes)
    most = int(wanted.max(initial=0))
    if most == 0:
        return np.zeros(scores.shape, dtype=bool)

    # The score at each video's cut. Partition first: it is several times faster than sorting whole rows.
    ranked = np.sort(np.partition(scores, classes - most, axis=1)[:, classes - most :], axis=1)  # (videos, most)
    cut = np.full((videos, 1), np.inf, dtype=scores.dtype)  # nothing is kept of a video with a count of 0
    some = np.flatnonzero(wanted)
    cut[some, 0] = ranked[some, most - wanted[some]]

    kept = scores >= cut
    if np.count_nonzero(kept) > wanted.sum():
        surplus = np.count_nonzero(kept, axis=1) - wanted
        tied = np.flatnonzero(surplus)
        at_cut = scores[tied] == cut[tied]
        allowed = np.count_nonzero(at_cut, axis=1) - surplus[tied]
        kept[tied] &= ~at_cut | (np.cumsum(at_cut, axis=1, dtype=np.int32) <= allowed[:, np.newaxis])
    return kept
