"""TFRecord files: length-prefixed records, each guarded by two masked CRC-32C sums.

A record is ``length (uint64) | masked CRC of those 8 bytes (uint32) | data | masked CRC of the data (uint32)``, all
little-endian. Source: the description at https://www.tensorflow.org/tutorials/load_data/tfrecord.
"""

import errno
import itertools
import operator
import os
import stat
import struct
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import google_crc32c
import numpy as np

HEADER = struct.Struct("<QI")
FOOTER = struct.Struct("<I")
PADDING = 32
"""Zero bytes behind what `RecordFiles.read` returns, so that the last record can be compared with a whole header."""
SCAN_BYTES = 1 << 16
"""Bytes read at once while scanning: many small records (video level) or one of the few large (frame level)."""


class RecordError(ValueError):
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


def masked_crc32c(data: bytes) -> int:
    """CRC-32C of `data`, rotated right by 15 bits and shifted by a constant, as TFRecord files store it."""
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


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
    path = Path(path)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        with partial.open("xb") as file:
            for data in records:
                length = struct.pack("<Q", len(data))
                file.write(length + FOOTER.pack(masked_crc32c(length)))
                file.write(data + FOOTER.pack(masked_crc32c(data)))
            if not file.tell():
                raise ValueError(f"{path}: no record to write")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def index_records(path: str | os.PathLike) -> np.ndarray:
    """Where each record of a file begins, from the lengths in the headers; their CRCs are checked, the data not read.

    Returns
    -------
    numpy.ndarray
        int64 (records + 1,): byte offsets of the headers, and the file's size.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        The file is empty or no regular file, a header is truncated or fails its CRC, or the last record is cut off.
    """
    offsets = [0]
    with _open(path) as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise RecordError(path, None, "the file is empty; expected TFRecords")
        chunk, chunk_start = b"", 0
        while (position := offsets[-1]) < size:
            record = len(offsets) - 1
            begin = position - chunk_start
            if begin + HEADER.size > len(chunk):
                chunk, chunk_start, begin = os.pread(file.fileno(), SCAN_BYTES, position), position, 0
            if begin + HEADER.size > len(chunk):
                raise RecordError(path, record, f"truncated header: {len(chunk)} bytes left, expected {HEADER.size}")
            length, crc = HEADER.unpack_from(chunk, begin)
            if masked_crc32c(chunk[begin : begin + 8]) != crc:
                gzip = (
                    "; the file is GZIP-compressed, expected plain records"
                    if chunk.startswith(b"\x1f\x8b") and not position
                    else ""
                )
                raise RecordError(path, record, f"wrong CRC of the header at byte {position}{gzip}")
            offsets.append(position + HEADER.size + length + FOOTER.size)
            if offsets[-1] > size:
                raise RecordError(
                    path,
                    record,
                    f"truncated: its header promises {length} bytes, the file ends {offsets[-1] - size} short",
                )
    return np.array(offsets, np.int64)


class RecordFiles:
    """Random access to the records of several TFRecord files, numbered through in the order of `paths`.

    Files are opened for each `read` and read with ``pread``: nothing stays open (a full data set has more shards than a
    process may open files), objects may be pickled and shared by threads, and a file cut short meanwhile is an error,
    where a memory map would kill the interpreter.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        Each file is scanned once, see `index_records` for the errors.
    """

    def __init__(self, paths: str | os.PathLike | Sequence[str | os.PathLike]):
        self.paths = [os.fspath(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
        if not self.paths:
            raise ValueError("paths is empty; expected at least one TFRecord file")
        offsets = [index_records(path) for path in self.paths]
        self._first = np.cumsum([0] + [len(of_file) - 1 for of_file in offsets])  # (files + 1,)
        self._offsets = np.concatenate(offsets)  # of record i in file f at i + f; behind a file's last its size
        self._sizes = [int(of_file[-1]) for of_file in offsets]

    def __len__(self) -> int:
        return int(self._first[-1])

    def locate(self, index: int) -> tuple[str, int]:
        """The file of a record, and its number in that file, from 0."""
        file = int(np.searchsorted(self._first, index, side="right")) - 1
        return self.paths[file], int(index - self._first[file])

    def read(self, indices: np.ndarray) -> tuple[bytearray, np.ndarray, np.ndarray]:
        """Read some records; neighbours in a file are read at once, and each record's CRC is checked each time.

        Checking costs about 0.5 µs for a video-level record, some 10 % of reading it.

        Parameters
        ----------
        indices : numpy.ndarray
            int64 (records,), ascending.

        Returns
        -------
        buffer : bytearray
            Holds the records, and `PADDING` bytes behind the last.
        starts, stops : numpy.ndarray
            int64 (records,): record ``i`` is ``buffer[starts[i]:stops[i]]``.
        """
        files = np.searchsorted(self._first, indices, side="right") - 1
        begins, ends = self._offsets[indices + files], self._offsets[indices + files + 1]
        apart = (np.diff(files) != 0) | (begins[1:] != ends[:-1])
        heads = np.append(0, np.flatnonzero(apart) + 1)  # of runs of neighbours
        lengths = np.diff(np.append(heads, len(indices)))
        sizes = np.add.reduceat(ends - begins, heads)
        targets = np.cumsum(sizes) - sizes
        buffer = bytearray(int(sizes.sum()) + PADDING)
        view = memoryview(buffer)
        runs = zip(files[heads].tolist(), begins[heads].tolist(), sizes.tolist(), targets.tolist(), strict=True)
        for file, runs_of_file in itertools.groupby(runs, key=operator.itemgetter(0)):
            with _open(self.paths[file]) as opened:
                if os.fstat(opened.fileno()).st_size != self._sizes[file]:
                    raise RecordError(self.paths[file], None, "the file has changed its size since it was scanned")
                for _, position, size, target in runs_of_file:
                    _read_into(opened, view[target : target + size], position)
        moved = np.repeat(targets - begins[heads], lengths)
        starts, stops = begins + moved + HEADER.size, ends + moved - FOOTER.size
        self._check(indices, view, starts, stops)
        return buffer, starts, stops

    def _check(self, indices: np.ndarray, view: memoryview, starts: np.ndarray, stops: np.ndarray) -> None:
        pairs = zip(starts.tolist(), stops.tolist(), strict=True)
        crc = np.array([google_crc32c.value(bytes(view[start:stop])) for start, stop in pairs], np.uint32)
        masked = (crc >> 15 | crc << 17) + np.uint32(0xA282EAD8)
        stored = windows(view, FOOTER.size)[stops].view("<u4")[:, 0]
        if (wrong := np.flatnonzero(masked != stored)).size:
            raise RecordError(*self.locate(int(indices[wrong[0]])), "wrong CRC of the data: the record is damaged")


def windows(buffer: bytes | bytearray | memoryview, width: int) -> np.ndarray:
    """View of every run of `width` bytes of a buffer: uint8 (len(buffer) - width + 1, width)."""
    return np.ndarray((len(buffer) - width + 1, width), np.uint8, buffer, strides=(1, 1))


def _open(path: str | os.PathLike) -> BinaryIO:
    path, expected = Path(path), "expected a TFRecord file"
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


def _read_into(file: BinaryIO, target: memoryview, position: int) -> None:
    while len(target):  # one call reads at most 2 GiB
        count = os.preadv(file.fileno(), [target], position)
        if not count:
            raise RecordError(file.name, None, "the file has become shorter while it was read")
        target, position = target[count:], position + count
