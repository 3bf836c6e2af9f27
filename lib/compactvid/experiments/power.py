"""How many worlds a claim needs: the power of the paired t test."""

from bisect import bisect_left

import numpy as np

LEVEL, POWER = 0.05, 0.8
MOST_WORLDS = 10_000


def power(difference: float, deviation: float, worlds: int) -> float:
    """Probability that a two-sided paired t test at 5 % finds a true mean difference.

    Reference: J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. 1988, chapter 2; exact, by the
    noncentral F distribution.

    Parameters
    ----------
    difference
        True mean of the paired differences.
    deviation
        Their standard deviation over worlds, > 0, in the same unit.
    worlds
        How many are drawn, at least 2.

    Raises
    ------
    ValueError
        Fewer than two worlds, or a deviation that is not positive.
    """
    if worlds < 2 or not deviation > 0:
        raise ValueError(f"power needs at least 2 worlds and a deviation > 0, not {worlds} and {deviation}")
    from scipy import stats  # takes a second to import

    freedom, shift = worlds - 1, difference / deviation * np.sqrt(worlds)
    # Both tails at once: the square of a noncentral t has a noncentral F distribution. SciPy's is wrong at exactly 0.
    return float(stats.ncf.sf(stats.t.ppf(1 - LEVEL / 2, freedom) ** 2, 1, freedom, max(shift**2, 1e-9)))


def worlds_needed(difference: float, deviation: float) -> int:
    """The fewest worlds with which the test has a power of 80 %; `MOST_WORLDS` where more would be needed.

    Raises
    ------
    ValueError
        As `power`.
    """
    counts = range(2, MOST_WORLDS)
    return 2 + bisect_left(counts, POWER, key=lambda worlds: power(difference, deviation, worlds))


def detectable_difference(deviation: float, worlds: int) -> float:
    """The smallest true mean difference that the test finds with a power of 80 %.

    Raises
    ------
    ValueError
        As `power`.
    """
    from scipy.optimize import brentq

    return float(brentq(lambda difference: power(difference, deviation, worlds) - POWER, 0, 100 * deviation))
