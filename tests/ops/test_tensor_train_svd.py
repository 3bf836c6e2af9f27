import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.compression.truncated_svd import tensor_train_errors
from compactvid.ops import tensor_train_matrix, tensor_train_svd
from compactvid.ops.tensor_train_ranks import count_values, largest_ranks, require_ranks

MODES = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=4)


def matrix_of(rows, columns, seed=0):
    return np.random.default_rng(seed).normal(size=(int(np.prod(rows)), int(np.prod(columns))))


def relative_error(matrix, cores):
    return np.linalg.norm(ops.convert_to_numpy(tensor_train_matrix(cores)) - matrix) / np.linalg.norm(matrix)


@settings(max_examples=40)
@given(MODES)
def test_the_largest_ranks_store_any_matrix(modes):
    rows, columns = zip(*modes, strict=True)
    matrix = matrix_of(rows, columns)
    for options in ({"ranks": largest_ranks(rows, columns)}, {"relative_error": 0.0}):
        cores = tensor_train_svd(matrix, rows, columns, **options)
        assert relative_error(matrix, cores) < 1e-13
        assert [core.shape[1:3] for core in cores] == modes


@settings(max_examples=40)
@given(MODES, st.floats(0, 1))
def test_the_bound_holds_with_the_smallest_ranks_that_a_cut_can_have(modes, bound):
    rows, columns = zip(*modes, strict=True)
    matrix = matrix_of(rows, columns)
    cores = tensor_train_svd(matrix, rows, columns, relative_error=bound)
    assert relative_error(matrix, cores) <= bound + 1e-13
    # Of the first cut nothing was lost before: one rank less would lose more than its share.
    first = matrix.reshape(*rows, *columns)
    first = np.moveaxis(first, len(rows), 1).reshape(rows[0] * columns[0], -1)
    values = np.linalg.svd(first, compute_uv=False)
    rank, share = cores[0].shape[3], bound * np.linalg.norm(matrix) / max(len(modes) - 1, 1) ** 0.5
    assert len(modes) == 1 or rank == 1 or np.linalg.norm(values[rank - 1 :]) > share


def test_two_cores_are_the_best_that_there_are():
    matrix = matrix_of((4, 3), (2, 3))
    best = tensor_train_errors(matrix, (4, 3), (2, 3))
    for rank in range(1, 9):
        cores = tensor_train_svd(matrix, (4, 3), (2, 3), ranks=rank)
        assert relative_error(matrix, cores) == pytest.approx(best[rank - 1], abs=1e-12)


def test_a_tensor_train_is_found_again_with_its_ranks():
    random, ranks, rows, columns = np.random.default_rng(0), (1, 3, 4, 2, 1), (4, 3, 2, 5), (2, 3, 2, 3)
    shapes = zip(ranks[:-1], rows, columns, ranks[1:], strict=True)
    matrix = ops.convert_to_numpy(tensor_train_matrix([random.normal(size=shape) for shape in shapes]))
    cores = tensor_train_svd(matrix, rows, columns, relative_error=1e-10)
    assert (*(core.shape[0] for core in cores), 1) == ranks
    assert relative_error(matrix, cores) < 1e-10


def test_precision_and_special_matrices():
    matrix = matrix_of((4, 3), (2, 3)).astype("float32")
    assert {core.dtype for core in tensor_train_svd(matrix, (4, 3), (2, 3), ranks=2)} == {np.dtype("float32")}
    zeros = tensor_train_svd(np.zeros((12, 6)), (4, 3), (2, 3), relative_error=0.1)
    assert not ops.convert_to_numpy(tensor_train_matrix(zeros)).any()
    assert zeros[0].shape == (1, 4, 2, 1)


@pytest.mark.parametrize(
    ("matrix", "options", "message"),
    [
        (np.zeros((11, 6)), {"ranks": 2}, r"modes of a matrix of shape \(12, 6\), not \(11, 6\)"),
        (np.full((12, 6), np.nan), {"ranks": 2}, "not finite"),
        (np.zeros((12, 6)), {}, "either ranks or a relative_error"),
        (np.zeros((12, 6)), {"ranks": 2, "relative_error": 0.1}, "either ranks or a relative_error"),
        (np.zeros((12, 6)), {"relative_error": -0.1}, "at least 0, not ranks=None and relative_error=-0.1"),
    ],
)
def test_bad_input_is_named(matrix, options, message):
    with pytest.raises(ValueError, match=message):
        tensor_train_svd(matrix, (4, 3), (2, 3), **options)


@pytest.mark.parametrize(
    ("input_modes", "output_modes", "ranks", "message"),
    [
        ((), (), 1, r"input_modes must be positive integers, not \(\)"),
        ((4, 0), (2, 3), 1, r"input_modes must be positive integers, not \(4, 0\)"),
        ((4, 3), (2, 1.5), 1, r"output_modes must be positive integers, not \(2, 1.5\)"),
        ((4, 3), (2,), 1, "must be equally many"),
        ((4, 3), (2, 3), 0, r"ranks must be positive integers, not \(1, 0, 1\)"),
        ((4, 3), (2, 3), (1, 2.5, 1), "ranks must be positive integers"),
        ((4, 3), (2, 3), (1, 2), r"ranks must be one number, or 3 for 2 cores with 1 first and last, not \(1, 2\)"),
        ((4, 3), (2, 3), (2, 2, 1), "1 first and last"),
    ],
)
def test_bad_modes_and_ranks_are_named(input_modes, output_modes, ranks, message):
    with pytest.raises(ValueError, match=f"^map: .*{message}"):
        require_ranks("map", input_modes, output_modes, ranks)


def test_ranks_above_what_the_modes_allow_are_cut_and_said():
    with pytest.warns(UserWarning, match=r"map: ranks \(1, 9, 9, 1\) are cut to \(1, 6, 8, 1\)"):
        assert require_ranks("map", (3, 4, 2), (2, 3, 4), 9) == (1, 6, 8, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert require_ranks("map", (3, 4, 2), (2, 3, 4), (1, 6, 8, 1)) == (1, 6, 8, 1)


def test_values_of_the_papers_maps():
    """Section 5.3, Table 2."""
    gates, ranks = (16, 4, 4, 4), (1, 4, 4, 4, 1)
    assert count_values((8, 20, 20, 18), gates, ranks) == 3_360
    assert count_values((17, 19, 19, 25), gates, ranks) == 3_920
