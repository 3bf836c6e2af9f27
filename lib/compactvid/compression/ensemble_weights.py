"""Weights of an ensemble, tuned on a validation split."""

from collections.abc import Callable
from itertools import combinations, pairwise, permutations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from compactvid.metrics.average_precision import expected_average_precision
from compactvid.metrics.top_predictions import top_predictions

COARSE = (10, 5, 4, 2, 1)
"""Into how many parts the coarse grid may divide the sum of the weights."""
MOST_COARSE_POINTS = 100
STEPS = (10, 5, 2, 1)
"""Hundredths that the local search moves from one weight to another, one size after the other."""


def tune_weights(labels: ArrayLike, scores: ArrayLike, *, top_k: int = 20) -> np.ndarray:
    """Find the weights with which the weighted sum of several models' scores has the largest GAP@k.

    Reference: Liu & Liu 2018, section 2.3, step 4, "Tune ensemble combinations and coefficients based on validate GAP".
    How is not said; the printed weights have two decimals, and so have these. The search is deterministic:

    1. the weights nearest to uniform, and a coarse grid over all weights that sum to 1, the finest of at most
       `MOST_COARSE_POINTS` points;
    2. from the best of them on, hundredths are moved from one weight to another wherever that helps, until it helps
       nowhere: 10 at a time, then 5, 2 and 1.

    So no single hundredth that one member gives to another makes the result better. It need not be the global optimum,
    for GAP is not concave in the weights. Of equally good weights the first that was tried is kept.

    Parameters
    ----------
    labels
        (videos, classes), 0 or 1.
    scores
        (models, videos, classes), finite.
    top_k
        Predictions that count of each video.

    Returns
    -------
    numpy.ndarray
        (models,): float64, multiples of 0.01 that sum to 1 and are >= 0.

    Raises
    ------
    ValueError
        The shapes don't fit, a score is not finite, or there is no model, no video or no positive label.
    """
    positive, members = _checked(labels, scores)
    gap = _gap_of_weights(positive, members, top_k)
    count = len(members)
    known: dict[tuple[int, ...], float] = {}

    def value(hundredths: tuple[int, ...]) -> float:
        if hundredths not in known:
            known[hundredths] = gap(np.array(hundredths) / 100)
        return known[hundredths]

    best = max([_uniform(count), *_coarse_grid(count)], key=value)
    for step in STEPS:
        improved = True
        while improved:
            improved = False
            for giver, taker in permutations(range(count), 2):
                if best[giver] >= step and value(moved := _moved(best, giver, taker, step)) > value(best):
                    best, improved = moved, True
    return np.array(best) / 100


def _checked(labels: ArrayLike, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    positive, members = np.asarray(labels).astype(bool), np.asarray(scores)
    if members.ndim != 3 or members.shape[1:] != positive.shape or 0 in members.shape:
        raise ValueError(
            "tune_weights: expected labels (videos, classes) and scores (models, videos, classes), none of them empty, "
            f"got {positive.shape} and {members.shape}"
        )
    if not np.isfinite(members).all():
        raise ValueError("tune_weights: a score is not finite")
    if not positive.any():
        raise ValueError("tune_weights: there is no positive label, so GAP is undefined")
    return positive, members


def _gap_of_weights(positive: np.ndarray, members: np.ndarray, top_k: int) -> Callable[[np.ndarray], float]:
    """`metrics.global_average_precision` of the weighted sum, as a function of the weights."""
    _, videos, classes = members.shape
    kept = min(top_k, classes)
    # A weighted mean lies between the lowest and the highest of the members' scores. A class whose highest score is
    # below the lowest scores of k others is never among the k largest.
    cut = np.partition(members.min(axis=0), classes - kept, axis=1)[:, classes - kept, np.newaxis]
    candidate = members.max(axis=0) >= cut
    width = int(candidate.sum(axis=1).max())
    order = np.argsort(~candidate, axis=1, kind="stable")[:, :width]  # (videos, width), candidates first
    chosen = np.take_along_axis(members, order[np.newaxis], axis=2).reshape(len(members), -1)
    hit = np.take_along_axis(positive, order, axis=1)
    positives = int(positive.sum())

    def gap(weights: np.ndarray) -> float:
        mixed = np.einsum("m,mc->c", weights.astype(chosen.dtype), chosen).reshape(videos, width)
        listed = top_predictions(mixed, kept)
        return expected_average_precision(mixed[listed & hit], mixed[listed & ~hit], positives)

    return gap


def _uniform(count: int) -> tuple[int, ...]:
    whole, more = divmod(100, count)
    return tuple(whole + (place < more) for place in range(count))


def _coarse_grid(count: int) -> list[tuple[int, ...]]:
    """All weights that are multiples of one part of the sum, in hundredths."""
    parts = next(parts for parts in COARSE if comb(parts + count - 1, count - 1) <= MOST_COARSE_POINTS or parts == 1)
    points = []
    for bars in combinations(range(parts + count - 1), count - 1):
        edges = (-1, *bars, parts + count - 1)
        points.append(tuple((after - before - 1) * 100 // parts for before, after in pairwise(edges)))
    return points


def _moved(weights: tuple[int, ...], giver: int, taker: int, step: int) -> tuple[int, ...]:
    moved = list(weights)
    moved[giver] -= step
    moved[taker] += step
    return tuple(moved)
