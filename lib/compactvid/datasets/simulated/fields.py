"""Checks on the fields of simulated worlds."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any


def check_ranges(world: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raise a ValueError that names the first field that is not a number of its type within its range.

    Parameters
    ----------
    world : dataclass instance
        Its fields are annotated `int` or `float`; a float field may hold an int.
    ranges : mapping of field name to (lowest, highest)
        Both included. A field that is not named is at least 1 if an int, from 0 to 1 if a float.
    """
    for field in dataclasses.fields(world):
        value, integral = getattr(world, field.name), field.type is int
        low, high = ranges.get(field.name, (1, math.inf) if integral else (0, 1))
        if type(value) not in ((int,) if integral else (int, float)) or not low <= value <= high:
            expected = f">= {low}" if high == math.inf else f"from {low} to {high}"
            raise ValueError(
                f"{field.name} must be {'an integer' if integral else 'a number'} {expected}, got {value!r}"
            )


def check_order(world: Any, *pairs: tuple[str, str]) -> None:
    """Raise a ValueError that names the first pair of fields of which the former exceeds the latter."""
    for lower, upper in pairs:
        if getattr(world, lower) > getattr(world, upper):
            raise ValueError(f"{lower} must be at most {upper}, got {getattr(world, lower)} > {getattr(world, upper)}")
