"""Sparse files: read back bit for bit, as large as the formulas say, positions as SciPy and TensorFlow have them."""

import math
import struct
import zlib

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.compression.pruning import magnitude_mask
from compactvid.compression.sparse_positions import POSITIONS
from compactvid.compression.sparse_storage import SparseFormat, load_sparse, save_sparse

LOSSLESS = [SparseFormat(positions, "float32", coded) for positions in POSITIONS for coded in (False, True)]
SPECIAL = [0.0, 0.0, 0.0, 0.0, -0.0, 1.5, -2.25, 1e-45, np.inf, -np.inf, np.nan, 3.4e38]
TENSORS = hnp.arrays(
    "float32", hnp.array_shapes(min_dims=1, max_dims=3, max_side=40), elements=st.sampled_from(SPECIAL), fill=st.just(0)
)


def sparse(shape=(40, 300), sparsity=0.75, seed=0):
    values = np.random.default_rng(seed).normal(size=shape).astype("float32")
    return values * magnitude_mask(values, round(sparsity * values.size)) + np.float32(0)


@pytest.mark.parametrize("sparse_format", LOSSLESS, ids=str)
def test_comes_back_bit_for_bit(tmp_path, sparse_format):
    path = tmp_path / "tensor"

    @settings(max_examples=25)
    @given(TENSORS)
    def check(tensor):
        assert save_sparse(path, tensor, sparse_format) == path.stat().st_size
        loaded = load_sparse(path)
        assert (loaded.shape, loaded.dtype) == (tensor.shape, tensor.dtype)
        np.testing.assert_array_equal(loaded.view("uint32"), tensor.view("uint32"))

    check()
    for tensor in (np.zeros((3, 5), "float32"), np.full((2, 9), -0.0, "float32"), np.float32([7])):
        save_sparse(path, tensor, sparse_format)
        np.testing.assert_array_equal(load_sparse(path).view("uint32"), tensor.view("uint32"))


@pytest.mark.parametrize(("values", "itemsize"), [("float32", 4), ("float16", 2), ("int8", 1)])
def test_files_are_as_large_as_the_formulas_say(tmp_path, values, itemsize):
    tensor = sparse()
    rows, _ = tensor.shape
    n = np.count_nonzero(tensor)
    assert n == tensor.size // 4
    flat = np.flatnonzero(tensor)
    long_gaps = sum((here - before - 1) // 255 for before, here in zip([-1, *flat], flat, strict=False))
    places = {
        "dense": 0,
        "sparse_tensor_32": 8 * n,
        "sparse_tensor_64": 16 * n,
        "csr_32": 4 * (rows + 1) + 4 * n,
        "csr_16": 4 * (rows + 1) + 2 * n,
        "byte_mask": tensor.size,
        "bitmask": math.ceil(tensor.size / 8),
        "delta": n + long_gaps,
    }
    assert places.keys() == POSITIONS.keys()
    for name, bytes_ in places.items():
        kept = tensor.size if name == "dense" else n
        found = save_sparse(tmp_path / name, tensor, SparseFormat(name, values))
        assert found == 49 + 8 * 2 + bytes_ + itemsize * kept, name


def test_columns_are_those_of_scipy_and_too_many_are_turned_into_rows(tmp_path):
    tensor = sparse((50, 70_000), 0.999)
    reference = scipy.sparse.csr_array(tensor)
    save_sparse(tmp_path / "rows", tensor, SparseFormat("csr_32"))
    data = (tmp_path / "rows").read_bytes()[13 + 16 + 32 : -4]
    expected = reference.indptr.astype("<u4"), reference.indices.astype("<u4"), reference.data
    assert data == b"".join(part.tobytes() for part in expected)
    by_columns = scipy.sparse.csc_array(tensor)
    save_sparse(tmp_path / "columns", tensor, SparseFormat("csr_16"))
    data = (tmp_path / "columns").read_bytes()[13 + 16 + 32 : -4]
    expected = by_columns.indptr.astype("<u4"), by_columns.indices.astype("<u2"), by_columns.data
    assert data == b"".join(part.tobytes() for part in expected)
    np.testing.assert_array_equal(load_sparse(tmp_path / "columns"), tensor)
    square = np.zeros((65_537, 65_537 // 2), "float32")[:, :1].repeat(1, axis=1)
    save_sparse(tmp_path / "tall", square, SparseFormat("csr_16"))
    with pytest.raises(ValueError, match=r"<u2 indices tell 65536 rows or columns apart, not 65537 x 65537 or less"):
        POSITIONS["csr_16"].encode(np.empty(0, "int64"), (65_537, 65_537))


def test_pairs_are_those_of_a_tensorflow_sparse_tensor(tmp_path):
    import tensorflow as tf

    tensor = sparse((20, 30))
    reference = tf.sparse.from_dense(tensor)
    save_sparse(tmp_path / "pairs", tensor, SparseFormat("sparse_tensor_64"))
    data = (tmp_path / "pairs").read_bytes()[13 + 16 + 32 : -4]
    assert data == reference.indices.numpy().tobytes() + reference.values.numpy().tobytes()
    assert reference.indices.dtype == tf.int64


def test_long_gaps(tmp_path):
    tensor = np.zeros(2000, "float32")
    tensor[[0, 1, 256, 511 + 1, 1023 + 2, 1999]] = 1, 2, 3, 4, 5, 6
    save_sparse(tmp_path / "gaps", tensor, SparseFormat("delta"))
    # Gaps of 0, 0, 254, 255, 512 and 973 zeros.
    data = (tmp_path / "gaps").read_bytes()[13 + 8 + 32 : -4 - 24]
    assert list(data) == [0, 0, 254, 255, 0, 255, 255, 2, 255, 255, 255, 208]
    np.testing.assert_array_equal(load_sparse(tmp_path / "gaps"), tensor)


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize("positions", ["dense", "csr_16", "bitmask"])
def test_rounded_values_are_numpys(tmp_path, positions, coded):
    tensor = sparse()
    tensor[3, 4] = 1e-9  # a stored value that rounds to 0
    save_sparse(tmp_path / "half", tensor, SparseFormat(positions, "float16", coded))
    np.testing.assert_array_equal(load_sparse(tmp_path / "half"), tensor.astype("float16").astype("float32"))
    save_sparse(tmp_path / "byte", tensor, SparseFormat(positions, "int8", coded))
    step = float(np.abs(tensor).max()) / 127
    expected = [[np.float32(round(float(value) / step) * step) for value in row] for row in tensor]
    np.testing.assert_array_equal(load_sparse(tmp_path / "byte"), np.float32(expected))
    once = load_sparse(tmp_path / "byte")
    save_sparse(tmp_path / "again", once, SparseFormat(positions, "int8", coded))
    np.testing.assert_allclose(load_sparse(tmp_path / "again"), once, rtol=1e-6)


@settings(max_examples=50)
@given(hnp.arrays("float32", (3, 5), elements=st.floats(-(2.0**99), 2.0**99, width=32)))
def test_int8_is_within_half_a_step(tmp_path_factory, tensor):
    path = tmp_path_factory.getbasetemp() / "within"
    save_sparse(path, tensor, SparseFormat("bitmask", "int8"))
    step = float(np.abs(tensor).max()) / 127
    assert (np.abs(load_sparse(path).astype("float64") - tensor) <= step * (0.5 + 1e-6) + 1e-45).all()


@pytest.mark.parametrize(("values", "factor"), [("float32", 4.0), ("float16", 7.5), ("int8", 12.0)])
def test_entropy_coded_normal_values_at_75_percent(tmp_path, values, factor):
    tensor = sparse((500, 1000))
    found = save_sparse(tmp_path / "coded", tensor, SparseFormat("bitmask", values, True))
    assert tensor.nbytes / found > factor
    # Lossless can't be below the entropy of the places, and of 23 bits of mantissa that are nearly uniform.
    places = tensor.size * (-0.75 * math.log2(0.75) - 0.25 * math.log2(0.25)) / 8
    assert found > places + tensor.size / 4 * {"float32": 22, "float16": 9, "int8": 5}[values] / 8


@pytest.mark.parametrize(
    ("tensor", "values", "message"),
    [
        (np.zeros((2, 2)), "float32", r"takes float32 with an element, not float64 of shape \(2, 2\)"),
        (np.zeros((0, 2), "float32"), "float32", r"not float32 of shape \(0, 2\)"),
        (np.float32(1), "float32", r"not float32 of shape \(\)"),
        (np.float32([65520]), "float16", "values that float16 can't hold"),
        (np.float32([np.nan, 1]), "float16", "values that float16 can't hold"),
        (np.float32([np.nan, 1]), "int8", "values that int8 can't hold"),
        (np.float32([-np.inf, 1]), "int8", "values that int8 can't hold"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_and_nothing_written(tmp_path, tensor, values, message):
    with pytest.raises(ValueError, match=message):
        save_sparse(tmp_path / "tensor", np.asarray(tensor), SparseFormat("bitmask", values))
    assert not list(tmp_path.iterdir())


def test_unknown_formats_are_refused():
    with pytest.raises(ValueError, match=r"positions must be one of dense, .*, not 'coo'"):
        SparseFormat("coo")
    with pytest.raises(ValueError, match="values must be one of float32, float16, int8, not 'bfloat16'"):
        SparseFormat("dense", "bfloat16")


@pytest.mark.parametrize("coded", [False, True])
def test_every_damaged_byte_and_every_cut_is_named(tmp_path, coded):
    path = tmp_path / "damaged"
    save_sparse(path, sparse((4, 6)), SparseFormat("bitmask", "float32", coded))
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(ValueError, match="damaged: not a readable sparse tensor: "):
            load_sparse(path)
        path.write_bytes(whole[:place])
        with pytest.raises(ValueError, match="damaged: not a readable sparse tensor: "):
            load_sparse(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(ValueError, match="its CRC-32 differs"):
        load_sparse(path)


@pytest.mark.parametrize(
    ("place", "form", "value", "message"),
    [
        (8, "B", 2, "it has version 2, not 1"),
        (9, "B", 99, "list index out of range"),
        (29, "Q", 7, "it has 6 places and 6 values, not 7"),
        (37, "Q", 4, "its parts add up to"),
    ],
)
def test_headers_that_contradict_the_content_are_named(tmp_path, place, form, value, message):
    """With a sum that fits: what another program wrote wrongly."""
    path = tmp_path / "wrong"
    save_sparse(path, sparse((4, 6)), SparseFormat("bitmask"))
    content = bytearray(path.read_bytes()[:-4])
    struct.pack_into(f"<{form}", content, place, value)
    path.write_bytes(content + struct.pack("<I", zlib.crc32(content)))
    with pytest.raises(ValueError, match=f"wrong: not a readable sparse tensor: {message}"):
        load_sparse(path)
