"""In which order the cores of a tensor train are contracted with vectors, and what that costs."""

import functools
import itertools
import math
from typing import NamedTuple

Shape = tuple[int, ...]
MOVED = 32
"""Multiplications that take about as long as reading or writing one number: of two plans for a product, the one with
less of both is taken. (A choice of order only: any gives the same product.)"""


class Step(NamedTuple):
    """One matrix product of a contraction: `batch` times (rows, summed) x (summed, columns), by some merged cores."""

    cores: tuple[int, int]
    batch: int
    rows: int
    summed: int
    columns: int

    @property
    def multiplications(self) -> int:
        """Products of two numbers."""
        return self.batch * self.rows * self.summed * self.columns


@functools.lru_cache(maxsize=256)
def contraction_plan(shapes, vectors: int = 1) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Which neighbouring cores are merged first, and whether the last group goes first: the cheapest way.

    Parameters
    ----------
    shapes
        The cores' shapes, as of `core_shapes`.
    vectors
        How many vectors are multiplied.

    Returns
    -------
    tuple
        Ranges (first core, end) of the groups, in the cores' order; and whether they are contracted from the last.
    """
    count = len(shapes)
    cuts = [cut for number in range(count) for cut in itertools.combinations(range(1, count), number)]
    plans = [(tuple(itertools.pairwise((0, *cut, count))), last) for cut in cuts for last in (True, False)]
    return min(plans, key=lambda plan: _cost(shapes, plan[0], plan[1], vectors))


def contraction_steps(shapes, groups, last_first: bool, vectors: int = 1) -> list[Step]:
    """The products of matrices that a plan takes, merging left out, in order.

    Parameters
    ----------
    shapes
        The cores' shapes.
    groups, last_first
        As `contraction_plan` returns them.
    vectors
        How many vectors are multiplied.
    """
    steps, done = [], 1
    waiting = math.prod(shape[1] for shape in shapes)
    for first, end in reversed(groups) if last_first else groups:
        before, modes, outputs, after = _merged(shapes[first:end])
        waiting //= modes
        if last_first:
            rows, summed, batch = before * outputs, modes * after, vectors * waiting
            columns = done
        else:
            rows, summed, batch = outputs * after, before * modes, vectors * done
            columns = waiting
        steps.append(Step((first, end), batch, rows, summed, columns))
        done *= outputs
    return steps


def _cost(shapes, groups, last_first: bool, vectors: int) -> float:
    """Multiplications and numbers moved of a plan, merging included."""
    cost = 0
    for step in contraction_steps(shapes, groups, last_first, vectors):
        moved = step.batch * (step.summed + step.rows) * step.columns + step.rows * step.summed
        cost += step.multiplications + MOVED * moved
    for first, end in groups:
        for middle in range(first + 1, end):
            before, modes, outputs, rank = _merged(shapes[first:middle])
            _, mode, output, after = shapes[middle]
            written = before * modes * outputs * mode * output * after
            cost += written * (rank + MOVED)
    return cost


def _merged(shapes) -> Shape:
    """Shape of neighbouring cores that are multiplied with each other."""
    return shapes[0][0], math.prod(shape[1] for shape in shapes), math.prod(shape[2] for shape in shapes), shapes[-1][3]
