"""Circulant and diagonal factors: against sums written out, finite differences and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.compression import circulant_factors
from compactvid.compression.circulant_factors import CirculantFactors, CirculantFit, fit_circulant_factors, read_fit
from compactvid.compression.matrix_sources import DrawnMatrix


def drawn(shape, seed=0, are_complex=False):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + (1j * rng.normal(size=shape) if are_complex else 0)


def written_out(diagonals, first_columns):
    """Eq. 1 of Araujo et al. 2018, entry by entry."""
    size = diagonals.shape[-1]
    product = np.eye(size)
    for diagonal, column in zip(diagonals, first_columns, strict=True):
        pair = [[diagonal[row] * column[(row - place) % size] for place in range(size)] for row in range(size)]
        product = product @ np.array(pair)
    return product


@given(st.integers(1, 4), st.integers(1, 6), st.booleans())
@settings(max_examples=20, deadline=None)
def test_product_is_equation_1(pairs, size, are_complex):
    factors = CirculantFactors(drawn((2, pairs, size), 1, are_complex), drawn((2, pairs, size), 2, are_complex))
    for found, diagonals, columns in zip(factors.product(), *factors, strict=True):
        np.testing.assert_allclose(found, written_out(diagonals, columns), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("are_complex", [False, True])
def test_derivatives_are_those_of_small_differences(are_complex):
    factors = CirculantFactors(drawn((1, 3, 4), 1, are_complex), drawn((1, 3, 4), 2, are_complex))
    product, jacobian = circulant_factors._linearised(factors)
    np.testing.assert_allclose(product, factors.product())
    parameters = np.stack(factors, axis=2)  # (1, 3, 2, 4)
    for place in range(parameters.size):
        moved = parameters.copy()
        moved.flat[place] += 1e-6
        difference = (CirculantFactors(moved[:, :, 0], moved[:, :, 1]).product() - product).ravel() / 1e-6
        np.testing.assert_allclose(jacobian[0, place], difference, atol=1e-4)


@given(st.integers(2, 9), st.integers(0, 100))
@settings(max_examples=15, deadline=None)
def test_one_pair_finds_the_best_one(size, seed):
    """With row k shifted back by k, D C is d c^T: the smallest error is that of rank 1."""
    matrix = drawn((size, size), seed)
    index = np.arange(size)
    shifted = matrix[index[:, None], (index[:, None] - index) % size]
    squares = np.linalg.svd(shifted, compute_uv=False) ** 2
    _, error = fit_circulant_factors(matrix, 1, starts=8, iterations=300)
    assert error == pytest.approx(np.sqrt(1 - squares[0] / squares.sum()), rel=1e-3)


@pytest.mark.parametrize("are_complex", [False, True])
@pytest.mark.parametrize(("size", "pairs"), [(4, 3), (5, 5), (2, 4)])
def test_enough_pairs_reach_a_drawn_matrix(size, pairs, are_complex):
    matrix = 1e5 * drawn((size, size), 3, are_complex)
    factors, error = fit_circulant_factors(matrix, pairs, starts=16, iterations=40)
    assert error < 1e-6
    assert np.iscomplexobj(factors.diagonals) == are_complex
    np.testing.assert_allclose(written_out(*factors), matrix, atol=1e-6 * np.linalg.norm(matrix))


def test_too_few_pairs_do_not_and_the_error_is_the_one_of_the_factors():
    matrix = drawn((6, 6), 4)
    factors, error = fit_circulant_factors(matrix, 2, starts=4, iterations=50)
    assert 0.1 < error < 1
    assert error == pytest.approx(np.linalg.norm(matrix - written_out(*factors)) / np.linalg.norm(matrix))


@pytest.mark.parametrize(
    ("matrix", "given", "message"),
    [
        (np.ones((2, 3)), (1, 1, 1), r"square matrix, not shape \(2, 3\)"),
        (np.zeros((2, 2)), (1, 1, 1), "not all of them zero"),
        (np.array([[1.0, np.nan], [0, 1]]), (1, 1, 1), "finite values"),
        (np.eye(2), (0, 1, 1), "must be positive, not 0, 1, 1"),
        (np.eye(2), (1, 0, 1), "must be positive, not 1, 0, 1"),
    ],
)
def test_bad_input(matrix, given, message):
    pairs, starts, iterations = given
    with pytest.raises(ValueError, match=message):
        fit_circulant_factors(matrix, pairs, starts=starts, iterations=iterations)


def test_a_run_keeps_matrix_and_factors(tmp_path):
    config = CirculantFit(DrawnMatrix(3, seed=5), (1, 3), starts=8, iterations=100)
    errors = config.execute(tmp_path, None, [])["errors"]
    matrix, factors = read_fit(tmp_path)
    np.testing.assert_array_equal(matrix, DrawnMatrix(3, seed=5).values([]))
    assert sorted(factors) == [1, 3]
    for pairs, found in factors.items():
        lost = np.linalg.norm(matrix - written_out(*found)) / np.linalg.norm(matrix)
        assert lost == pytest.approx(errors[str(pairs)], abs=1e-9)
    path = tmp_path / "factors.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"factors\.npz: not readable factors"):
        read_fit(tmp_path)
