import itertools
import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.ops import tensor_train_matrix, tensor_train_product
from compactvid.ops.tensor_train import _from_the_first, _from_the_last, _merge
from compactvid.ops.tensor_train_plan import contraction_plan, contraction_steps

PAPER = [(1, 8, 16, 4), (4, 20, 4, 4), (4, 20, 4, 4), (4, 18, 4, 1)]
MODES = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4)


def cores_of(shapes, dtype="float64"):
    random = np.random.default_rng(0)
    return [random.normal(size=shape).astype(dtype) for shape in shapes]


def shapes_of(drawn):
    """Core shapes of drawn (input mode, output mode, rank after); the last rank is 1."""
    ranks = [1, *(rank for *_, rank in drawn[:-1]), 1]
    return [(ranks[core], rows, columns, ranks[core + 1]) for core, (rows, columns, _) in enumerate(drawn)]


def printed_matrix(cores):
    """Eq. 6, an element at a time: a product of small matrices for each pair of multi-indices."""
    rows, columns = [core.shape[1] for core in cores], [core.shape[2] for core in cores]
    matrix = np.zeros((math.prod(rows), math.prod(columns)))
    for i, row in enumerate(itertools.product(*map(range, rows))):
        for j, column in enumerate(itertools.product(*map(range, columns))):
            product = np.eye(1)
            for core, here, there in zip(cores, row, column, strict=True):
                product = product @ core[:, here, there]
            matrix[i, j] = product[0, 0]
    return matrix


def all_plans(count):
    for number in range(count):
        for cut in itertools.combinations(range(1, count), number):
            for last_first in (True, False):
                yield tuple(itertools.pairwise((0, *cut, count))), last_first


@settings(max_examples=40)
@given(MODES, st.sampled_from([(), (3,), (2, 3)]))
def test_matrix_and_product_are_those_of_the_printed_equation(drawn, outer):
    cores = cores_of(shapes_of(drawn), "float32")
    matrix = printed_matrix(cores)
    x = np.random.default_rng(1).normal(size=(*outer, len(matrix))).astype("float32")
    # Sums of up to 256 x 27 products, rounded to 2^-24 of the largest.
    np.testing.assert_allclose(
        ops.convert_to_numpy(tensor_train_matrix(cores)), matrix, atol=2e-6 * np.abs(matrix).max()
    )
    result, expected = ops.convert_to_numpy(tensor_train_product(cores, x)), x @ matrix
    assert result.shape == (*outer, matrix.shape[1])
    np.testing.assert_allclose(result, expected, atol=2e-6 * np.abs(matrix).max() * np.abs(x).sum(axis=-1).max())


@settings(max_examples=15)
@given(MODES)
def test_every_plan_gives_the_same_product_in_float64(drawn):
    cores = cores_of(shapes_of(drawn))
    matrix = printed_matrix(cores)
    x = np.random.default_rng(1).normal(size=(5, len(matrix)))
    for groups, last_first in all_plans(len(cores)):
        merged = []
        for first, end in groups:
            core = ops.convert_to_tensor(cores[first])
            for other in cores[first + 1 : end]:
                core = _merge(core, ops.convert_to_tensor(other))
            merged.append(core)
        product = (_from_the_last if last_first else _from_the_first)(merged, ops.convert_to_tensor(x))
        np.testing.assert_allclose(ops.convert_to_numpy(product).reshape(5, -1), x @ matrix, atol=1e-10)


def test_product_multiplies_what_the_steps_say(monkeypatch):
    """Multiplications of every matrix product, counted as they happen, merging apart."""
    cores, counted = cores_of(PAPER, "float32"), []
    multiply = ops.matmul

    def count(left, right):
        result = multiply(left, right)
        counted.append(math.prod(result.shape) * left.shape[-1])
        return result

    monkeypatch.setattr("compactvid.ops.tensor_train.ops.matmul", count)
    tensor_train_product(cores, np.ones((2, 57600), "float32"))
    groups, last_first = contraction_plan(tuple(PAPER), 2)
    merging = len(PAPER) - len(groups)
    steps = contraction_steps(PAPER, groups, last_first, 2)
    assert counted[merging:] == [step.multiplications for step in steps]


@pytest.mark.parametrize(
    ("groups", "last_first", "multiplications"),
    [
        # One vector: 3,200 x 18 x 16, then 160 x 80 x 16 x 4, 8 x 80 x 16 x 16, 32 x 16 x 64 by hand.
        (((0, 1), (1, 2), (2, 3), (3, 4)), True, 921_600 + 819_200 + 163_840 + 32_768),
        # From the first: 8 x 64 x 7,200; then 16 x 80 x 16 x 360, 64 x 80 x 16 x 18, 256 x 72 x 4.
        (((0, 1), (1, 2), (2, 3), (3, 4)), False, 3_686_400 + 7_372_800 + 1_474_560 + 73_728),
        # All merged: the dense product.
        (((0, 4),), True, 57_600 * 1_024),
    ],
)
def test_multiplications_at_the_papers_size(groups, last_first, multiplications):
    steps = contraction_steps(PAPER, groups, last_first)
    assert sum(step.multiplications for step in steps) == multiplications


def test_plan_is_cheap_at_the_papers_size():
    for vectors in (1, 512):
        plan = contraction_plan(tuple(PAPER), vectors)
        multiplications = sum(step.multiplications for step in contraction_steps(PAPER, *plan, vectors))
        assert multiplications < vectors * 57_600 * 1_024 / 12


@pytest.mark.parametrize("vectors", [1, 1000])
@pytest.mark.parametrize("last_first", [True, False])
@pytest.mark.parametrize("groups", [((0, 1), (1, 2), (2, 3)), ((0, 2), (2, 3)), ((0, 1), (1, 3)), ((0, 3),)])
def test_gradients_are_those_of_the_dense_matrix(vector_jacobian_product, monkeypatch, groups, last_first, vectors):
    monkeypatch.setattr("compactvid.ops.tensor_train.contraction_plan", lambda *_: (groups, last_first))
    cores = cores_of([(1, 2, 3, 2), (2, 3, 2, 3), (3, 2, 2, 1)], "float32")
    x = np.random.default_rng(1).normal(size=(vectors, 12)).astype("float32")
    upstream = np.random.default_rng(2).normal(size=(vectors, 12)).astype("float32")
    found = vector_jacobian_product(lambda *each: tensor_train_product(each[:3], each[3]), (*cores, x), upstream)
    # float32: sums of 12 products of order 10; below, of up to 1,000 times 12 x 12.
    np.testing.assert_allclose(found[3], upstream @ printed_matrix(cores).T, atol=1e-4)
    # The product is linear in each core: its gradient times a change of the core is the change that this makes.
    for number in range(3):
        step = np.random.default_rng(3).normal(size=cores[number].shape)
        changed = [step if each == number else core for each, core in enumerate(cores)]
        np.testing.assert_allclose(
            (found[number] * step).sum(), (upstream * (x @ printed_matrix(changed))).sum(), rtol=1e-3
        )


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_the_cores_precision_is_kept(dtype):
    cores = [ops.cast(core, dtype) for core in cores_of([(1, 3, 2, 2), (2, 4, 3, 1)], "float32")]
    x = ops.cast(np.random.default_rng(1).normal(size=(5, 12)).astype("float32"), dtype)
    result = tensor_train_product(cores, x)
    assert keras.backend.standardize_dtype(result.dtype) == dtype
    full = [ops.convert_to_numpy(ops.cast(each, "float32")) for each in (*cores, x)]
    expected = full[2] @ printed_matrix(full[:2])
    # Outputs of up to 10, rounded to 2^-24, 2^-11 or 2^-8 of themselves after each of two products.
    tolerance = {"float32": 1e-5, "float16": 2e-2, "bfloat16": 0.15}[dtype]
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(result, "float32")), expected, atol=tolerance)


def test_a_value_that_is_not_finite_stays_in_its_vector():
    cores = cores_of([(1, 3, 2, 2), (2, 4, 3, 1)], "float32")
    x = np.random.default_rng(1).normal(size=(5, 12)).astype("float32")
    x[2, 7] = np.nan
    finite = np.isfinite(ops.convert_to_numpy(tensor_train_product(cores, x))).all(axis=1)
    assert finite.tolist() == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "not none"),
        ([(3, 4)], r"cores must be of \(rank, input mode, output mode, rank\), not \(3, 4\)"),
        ([(2, 3, 2, 1)], "core 1 must start with rank 1, not 2"),
        ([(1, 3, 2, 2), (3, 4, 2, 1)], "core 2 must start with rank 2, not 3"),
        ([(1, 3, 2, 2)], "the last core must end with rank 1, not 2"),
    ],
)
def test_cores_that_do_not_fit_are_named(shapes, message):
    with pytest.raises(ValueError, match=message):
        tensor_train_matrix(cores_of(shapes))


def test_vectors_of_another_size_are_refused():
    with pytest.raises(ValueError, match="the cores take vectors of 12 elements, not 11"):
        tensor_train_product(cores_of([(1, 3, 2, 2), (2, 4, 3, 1)]), np.zeros((2, 11)))
