import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.compression.truncated_svd import low_rank, low_rank_errors, tensor_train_errors


def relative(matrix, approximation):
    return np.linalg.norm(matrix - approximation) / np.linalg.norm(matrix)


@given(st.integers(1, 6), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_low_rank_errors_are_those_of_the_truncated_matrices(size, seed):
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    errors = low_rank_errors(matrix)
    assert len(errors) == size
    for rank, error in enumerate(errors, 1):
        found = low_rank(matrix, rank)
        assert np.linalg.matrix_rank(found) == rank
        assert error == pytest.approx(relative(matrix, found), abs=1e-9)


def test_tensor_train_errors_are_those_of_two_contracted_cores():
    rows, columns = (2, 3), (4, 2)
    matrix = np.random.default_rng(0).normal(size=(6, 8))
    errors = tensor_train_errors(matrix, rows, columns)
    modes = matrix.reshape(*rows, *columns)
    unfolded = np.einsum("abcd->acbd", modes).reshape(8, 6)
    left, values, right = np.linalg.svd(unfolded, full_matrices=False)
    for rank, error in enumerate(errors, 1):
        first = (left[:, :rank] * values[:rank]).reshape(2, 4, rank)
        second = right[:rank].reshape(rank, 3, 2)
        found = np.einsum("acr,rbd->abcd", first, second).reshape(6, 8)
        assert error == pytest.approx(relative(matrix, found), abs=1e-9)
    assert errors[-1] == pytest.approx(0, abs=1e-7)


def test_a_kronecker_product_is_a_tensor_train_of_rank_1():
    rng = np.random.default_rng(1)
    matrix = np.kron(rng.normal(size=(2, 4)), rng.normal(size=(3, 2)))
    assert tensor_train_errors(matrix, (2, 3), (4, 2))[0] == pytest.approx(0, abs=1e-7)
    assert low_rank_errors(matrix)[0] > 0.1
    with pytest.raises(ValueError, match=r"\(6, 8\) is not split by rows \(3, 3\)"):
        tensor_train_errors(matrix, (3, 3), (4, 2))
