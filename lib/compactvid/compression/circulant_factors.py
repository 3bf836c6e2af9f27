"""Approximate a matrix by a product of circulant and diagonal matrices."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import circulant

from compactvid.atomic import replaced


class CirculantFactors(NamedTuple):
    """Factors of the products D1 C1 D2 C2 ... Dm Cm, the leftmost first.

    Attributes
    ----------
    diagonals, first_columns
        Each (..., m, n).
    """

    diagonals: np.ndarray
    first_columns: np.ndarray

    def product(self) -> np.ndarray:
        """The products in full, (..., n, n)."""
        pairs = self.diagonals[..., None] * circulant(self.first_columns)
        return reduce(np.matmul, np.moveaxis(pairs, -3, 0))


def fit_circulant_factors(
    matrix: np.ndarray, pairs: int, *, starts: int, iterations: int, seed: int = 0, tolerance: float = 1e-9
) -> tuple[CirculantFactors, float]:
    r"""The best fit found of a product of m pairs to a matrix, in the Frobenius norm.

    .. math:: \min_{D, C} \Bigl\| A - \prod_{i=1}^m D^{(i)} C^{(i)} \Bigr\|_F

    Reference: Araujo et al. 2018, Eq. 1. The product is linear in each factor and not convex in all of them, so that
    the method of Levenberg and Marquardt is run from several random starts, side by side, and the best one is kept:
    what is found is an upper bound of the smallest error. Complex matrices have complex factors.

    Parameters
    ----------
    matrix
        Real or complex, (n, n).
    pairs
        Pairs m.
    starts, iterations
        Random starts, and the most steps of each.
    seed
        Of the starts: normal factors, of which a product is expected to have the norm of the matrix.
    tolerance
        Relative error at which the search ends.

    Returns
    -------
    tuple
        Factors of shape (m, n), and the relative error :math:`\|A - P\|_F / \|A\|_F`.

    Raises
    ------
    ValueError
        The matrix is not square, is zero or has values that are not finite; pairs, starts or iterations below 1.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"fit_circulant_factors: expected a square matrix, not shape {matrix.shape}")
    if not np.isfinite(matrix).all() or not matrix.any():
        raise ValueError("fit_circulant_factors: expected a matrix of finite values, not all of them zero")
    if min(pairs, starts, iterations) < 1:
        raise ValueError(
            f"fit_circulant_factors: pairs, starts and iterations must be positive, not {pairs}, {starts}, {iterations}"
        )
    size = len(matrix)
    scale = np.linalg.norm(matrix) / np.sqrt(size)
    target = matrix / scale
    factors = _random_factors(np.random.default_rng(seed), (starts, pairs, size), np.iscomplexobj(matrix))
    errors = _squared_errors(factors, target)
    damping = np.full(starts, 0.1)
    for _ in range(iterations):
        if np.sqrt(errors.min() / size) < tolerance:
            break
        step = _step(factors, target, damping)
        tried = CirculantFactors(factors.diagonals - step[:, :, 0], factors.first_columns - step[:, :, 1])
        found = _squared_errors(tried, target)
        better = found < errors
        factors = CirculantFactors(*(np.where(better[:, None, None], *two) for two in zip(tried, factors, strict=True)))
        errors = np.where(better, found, errors)
        damping = np.where(better, damping / 3, damping * 4).clip(1e-12, 1e12)
    best = errors.argmin()
    diagonals, first_columns = (part[best] for part in factors)
    diagonals[0] *= scale
    return CirculantFactors(diagonals, first_columns), float(np.sqrt(errors[best] / size))


@dataclass(frozen=True)
class CirculantFit:
    """Fits of circulant and diagonal factors to one matrix.

    Parameters
    ----------
    matrix
        One of `compactvid.compression.matrix_sources`.
    pairs
        Numbers of pairs m, each fitted by itself.
    starts, iterations
        As of `fit_circulant_factors`.
    """

    matrix: Any
    pairs: tuple[int, ...]
    starts: int
    iterations: int

    @property
    def requires(self) -> tuple:
        """The runs that the matrix comes from."""
        return self.matrix.requires

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the relative errors by m. The matrix and all factors are kept in `factors.npz`."""
        matrix = self.matrix.values(required)
        arrays, errors = {"matrix": matrix}, {}
        for pairs in self.pairs:
            found, errors[str(pairs)] = fit_circulant_factors(
                matrix, pairs, starts=self.starts, iterations=self.iterations
            )
            arrays |= {f"{name}_{pairs}": part for name, part in found._asdict().items()}
        with replaced(folder / "factors.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
        return {"errors": errors}


def read_fit(folder: Path) -> tuple[np.ndarray, dict[int, CirculantFactors]]:
    """The matrix of a `CirculantFit` and the factors found, by their number of pairs.

    Raises
    ------
    ValueError
        The file is missing or damaged; it is named.
    """
    path = folder / "factors.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            numbers = sorted(int(name.rpartition("_")[2]) for name in archive.files if name.startswith("diagonals_"))
            return archive["matrix"], {
                number: CirculantFactors(archive[f"diagonals_{number}"], archive[f"first_columns_{number}"])
                for number in numbers
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not readable factors ({error}); delete its run to make them again") from error


def _random_factors(rng: np.random.Generator, shape: tuple[int, ...], are_complex: bool) -> CirculantFactors:
    size = shape[-1]
    if are_complex:
        diagonals, first_columns = (rng.normal(size=(*shape, 2)).view(complex)[..., 0] / np.sqrt(2) for _ in range(2))
    else:
        diagonals, first_columns = rng.normal(size=shape), rng.normal(size=shape)
    return CirculantFactors(diagonals, first_columns / np.sqrt(size))


def _squared_errors(factors: CirculantFactors, target: np.ndarray) -> np.ndarray:
    return (np.abs(factors.product() - target) ** 2).sum((-2, -1))


def _step(factors: CirculantFactors, target: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """Damped least squares by the smaller Gram matrix: a step for diagonals and first columns, (starts, m, 2, n)."""
    product, jacobian = _linearised(factors)
    residuals = (product - target).reshape(len(product), -1, 1)
    adjoint = jacobian.conj()  # (starts, parameters, n n): the transpose is left out
    transposed = jacobian.swapaxes(1, 2)
    few = jacobian.shape[1] <= jacobian.shape[2]
    gram = adjoint @ transposed if few else transposed @ adjoint
    diagonal = np.einsum("sii->si", gram)
    diagonal += (damping * diagonal.real.mean(1))[:, None]
    step = np.linalg.solve(gram, adjoint @ residuals) if few else adjoint @ np.linalg.solve(gram, residuals)
    return step.reshape(*factors.diagonals.shape[:2], 2, -1)


def _linearised(factors: CirculantFactors) -> tuple[np.ndarray, np.ndarray]:
    """Products (starts, n, n), and their derivatives (starts, 2 m n, n n) by diagonal and first column of each pair."""
    diagonals, first_columns = factors
    starts, pairs, size = diagonals.shape
    index = np.arange(size)
    shifts = (index[:, None] - index) % size
    circulants = circulant(first_columns)
    left = [np.broadcast_to(np.eye(size), (starts, size, size))]
    for pair in range(pairs):
        left.append(left[-1] * diagonals[:, pair, None, :] @ circulants[:, pair])
    right, found = left[0], []
    for pair in reversed(range(pairs)):
        columns = left[pair].swapaxes(1, 2)[..., None]  # (starts, k, row, 1): column k of what stands on the left
        right_of_diagonal = circulants[:, pair] @ right
        by_diagonal = columns * right_of_diagonal[:, :, None, :]
        shifted = right[:, shifts].reshape(starts, size, size * size)  # (starts, row, shift k and column)
        by_column = (left[pair] * diagonals[:, pair, None, :] @ shifted).reshape(starts, size, size, size)
        found.append(np.concatenate([by_diagonal, by_column.swapaxes(1, 2)], axis=1))
        right = diagonals[:, pair, :, None] * right_of_diagonal
    return left[-1], np.concatenate(found[::-1], axis=1).reshape(starts, 2 * pairs * size, size * size)
