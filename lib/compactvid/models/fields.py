"""Checks on the fields of model configurations."""

from numbers import Integral
from typing import Any


def require_positive_integers(config: Any, *names: str) -> None:
    """Raise a ValueError that names the first field that is not an integer above 0."""
    for name in names:
        value = getattr(config, name)
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{type(config).__name__}: {name} must be a positive integer, not {value!r}")


def require_bool(config: Any, *names: str) -> None:
    """Raise a ValueError that names the first field that is not True or False."""
    for name in names:
        if not isinstance(getattr(config, name), bool):
            raise ValueError(f"{type(config).__name__}: {name} must be True or False, not {getattr(config, name)!r}")


def require_in_interval(config: Any, name: str, low: float, high: float) -> None:
    """Raise a ValueError that names the field if it is not a number in [low, high)."""
    value = getattr(config, name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value < high:
        raise ValueError(f"{type(config).__name__}: {name} must be a number in [{low}, {high}), not {value!r}")
