"""The exponent of a power law over ranks."""

import numpy as np
from numpy.typing import ArrayLike


def power_law_exponent(values: ArrayLike) -> float:
    """The e of the least-squares line log(value) = c - e log(k) through values at k = 1, 2, ...

    Parameters
    ----------
    values : array-like of shape (ranks,)
        Positive, at least two.

    Raises
    ------
    ValueError
        Fewer than two values, or one that is not positive.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or len(values) < 2 or not (values > 0).all():
        raise ValueError(f"a power law needs at least 2 positive values in one dimension, got {values!r}")
    _, slope = np.polynomial.polynomial.polyfit(np.log(np.arange(1, len(values) + 1)), np.log(values), 1)
    return float(-slope)
