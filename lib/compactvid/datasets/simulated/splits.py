"""Splits of a simulated world: item i of a split has a random stream of its own, whatever is drawn before it."""

from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

import numpy as np

Split = Literal["train", "validate", "test"]
SPLITS: tuple[Split, ...] = ("train", "validate", "test")

_Item = TypeVar("_Item")


def stream(seed: int, *key: int) -> np.random.Generator:
    """The random stream of one part of a world; different keys give independent streams."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)))


def first_items(draw: Callable[[Split, int], _Item], split: Split, count: int) -> Iterator[_Item]:
    """Item 0 to item `count` - 1 of a split, drawn as they are asked for.

    Raises
    ------
    ValueError
        `split` is not one of "train", "validate" and "test", or `count` is negative.
    """
    check_split(split)
    if count < 0:
        raise ValueError(f"count must be at least 0, got {count}")
    return (draw(split, index) for index in range(count))


def check_split(split: str) -> None:
    """Raise a ValueError if there is no such split."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
