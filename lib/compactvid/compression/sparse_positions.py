"""Where the stored values of a sparse tensor lie, as bytes and back."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class IndexRangeError(ValueError):
    """A tensor is too large for a format's indices."""


class Positions(NamedTuple):
    """One way to store places.

    `encode` takes the places as growing indices of the flattened tensor and its shape, (rows, columns), and returns
    bytes; `decode` takes these bytes and the shape and returns the places. Both work on the transposed tensor where
    `transposed` says so of the shape.
    """

    encode: Callable[[np.ndarray, tuple[int, int]], bytes]
    decode: Callable[[Any, tuple[int, int]], np.ndarray]
    transposed: Callable[[tuple[int, int]], bool] = lambda shape: False


def _all(data: bytes, shape: tuple[int, int]) -> np.ndarray:
    return np.arange(shape[0] * shape[1])


def _pairs(dtype: str) -> Positions:
    """Row and column of each value: a coordinate list, as a SparseTensor has it."""

    def encode(places: np.ndarray, shape: tuple[int, int]) -> bytes:
        pairs = np.empty((len(places), 2), dtype)
        pairs[:, 0], pairs[:, 1] = np.divmod(places, shape[1])
        return pairs.tobytes()

    def decode(data: bytes, shape: tuple[int, int]) -> np.ndarray:
        rows, columns = np.frombuffer(data, dtype).reshape(-1, 2).T.astype("int64")
        return rows * shape[1] + columns

    return Positions(encode, decode)


def _compressed_rows(dtype: str) -> Positions:
    """Where each row's values begin (32 bits), then the column of each value.

    Where the columns are too many for the type the tensor is stored by columns: CSC in place of CSR.
    """
    limit = np.iinfo(dtype).max + 1

    def encode(places: np.ndarray, shape: tuple[int, int]) -> bytes:
        rows, columns = shape
        if columns > limit:
            raise IndexRangeError(f"{dtype} indices tell {limit} rows or columns apart, not {rows} x {columns} or less")
        starts = np.searchsorted(places, np.arange(rows + 1) * columns)
        if starts[-1] > np.iinfo("uint32").max:
            raise IndexRangeError(f"compressed rows hold {np.iinfo('uint32').max} values at most, not {starts[-1]}")
        return starts.astype("<u4").tobytes() + (places % columns).astype(dtype).tobytes()

    def decode(data: bytes, shape: tuple[int, int]) -> np.ndarray:
        starts = np.frombuffer(data, "<u4", shape[0] + 1).astype("int64")
        columns = np.frombuffer(data, dtype, offset=starts.nbytes // 2)
        return np.repeat(np.arange(shape[0]) * shape[1], np.diff(starts)) + columns

    return Positions(encode, decode, lambda shape: shape[1] > limit >= shape[0])


def _mask(places: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape[0] * shape[1], bool)
    mask[places] = True
    return mask


def _from_bits(data: bytes, shape: tuple[int, int]) -> np.ndarray:
    # NumPy finds what is True of bool several times as fast as what is not 0 of bytes.
    return np.flatnonzero(np.unpackbits(np.frombuffer(data, "uint8"), count=shape[0] * shape[1]).view(bool))


def _gaps(places: np.ndarray, shape: tuple[int, int]) -> bytes:
    """One byte a value, the number of zeros before it; a byte of 255 stands for 255 zeros without a value."""
    zeros = np.diff(places, prepend=-1) - 1
    skipped, rest = np.divmod(zeros, 255)
    data = np.full(len(zeros) + skipped.sum(), 255, "uint8")
    data[np.cumsum(skipped + 1) - 1] = rest
    return data.tobytes()


def _from_gaps(data: bytes, shape: tuple[int, int]) -> np.ndarray:
    gaps = np.frombuffer(data, "uint8")
    values = gaps != 255
    return np.cumsum(gaps, dtype="int64")[values] + np.arange(np.count_nonzero(values))


POSITIONS = {
    "dense": Positions(lambda places, shape: b"", _all),
    "sparse_tensor_32": _pairs("<i4"),
    "sparse_tensor_64": _pairs("<i8"),
    "csr_32": _compressed_rows("<u4"),
    "csr_16": _compressed_rows("<u2"),
    "byte_mask": Positions(
        lambda places, shape: _mask(places, shape).tobytes(),
        lambda data, shape: np.flatnonzero(np.frombuffer(data, bool)),
    ),
    "bitmask": Positions(lambda places, shape: np.packbits(_mask(places, shape)).tobytes(), _from_bits),
    "delta": Positions(_gaps, _from_gaps),
}
"""Name -> how places are stored: bytes for n values of e elements in r rows.

dense 0 (every element is a value); sparse_tensor_32 8 n, as Liu & Liu 2018 (section 2.2) reckon; sparse_tensor_64 16 n,
as TensorFlow's SparseTensor does; csr_32 4 (r + 1) + 4 n; csr_16 4 (r + 1) + 2 n, where r counts columns if only the
rows' numbers fit into 16 bits; byte_mask e, as TensorFlow's booleans; bitmask e / 8, rounded up; delta n, and a byte
for every 255 zeros in a row.
"""
