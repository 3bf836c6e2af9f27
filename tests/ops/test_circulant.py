import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from scipy.linalg import circulant

from compactvid.ops import circulant_matrix, circulant_product

# Transforms of the size itself, even and odd; a prime, in one segment; few rows, in several.
CASES = [(1, 1, 1), (8, 8, 2), (15, 4, 1), (101, 101, 2), (600, 10, 1)]


def example(size, blocks=2, vectors=2, batch=3, dtype="float32"):
    random = np.random.default_rng(size)
    return random.normal(size=(blocks, size)).astype(dtype), random.normal(size=(batch, vectors, size)).astype(dtype)


def dense_products(columns, x, rows):
    """Each vector times the rows of its block's matrix, which SciPy writes in full."""
    x = np.broadcast_to(x.astype("float64"), (len(x), *columns.shape))
    matrices = np.stack([circulant(column)[:rows] for column in columns.astype("float64")])
    return np.einsum("krn,bkn->bkr", matrices, x)


# float32: sums of n products in another order, 2^-24 of the largest sum each; float64 likewise.
@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 3), st.booleans(), st.data())
def test_products_of_any_size_are_those_of_scipy(size, blocks, paired, data):
    rows = data.draw(st.integers(1, size))
    columns, x = example(size, blocks, blocks if paired else 1)
    result = ops.convert_to_numpy(circulant_product(columns, x, rows))
    np.testing.assert_allclose(result, dense_products(columns, x, rows), atol=2e-5)


def test_one_matrix_needs_no_blocks():
    columns, x = example(6, blocks=1)
    result = ops.convert_to_numpy(circulant_product(columns[0], x))
    np.testing.assert_allclose(result, x @ circulant(columns[0]).T, atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(circulant_product(columns[0], x[0, 0])), result[0, 0], atol=1e-6)


@pytest.mark.parametrize(("size", "rows", "vectors"), CASES)
def test_product_and_gradient_are_those_of_the_dense_matrices(vector_jacobian_product, size, rows, vectors):
    columns, x = example(size, vectors=vectors)
    upstream = np.random.default_rng(0).normal(size=(3, 2, rows)).astype("float32")
    tolerance = 1e-6 * size + 2e-5
    result = ops.convert_to_numpy(circulant_product(columns, x, rows))
    np.testing.assert_allclose(result, dense_products(columns, x, rows), atol=tolerance)
    result = vector_jacobian_product(lambda c, x: circulant_product(c, x, rows), (columns, x), upstream)
    by_column, by_vector = np.zeros(columns.shape), np.zeros(x.shape)
    for block in range(2):
        vector = block if vectors == 2 else 0
        by_vector[:, vector] += upstream[:, block] @ circulant(columns[block])[:rows]
        for j in range(size):  # y_k = sum over j of c_j x_(k - j)
            by_column[block, j] = (upstream[:, block] * np.roll(x[:, vector], j, axis=-1)[:, :rows]).sum()
    np.testing.assert_allclose(result[0], by_column, atol=tolerance)
    np.testing.assert_allclose(result[1], by_vector, atol=tolerance)


def test_float64_gradient_is_the_finite_difference(vector_jacobian_product):
    columns, x = example(12, dtype="float64")
    step = np.random.default_rng(1).normal(size=columns.shape)
    (gradient, _) = vector_jacobian_product(
        lambda c, x: circulant_product(c, x, 5) ** 2, (columns, x), np.ones((3, 2, 5))
    )
    values = [(ops.convert_to_numpy(circulant_product(columns + h * step, x, 5)) ** 2).sum() for h in (1e-6, -1e-6)]
    np.testing.assert_allclose((gradient * step).sum(), (values[0] - values[1]) / 2e-6, rtol=1e-7)


def test_float64_is_computed_in_float64():
    columns, x = example(211, dtype="float64")
    result = ops.convert_to_numpy(circulant_product(columns, x))
    np.testing.assert_allclose(result, dense_products(columns, x, 211), atol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bits_are_computed_in_float32(dtype):
    columns, x = (ops.cast(each, dtype) for each in example(64))
    result = circulant_product(columns, x)
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
    columns, x = (ops.convert_to_numpy(ops.cast(each, "float32")) for each in (columns, x))
    np.testing.assert_allclose(ops.convert_to_numpy(result), dense_products(columns, x, 64), atol=5e-5)


@pytest.mark.parametrize(("size", "rows"), [(8, 8), (101, 101), (600, 10)])
def test_a_nan_stays_in_its_vector(size, rows):
    columns, x = example(size, blocks=1, vectors=1)
    expected = ops.convert_to_numpy(circulant_product(columns, x, rows))
    x[1, 0, size // 2] = np.nan
    result = ops.convert_to_numpy(circulant_product(columns, x, rows))
    assert np.isnan(result[1]).all()
    np.testing.assert_array_equal(result[[0, 2]], expected[[0, 2]])


def test_matrices_are_those_of_scipy():
    columns, _ = example(9)
    result = ops.convert_to_numpy(circulant_matrix(columns))
    np.testing.assert_array_equal(result, [circulant(column) for column in columns])


@pytest.mark.parametrize(("size", "rows"), [(5, None), (4, 0), (4, 5)])
def test_sizes_that_do_not_fit_are_refused(size, rows):
    with pytest.raises(
        ValueError, match=rf"{rows or (0 if rows == 0 else 4)} rows .* size 4, times vectors of {size} "
    ):
        circulant_product(np.ones((1, 4), "float32"), np.ones((2, 1, size), "float32"), rows)
