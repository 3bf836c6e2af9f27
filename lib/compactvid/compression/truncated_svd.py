"""What a matrix loses when low rank or a tensor train stores it."""

import numpy as np


def low_rank_errors(matrix: np.ndarray) -> np.ndarray:
    r"""Relative Frobenius errors of the best matrices of rank 1, 2, ..., n; rank r takes r (rows + columns) values.

    Reference: Eckart & Young 1936. The error is :math:`\sqrt{\sum_{i>r} \sigma_i^2 / \sum_i \sigma_i^2}`.
    """
    squares = np.linalg.svd(matrix, compute_uv=False) ** 2
    return np.sqrt(np.append(squares[::-1].cumsum()[-2::-1], 0.0) / squares.sum())


def tensor_train_errors(matrix: np.ndarray, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
    """Relative Frobenius errors of the best tensor trains of two cores with rank 1, 2, ....

    Core k has shape (rank before, rows[k], columns[k], rank after), so that rank r takes r (rows[0] columns[0] +
    rows[1] columns[1]) values. With two cores TT-SVD is one truncated SVD, and best.

    Reference: Oseledets 2011, https://doi.org/10.1137/090752286, algorithm 1; matrices as in its section 4.3.

    Parameters
    ----------
    matrix
        (rows[0] rows[1], columns[0] columns[1]).
    rows, columns
        Into what the row and the column index are split.

    Raises
    ------
    ValueError
        The matrix is not of that shape.
    """
    if matrix.shape != (rows[0] * rows[1], columns[0] * columns[1]):
        raise ValueError(f"tensor_train_errors: {matrix.shape} is not split by rows {rows} and columns {columns}")
    modes = matrix.reshape(*rows, *columns).transpose(0, 2, 1, 3)
    return low_rank_errors(modes.reshape(rows[0] * columns[0], rows[1] * columns[1]))


def low_rank(matrix: np.ndarray, rank: int) -> np.ndarray:
    """The best matrix of a rank."""
    left, values, right = np.linalg.svd(matrix)
    return left[:, :rank] * values[:rank] @ right[:rank]
