"""The tensor train of a given matrix."""

from collections.abc import Sequence

import numpy as np

from compactvid.ops.tensor_train_ranks import require_ranks


def tensor_train_svd(
    matrix: np.ndarray,
    input_modes: Sequence[int],
    output_modes: Sequence[int],
    *,
    ranks: int | Sequence[int] | None = None,
    relative_error: float | None = None,
) -> list[np.ndarray]:
    r"""Cores of a tensor train that stores a matrix, or one near it.

    From the first core to the last, what is left is cut into a core and a rest by a truncated singular value
    decomposition. With a bound :math:`\varepsilon` on :math:`\|A - B\|_F / \|A\|_F`, each of the d - 1 cuts may lose
    :math:`\varepsilon \|A\|_F / \sqrt{d - 1}`, and the ranks are the smallest that do. With ranks, the error is at most
    :math:`\sqrt{d - 1}` times that of the best tensor train of these ranks.

    Reference: Oseledets 2011, https://doi.org/10.1137/090752286, algorithm 1 and theorem 2.2; matrices as in its
    section 4.3.

    Parameters
    ----------
    matrix
        (M, N), M and N the products of the input and of the output modes.
    input_modes, output_modes
        Into what the row and the column index are split, the slowest first.
    ranks
        As of `require_ranks`: one number, or d + 1. The ranks found are smaller where the matrix has no more.
    relative_error
        The bound, at least 0. Exactly one of `ranks` and `relative_error` is given.

    Returns
    -------
    list of arrays
        Cores of shape (rank before, input mode, output mode, rank after) in the matrix's precision, computed in
        float64.

    Raises
    ------
    ValueError
        The matrix is of another shape or not finite, the bound is negative, or not one of both is given.
    """
    matrix = np.asarray(matrix)
    if (ranks is None) == (relative_error is None) or (relative_error is not None and not relative_error >= 0):
        raise ValueError(
            "tensor_train_svd: expected either ranks or a relative_error of at least 0, "
            f"not ranks={ranks!r} and relative_error={relative_error!r}"
        )
    bounds = require_ranks("tensor_train_svd", input_modes, output_modes, 1 if ranks is None else ranks)
    expected = (int(np.prod(input_modes)), int(np.prod(output_modes)))
    if matrix.shape != expected:
        raise ValueError(f"tensor_train_svd: modes of a matrix of shape {expected}, not {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("tensor_train_svd: the matrix holds values that are not finite")
    count = len(input_modes)
    order = [axis for core in range(count) for axis in (core, count + core)]
    rest = matrix.astype(np.float64).reshape(*input_modes, *output_modes).transpose(order)
    lost = 0.0 if relative_error is None else relative_error * np.linalg.norm(matrix) / max(count - 1, 1) ** 0.5
    cores, before = [], 1
    for core in range(count - 1):
        rest = rest.reshape(before * input_modes[core] * output_modes[core], -1)
        left, values, right = np.linalg.svd(rest, full_matrices=False)
        rank = _smallest_rank(values, lost) if ranks is None else min(bounds[core + 1], len(values))
        cores.append(left[:, :rank].reshape(before, input_modes[core], output_modes[core], rank))
        rest, before = values[:rank, None] * right[:rank], rank
    cores.append(rest.reshape(before, input_modes[-1], output_modes[-1], 1))
    return [core.astype(np.result_type(matrix.dtype, np.float32)) for core in cores]


def _smallest_rank(values: np.ndarray, lost: float) -> int:
    """How many singular values to keep so that the rest's norm is at most `lost`, plus rounding."""
    tails = np.sqrt(np.append(np.cumsum(values[::-1] ** 2)[::-1], 0.0))
    rounding = values[0] * len(values) * np.finfo(np.float64).eps
    return max(1, int(np.argmax(tails <= max(lost, rounding))))
