"""How sure a paired difference is, and how sure it stays where several claims are tested together."""

from collections.abc import Mapping
from math import atan2, cos, inf, pi, sin, sqrt, tan

LEVEL = 0.05
"""Level of each family of claims."""


def p_value(value: float, spread: float, seeds: int, margin: float = 0.0) -> float:
    """The p value of a mean paired difference: of its sign, or of its place inside or outside of a margin.

    Two one-sided t tests, that the claim is true and that it is false, of which the better one counts twice. Alone in
    its family a claim is therefore decided at 5 % exactly where the 95 % interval lies on one side of its limits.

    Parameters
    ----------
    value, spread
        The mean, and the half width of its 95 % t interval.
    seeds
        Number of differences that the mean is of, at least 2.
    margin
        Zero to test the sign; else the largest difference that counts as none (Schuirmann 1987, two one-sided tests).
    """
    distance = abs(abs(value) - margin)
    if not distance:
        return 1.0
    freedom = seeds - 1
    return two_sided(quantile(freedom) * distance / spread if spread else inf, freedom)


def holm(p_values: Mapping[str, float], claims: int) -> dict[str, float]:
    """Holm's adjusted p values (Holm 1979) of the claims that have one, in a family of `claims`."""
    adjusted, least = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        least = max(least, min(1.0, (claims - rank) * p_values[name]))
        adjusted[name] = least
    return adjusted


def two_sided(t: float, freedom: int) -> float:
    """Probability that Student's t exceeds `t` in size; `freedom` is a whole number >= 1."""
    return 1 - _within(atan2(t, sqrt(freedom)) if t < inf else pi / 2, freedom)


def quantile(freedom: int) -> float:
    """The t that is exceeded in size with probability 5 %."""
    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 1 - LEVEL else (low, middle)
    return sqrt(freedom) * tan(low)


def _within(angle: float, freedom: int) -> float:
    """P(|T| < sqrt(freedom) tan(angle)): Abramowitz & Stegun 1964, 26.7.3 and 26.7.4."""
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for power in range(1 + odd, freedom, 2):
        total += term
        term *= cos(angle) ** 2 * power / (power + 1)
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
