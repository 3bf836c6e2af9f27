"""Intervals over re-drawn worlds or splits."""

import numpy as np
from scipy.special import stdtrit  # scipy.stats takes a second to import


def mean_and_half_width(values: np.ndarray) -> tuple[float, float]:
    """Mean of the values, and the half width of its 95 % t interval.

    A t interval, not a bootstrap: a bootstrap of five values is too narrow.

    Raises
    ------
    ValueError
        Fewer than two values, of which no spread can be told.
    """
    values = np.asarray(values, dtype="float64")
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"an interval needs at least 2 values in one dimension, not shape {values.shape}")
    quantile = stdtrit(len(values) - 1, 0.975)
    return float(values.mean()), float(quantile * values.std(ddof=1) / np.sqrt(len(values)))
