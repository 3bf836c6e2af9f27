"""A sparse tensor as a file, in any of several formats, and back."""

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compactvid.atomic import replaced
from compactvid.compression.sparse_positions import POSITIONS

Buffer = bytes | memoryview
VALUES = ("float32", "float16", "int8")
_MAGIC, _VERSION = b"CVSPARSE", 1
_HEADER, _LENGTHS, _CHECKSUM = struct.Struct("<8s5B"), struct.Struct("<QQQd"), struct.Struct("<I")


@dataclass(frozen=True)
class SparseFormat:
    """How a tensor is written to a file.

    Parameters
    ----------
    positions
        How places of values are stored: a name in `sparse_positions.POSITIONS`. With "dense" every element is a value,
        otherwise every element but 0.0 is (-0.0 is a value).
    values
        "float32": bit for bit. "float16": rounded to it. "int8": rounded to multiples of the largest magnitude / 127.
    entropy_coded
        Compress places and values with Zstandard, the values byte by byte: first every value's lowest byte, and so on,
        for exponents compress and mantissas do not.

    Raises
    ------
    ValueError
        There are no such positions or values.
    """

    positions: str
    values: str = "float32"
    entropy_coded: bool = False

    def __post_init__(self) -> None:
        for field, known in (("positions", POSITIONS), ("values", VALUES)):
            if getattr(self, field) not in known:
                raise ValueError(
                    f"SparseFormat: {field} must be one of {', '.join(known)}, not {getattr(self, field)!r}"
                )

    def __str__(self) -> str:
        return ", ".join([self.positions, self.values] + ["zstd"] * self.entropy_coded)


def save_sparse(path: Path, tensor: np.ndarray, sparse_format: SparseFormat) -> int:
    """Write a tensor to a file; return the file's size in bytes.

    The file, little-endian: 8 bytes `CVSPARSE`; one byte each for version, number of the positions (in the order of
    `POSITIONS`), number of the values (of `VALUES`), whether entropy-coded, and number of dimensions; the dimensions, 8
    bytes each; 8 bytes each for the number of values, the bytes of the places, the bytes of the values, and the float64
    scale of int8 values; the places; the values; CRC-32 of all that. That is 49 bytes and 8 a dimension beside places
    and values.

    Parameters
    ----------
    tensor
        float32, of at least one dimension and one element; compressed rows and pairs see it as a matrix of its last
        dimension's columns.

    Raises
    ------
    ValueError
        The tensor is of another dtype or empty; values that the format can't hold: not finite, or infinite in float16;
        or, as `IndexRangeError`, too many rows and columns for its indices.
    """
    if tensor.dtype != np.float32 or tensor.ndim == 0 or tensor.size == 0:
        raise ValueError(f"save_sparse takes float32 with an element, not {tensor.dtype} of shape {tensor.shape}")
    stored = POSITIONS[sparse_format.positions]
    matrix = tensor.reshape(-1, tensor.shape[-1])
    if stored.transposed(matrix.shape):
        matrix = np.ascontiguousarray(matrix.T)
    flat = matrix.reshape(-1)
    if sparse_format.positions == "dense":
        indices, kept = np.arange(flat.size), flat
    else:
        indices = np.flatnonzero(flat.view("uint32") != 0)
        kept = flat[indices]
    places = stored.encode(indices, matrix.shape)
    values, scale = _encode(kept, sparse_format.values)
    if sparse_format.entropy_coded:
        planes = np.ascontiguousarray(values.view("uint8").reshape(-1, values.itemsize).T)
        places, content = _compress(places), _compress(planes.tobytes())
    else:
        content = values.tobytes()
    codes = list(POSITIONS).index(sparse_format.positions), VALUES.index(sparse_format.values)
    parts = [
        _HEADER.pack(_MAGIC, _VERSION, *codes, sparse_format.entropy_coded, tensor.ndim),
        struct.pack(f"<{tensor.ndim}Q", *tensor.shape),
        _LENGTHS.pack(len(kept), len(places), len(content), scale),
        places,
        content,
    ]
    checksum = 0
    with replaced(path) as temporary, temporary.open("wb") as file:
        for part in parts:
            checksum = zlib.crc32(part, checksum)
            file.write(part)
        file.write(_CHECKSUM.pack(checksum))
    return path.stat().st_size


def load_sparse(path: Path) -> np.ndarray:
    """Read a file of `save_sparse`: the tensor, float32, bit for bit where its values are stored as such.

    Raises
    ------
    ValueError
        It is no such file, of another version, or damaged; it is named.
    """
    data = memoryview(path.read_bytes())
    try:
        if data[:8] != _MAGIC:
            raise ValueError(f"it begins with {bytes(data[:8])!r}, not {_MAGIC!r}")
        if _CHECKSUM.unpack(data[-4:])[0] != zlib.crc32(data[:-4]):
            raise ValueError("its CRC-32 differs")
        return _parse(data[:-4])
    except (ValueError, IndexError, struct.error) as error:
        raise ValueError(f"{path}: not a readable sparse tensor: {error}") from error


def _parse(data: memoryview) -> np.ndarray:
    _, version, positions, values, entropy_coded, dimensions = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"it has version {version}, not {_VERSION}")
    shape = struct.unpack_from(f"<{dimensions}Q", data, _HEADER.size)
    start = _HEADER.size + 8 * dimensions
    count, *lengths, scale = _LENGTHS.unpack_from(data, start)
    start += _LENGTHS.size
    if start + sum(lengths) != len(data):
        raise ValueError(f"its parts add up to {start + sum(lengths)} bytes, not {len(data)}")
    parts: tuple[Buffer, Buffer] = data[start : start + lengths[0]], data[start + lengths[0] :]
    dtype = np.dtype(VALUES[values]).newbyteorder("<")
    if entropy_coded:
        planes = np.frombuffer(_decompress(parts[1]), "uint8").reshape(dtype.itemsize, -1)
        parts = _decompress(parts[0]), np.ascontiguousarray(planes.T).tobytes()
    stored = list(POSITIONS.values())[positions]
    matrix = math.prod(shape[:-1]), shape[-1]
    turned = stored.transposed(matrix)
    indices = stored.decode(parts[0], matrix[::-1] if turned else matrix)
    found = np.frombuffer(parts[1], dtype)
    if not len(indices) == len(found) == count:
        raise ValueError(f"it has {len(indices)} places and {len(found)} values, not {count}")
    tensor = np.zeros(matrix[::-1] if turned else matrix, "float32")
    tensor.reshape(-1)[indices] = _decode(found, scale)
    return np.ascontiguousarray(tensor.T if turned else tensor).reshape(shape)


def _encode(kept: np.ndarray, values: str) -> tuple[np.ndarray, float]:
    if values == "float32":
        return kept.astype("<f4", copy=False), 1.0
    if values == "float16":
        with np.errstate(over="ignore"):
            rounded, scale = kept.astype("<f2"), 1.0
    else:
        largest = float(np.abs(kept).max(initial=0.0))
        scale = largest / 127 or 1.0
        rounded = np.rint(kept.astype("float64") / scale) if np.isfinite(scale) else kept
    if not np.isfinite(rounded).all():
        raise ValueError(f"save_sparse: there are values that {values} can't hold")
    return rounded.astype("int8") if values == "int8" else rounded, scale


def _decode(found: np.ndarray, scale: float) -> np.ndarray:
    return found if found.dtype.kind == "f" else (found * scale).astype("float32")


def _compress(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


def _decompress(data: Buffer) -> bytes:
    import zstandard

    try:
        return zstandard.decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
