"""TFRecord files: length-prefixed records, each guarded by two masked CRC-32C sums.

A record is ``length (uint64) | masked CRC of those 8 bytes (uint32) | data | masked CRC of the data (uint32)``, all
little-endian. Source: the description at https://www.tensorflow.org/tutorials/load_data/tfrecord. Files that are also
GZIP-compressed are refused: any record is to be found at once, and the official files are plain.
"""

import errno
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import google_crc32c
import numpy as np

from compactvid.atomic import replaced
from compactvid.datasets.damaged_examples import ExampleError

HEADER = struct.Struct("<QI")
FOOTER = struct.Struct("<I")
CRC_DELTA = 0xA282EAD8
GZIP = b"\x1f\x8b"
SCAN_BYTES = 1 << 16
"""Bytes read at once while scanning: many small records (video level) or one of the few large (frame level)."""

MAX_BYTES = 1 << 30
"""Of a file that is read as a whole."""


class RecordError(ExampleError):
    """The content of a record file is not what its format asks for.

    The message names the file and, where there is one, the record, counted from 0.

    Attributes
    ----------
    path : str
        The file.
    record : int or None
        Index of the record in the file, counted from 0; None where the whole file is meant.
    """

    def __init__(self, path, record: int | None, problem: str):
        self.path, self.record, self.problem = os.fspath(path), record, problem
        where = self.path if record is None else f"{self.path}, record {record} (counted from 0)"
        super().__init__(f"{where}: {problem}")

    def __reduce__(self):
        return type(self), (self.path, self.record, self.problem)


def masked_crc32c(data: bytes | np.ndarray) -> int:
    """CRC-32C of `data`, rotated right by 15 bits and shifted by a constant, as TFRecord files store it."""
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + CRC_DELTA) & 0xFFFFFFFF


def write_records(path: str | os.PathLike, records: Iterable[bytes]) -> None:
    """Write a TFRecord file: complete and synced to disk under its name, or not at all.

    Parameters
    ----------
    path : path-like
        The file; an existing one is replaced. The bytes go to a hidden name in the same folder first.
    records : iterable of bytes
        Consumed as a stream; if it raises, the file at `path` stays as it was.

    Raises
    ------
    ValueError
        There is no record: the file would be empty, which the reader takes for a failed download.
    """
    with replaced(Path(path)) as temporary, temporary.open("wb") as file:
        for data in records:
            length = struct.pack("<Q", len(data))
            file.write(length + FOOTER.pack(masked_crc32c(length)))
            file.write(data + FOOTER.pack(masked_crc32c(data)))
        if not file.tell():
            raise ValueError(f"{path}: no record to write")


def index_records(path: str | os.PathLike) -> tuple[np.ndarray, RecordError | None]:
    """Where each record of a file begins, from the lengths in the headers; their CRCs are checked, the data not read.

    Returns
    -------
    offsets : numpy.ndarray
        int64 (records + 1,): byte offsets of the headers, and the file's size.
    damage : RecordError or None
        Why the last record, which is then the rest of the file, cannot be read: the file is empty, a header is
        truncated or fails its CRC, or the last record is cut off.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        It is no regular file.
    """
    offsets, problem = [0], ""
    with open_records(path) as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            return np.zeros(2, np.int64), RecordError(path, None, "the file is empty; expected TFRecords")
        chunk, chunk_start = b"", 0
        while (position := offsets[-1]) < size:
            begin = position - chunk_start
            if begin + HEADER.size > len(chunk):
                chunk, chunk_start, begin = os.pread(file.fileno(), SCAN_BYTES, position), position, 0
            if begin + HEADER.size > len(chunk):
                problem = f"truncated header: {len(chunk)} bytes left, expected {HEADER.size}"
                break
            length, crc = HEADER.unpack_from(chunk, begin)
            if masked_crc32c(chunk[begin : begin + 8]) != crc:
                gzip = not position and chunk.startswith(GZIP)
                problem = f"wrong CRC of the header at byte {position}; " + (
                    "the file is GZIP-compressed, expected plain records (unpack it first)"
                    if gzip
                    else f"what follows, {size - position} bytes, cannot be told apart"
                )
                break
            if (end := position + HEADER.size + length + FOOTER.size) > size:
                problem = f"truncated: its header promises {length} bytes, the file ends {end - size} short"
                break
            offsets.append(end)
    if not problem:
        return np.array(offsets, np.int64), None
    return np.array([*offsets, size], np.int64), RecordError(path, len(offsets) - 1, problem)


def read_file(path: str | os.PathLike, expected: str) -> bytes:
    """A whole file that is not of records; errors as from `open_records`, also for one larger than `MAX_BYTES`."""
    with open_records(path, expected) as file:
        if (size := os.fstat(file.fileno()).st_size) > MAX_BYTES:
            raise RecordError(path, None, f"the file has {size} bytes; expected {expected} of at most {MAX_BYTES}")
        return file.read()


def open_records(path: str | os.PathLike, expected: str = "a TFRecord file") -> BinaryIO:
    """Open a file for reading, unbuffered; an error says what is wrong with it and what was expected."""
    path, expected = Path(path), f"expected {expected}"
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, f"this is a directory; {expected}", str(path))
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise RecordError(path, None, f"not a regular file; {expected}")
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        problem = f"link to the missing {path.readlink()}" if path.is_symlink() else "no such file"
        raise FileNotFoundError(errno.ENOENT, f"{problem}; {expected}", str(path)) from None
    except PermissionError:
        raise PermissionError(errno.EACCES, f"no permission to read it; {expected}", str(path)) from None
