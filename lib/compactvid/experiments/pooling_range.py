"""Robust pooling between its two ends, in closed form: where n and k of Araujo et al. 2018, section 4.2, put it."""

import numpy as np
import pandas as pd
from scipy.special import comb, ndtri

from compactvid.experiments import circulant_grid as grid
from compactvid.report.panel import Panel

RANGES = {"150 frames, as in the paper": grid.PAPER_FRAMES, "20 frames, as here": 20}
RANGE_PANEL = Panel("frames k of a sample, as a share of all", "way from mean (0) to maximum (1)", "x")


def expected_maximum(values: np.ndarray, size: int) -> np.ndarray:
    """The expected maximum of `size` of the values that are drawn without replacement.

    Parameters
    ----------
    values
        (values, ...).
    size
        From 1 to the number of values.

    Returns
    -------
    numpy.ndarray
        The shape of one value. Its weights: of all draws, C(i - 1, k - 1) / C(m, k) have the i-th smallest of m for
        their maximum.
    """
    ranks = np.arange(len(values))
    return np.tensordot(comb(ranks, size - 1) / comb(len(values), size), np.sort(values, axis=0), axes=1)


def pooling_range() -> pd.DataFrame:
    """Where robust pooling lies between average and maximum: columns data, k, share (k of all frames), place (0 to 1).

    Of values at the quantiles of a normal distribution, one a frame.
    """
    rows = []
    for name, frames in RANGES.items():
        values = ndtri((np.arange(frames) + 0.5) / frames)
        rows += [(name, k, k / frames, expected_maximum(values, k) / values.max()) for k in range(1, frames + 1)]
    return pd.DataFrame(rows, columns=["data", "k", "share", "place"])


def places(between: pd.DataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of `pooling_range`, the places of the paper's 15 of 150 frames: and of 2 of 20; of 38 of 150, and of 5 of 20."""
    place = between.set_index(["data", "k"])["place"]
    (many, few) = RANGES
    return (place[many, 15], place[few, 2]), (place[many, 38], place[few, 5])


def lies_between(seed: int) -> int:
    """1 if robust pooling lies where section 4.2 has it, between maximum and average, for values drawn at random.

    One sample of all frames gives the maximum, samples of one frame, each frame once, the average; of sizes between, no
    samples' mean lies above the maximum, and none in expectation below the average.
    """
    rng = np.random.default_rng(seed)
    frames = rng.standard_normal((20, 1000))  # (frames, features)
    sizes = range(1, len(frames) + 1)
    expected = np.array([expected_maximum(frames, size) for size in sizes])
    ends_meet = np.allclose(expected[[0, -1]], [frames.mean(axis=0), frames.max(axis=0)])
    rising = (np.diff(expected, axis=0) > -1e-12).all()
    drawn = np.array([rng.permutation(frames)[:size].max(axis=0) for size in sizes])
    return int(ends_meet and rising and (drawn <= frames.max(axis=0)).all())
