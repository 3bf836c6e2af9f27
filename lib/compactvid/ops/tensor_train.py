"""Matrices as tensor trains: products with vectors, and the matrix itself."""

import functools
import itertools
import math
from typing import NamedTuple

from keras import ops

Shape = tuple[int, ...]
MOVED = 24
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


def tensor_train_product(cores, x):
    r"""Multiply vectors by a matrix that is stored as a tensor train, without forming it.

    .. math:: y(j_1, \dots, j_d) = \sum_{i_1, \dots, i_d} G_1(i_1, j_1) \cdots G_d(i_d, j_d) \, x(i_1, \dots, i_d)

    Reference: Cheng et al. 2018 (DeepEye), Eqs. 6 to 8; Novikov et al. 2015. The first mode is the slowest, as NumPy
    reshapes. The cores are contracted one after the other from the last or from the first, neighbours that are small
    are multiplied with each other beforehand: `contraction_plan` says which, by cost. Either way each step is one
    product of matrices whose result lies in memory as the next one reads it.

    Parameters
    ----------
    cores
        Cores :math:`G_k` of shape (rank before, input mode, output mode, rank after); the outer ranks are 1. (The paper
        writes the modes first and the ranks last, of which the order is the other way round.)
    x
        Vectors of shape (..., M), M the product of the input modes.

    Returns
    -------
    tensor
        Products of shape (..., N), N the product of the output modes.

    Raises
    ------
    ValueError
        Ranks of neighbours differ, outer ranks are not 1, or the vectors are of another size.
    """
    shapes = core_shapes(cores)
    size = math.prod(shape[1] for shape in shapes)
    if x.shape[-1] != size:
        raise ValueError(f"tensor_train_product: the cores take vectors of {size} elements, not {x.shape[-1]}")
    *outer, _ = ops.shape(x)
    known = [length for length in x.shape[:-1] if length is not None]
    groups, last_first = contraction_plan(shapes, math.prod(known))
    merged = [functools.reduce(_merge, cores[first:end]) for first, end in groups]
    x = ops.reshape(x, (-1, size))
    product = _from_the_last if last_first else _from_the_first
    return ops.reshape(product(merged, x), (*outer, math.prod(shape[2] for shape in shapes)))


def tensor_train_matrix(cores):
    """The matrix that a tensor train stores, in full.

    Parameters
    ----------
    cores
        As of `tensor_train_product`.

    Returns
    -------
    tensor
        Matrix of shape (M, N), which row vectors are multiplied with from the left.

    Raises
    ------
    ValueError
        Ranks of neighbours differ, or outer ranks are not 1.
    """
    core_shapes(cores)
    return functools.reduce(_merge, cores)[0, :, :, 0]


def core_shapes(cores) -> tuple[Shape, ...]:
    """Shapes of cores that fit each other.

    Raises
    ------
    ValueError
        As `tensor_train_product`.
    """
    shapes = tuple(tuple(map(int, core.shape)) for core in cores)
    if not shapes or any(len(shape) != 4 for shape in shapes):
        found = ", ".join(map(str, shapes)) or "none"
        raise ValueError(f"tensor train: cores must be of (rank, input mode, output mode, rank), not {found}")
    ends = [1, *(shape[3] for shape in shapes)]
    for number, (before, shape) in enumerate(zip(ends, shapes, strict=False), 1):
        if shape[0] != before:
            raise ValueError(f"tensor train: core {number} must start with rank {before}, not {shape[0]}")
    if ends[-1] != 1:
        raise ValueError(f"tensor train: the last core must end with rank 1, not {ends[-1]}")
    return shapes


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


def _merge(left, right):
    """One core of two neighbours, of the products of their modes."""
    before, modes, outputs, rank = left.shape
    _, mode, output, after = right.shape
    product = ops.matmul(ops.reshape(left, (-1, rank)), ops.reshape(right, (rank, -1)))
    product = ops.transpose(ops.reshape(product, (before, modes, outputs, mode, output, after)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(product, (before, modes * mode, outputs * output, after))


def _from_the_last(cores, x):
    """Contract x of (vectors, M) from the last core: each step leaves (..., rank, output mode, outputs so far)."""
    done = 1
    for core in reversed(cores):
        before, modes, outputs, after = core.shape
        matrix = ops.reshape(ops.transpose(core, (1, 3, 0, 2)), (modes * after, before * outputs))
        if done == 1:
            x = ops.matmul(ops.reshape(x, (-1, modes * after)), matrix)
        else:
            x = ops.matmul(ops.transpose(matrix), ops.reshape(x, (-1, modes * after, done)))
        done *= outputs
    return x


def _from_the_first(cores, x):
    """Contract x of (vectors, M) from the first core: each step leaves (vectors, outputs so far, rank, modes left)."""
    left = x.shape[-1]
    for core in cores:
        before, modes, outputs, after = core.shape
        left //= modes
        matrix = ops.reshape(core, (before * modes, outputs * after))
        if left == 1:
            x = ops.matmul(ops.reshape(x, (-1, before * modes)), matrix)
        else:
            x = ops.matmul(ops.transpose(matrix), ops.reshape(x, (-1, before * modes, left)))
    return x
