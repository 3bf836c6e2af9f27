"""Matrices as tensor trains: products with vectors, and the matrix itself."""

import functools
import math

from keras import ops

from compactvid.ops.tensor_train_plan import Shape, contraction_plan


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
            x = _each_times(ops.reshape(x, (-1, modes * after)), matrix)
        else:
            x = _times_each(ops.transpose(matrix), ops.reshape(x, (-1, modes * after, done)))
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
            x = _each_times(ops.reshape(x, (-1, before * modes)), matrix)
        else:
            x = _times_each(ops.transpose(matrix), ops.reshape(x, (-1, before * modes, left)))
    return x


def _each_times(x, matrix):
    """Each row of x, (vectors, a), times a matrix (a, b).

    The matrix's gradient sums over all vectors. Backends are slow where they read a wide matrix by its columns: the
    narrower of the two is copied transposed, and the product is that of rows.
    """

    def product(x, matrix):
        def gradient(upstream):
            if matrix.shape[0] < matrix.shape[1]:
                of_matrix = ops.matmul(ops.transpose(x), upstream)
            else:
                of_matrix = ops.transpose(ops.matmul(ops.transpose(upstream), x))
            return ops.matmul(upstream, ops.transpose(matrix)), of_matrix

        return ops.matmul(x, matrix), gradient

    return ops.custom_gradient(product)(x, matrix)


def _times_each(matrix, x):
    """One matrix (a, b) times each of x, (batch, b, c).

    The matrix's gradient is one product that sums over the batch. What backends derive makes a matrix of its size for
    each element of the batch first, and adds them up.
    """

    def product(matrix, x):
        def gradient(upstream):
            rows = ops.reshape(ops.transpose(upstream, (1, 0, 2)), (matrix.shape[0], -1))
            columns = ops.reshape(ops.transpose(x, (0, 2, 1)), (-1, matrix.shape[1]))
            return ops.matmul(rows, columns), ops.matmul(ops.transpose(matrix), upstream)

        return ops.matmul(matrix, x), gradient

    return ops.custom_gradient(product)(matrix, x)
