"""Modes and ranks of a tensor train that stores a matrix."""

import math
import warnings
from collections.abc import Sequence


def largest_ranks(input_modes: Sequence[int], output_modes: Sequence[int]) -> tuple[int, ...]:
    """Ranks with which a tensor train stores any matrix: the smaller side of the matrix that each cut makes of it."""
    sizes = [rows * columns for rows, columns in zip(input_modes, output_modes, strict=True)]
    return tuple(min(math.prod(sizes[:cut]), math.prod(sizes[cut:])) for cut in range(len(sizes) + 1))


def require_ranks(
    owner: str, input_modes: Sequence[int], output_modes: Sequence[int], ranks: int | Sequence[int]
) -> tuple[int, ...]:
    """All ranks of a tensor train, the outer ones included, none above what the modes allow.

    Parameters
    ----------
    owner
        Whose they are; errors and warnings begin with it.
    input_modes, output_modes
        One of each a core.
    ranks
        One number for all inner ranks, or all d + 1 ranks of d cores as the papers print them, with 1 at both ends.

    Raises
    ------
    ValueError
        A mode or rank is not a positive integer, there are not as many modes of one kind as of the other or not d + 1
        ranks, or an outer rank is not 1.

    Warns
    -----
    UserWarning
        A rank is above what the modes allow and is cut to that: more would store nothing more.
    """
    for name, modes in (("input_modes", input_modes), ("output_modes", output_modes)):
        if not modes or not all(isinstance(mode, int) and mode > 0 for mode in modes):
            raise ValueError(f"{owner}: {name} must be positive integers, not {modes!r}")
    count = len(input_modes)
    if len(output_modes) != count:
        raise ValueError(
            f"{owner}: input_modes {tuple(input_modes)} and output_modes {tuple(output_modes)} must be equally many"
        )
    if isinstance(ranks, int):
        ranks = (1, *[ranks] * (count - 1), 1)
    if not all(isinstance(rank, int) and rank > 0 for rank in ranks):
        raise ValueError(f"{owner}: ranks must be positive integers, not {ranks!r}")
    if len(ranks) != count + 1 or ranks[0] != 1 or ranks[-1] != 1:
        raise ValueError(
            f"{owner}: ranks must be one number, or {count + 1} for {count} cores with 1 first and last, "
            f"not {tuple(ranks)}"
        )
    largest = largest_ranks(input_modes, output_modes)
    kept = tuple(min(rank, most) for rank, most in zip(ranks, largest, strict=True))
    if kept != tuple(ranks):
        warnings.warn(f"{owner}: ranks {tuple(ranks)} are cut to {kept}, the most that the modes allow", stacklevel=3)
    return kept


def count_values(input_modes: Sequence[int], output_modes: Sequence[int], ranks: Sequence[int]) -> int:
    r"""Values of all cores, :math:`\sum_k r_{k-1} m_k n_k r_k`."""
    shapes = zip(ranks[:-1], input_modes, output_modes, ranks[1:], strict=True)
    return sum(math.prod(shape) for shape in shapes)
