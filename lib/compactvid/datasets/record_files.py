"""Random access to the records of many TFRecord files."""

import copy
import itertools
import operator
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import google_crc32c
import numpy as np

from compactvid.datasets.damaged_examples import OnError
from compactvid.datasets.tfrecord import (
    CRC_DELTA,
    FOOTER,
    HEADER,
    RecordError,
    index_records,
    masked_crc32c,
    open_records,
)

PADDING = 32
"""Zero bytes behind what `RecordFiles.read` returns, so that the last record can be compared with a whole header."""


class RecordFiles:
    """Random access to the records of several TFRecord files, numbered through in the order of `paths`.

    Files are opened for each `read` and read with ``pread``: nothing stays open (a full data set has more shards than a
    process may open files), objects may be pickled and shared by threads, and a file cut short meanwhile is an error,
    where a memory map would kill the interpreter.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        Each file is scanned once, see `index_records` for the errors.
    on_error : {"raise", "skip"}
        Whether damage to a file's headers is an error now, or whenever the rest of the file is read, which then counts
        as one record.
    """

    def __init__(self, paths: str | os.PathLike | Sequence[str | os.PathLike], on_error: OnError = "raise"):
        self.paths = [os.fspath(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
        if not self.paths:
            raise ValueError("paths is empty; expected at least one TFRecord file")
        offsets, damaged = [], {}
        for file, path in enumerate(self.paths):
            of_file, damage = index_records(path)
            if damage and on_error == "raise":
                raise damage
            if damage:
                damaged[file] = damage
            offsets.append(of_file)
        self._first = np.cumsum([0] + [len(of_file) - 1 for of_file in offsets])  # (files + 1,)
        self._offsets = np.concatenate(offsets)  # of record i in file f at i + f; behind a file's last its size
        self._damage = {int(self._first[file + 1]) - 1: damage for file, damage in damaged.items()}
        self._sizes = [int(of_file[-1]) for of_file in offsets]

    def __len__(self) -> int:
        return int(self._first[-1])

    def locate(self, index: int) -> tuple[str, int]:
        """The file of a record, and its number in that file, from 0."""
        file = int(np.searchsorted(self._first, index, side="right")) - 1
        return self.paths[file], int(index - self._first[file])

    def read(self, indices: np.ndarray) -> tuple[bytearray, np.ndarray, np.ndarray]:
        """Read some records at once, for records that are looked at together; each record's CRC is checked each time.

        Neighbours in a file are read by one call. Checking costs some 10 % of reading.

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
        files, begins, ends = self._spans(indices)
        apart = (np.diff(files) != 0) | (begins[1:] != ends[:-1])
        heads = np.append(0, np.flatnonzero(apart) + 1)  # of runs of neighbours
        sizes = np.add.reduceat(ends - begins, heads)
        targets = np.cumsum(sizes) - sizes
        buffer = bytearray(int(sizes.sum()) + PADDING)
        view = memoryview(buffer)
        runs = zip(files[heads].tolist(), begins[heads].tolist(), sizes.tolist(), targets.tolist(), strict=True)
        for file, runs_of_file in itertools.groupby(runs, key=operator.itemgetter(0)):
            with self._opened(file) as descriptor:
                for _, position, size, target in runs_of_file:
                    self._read_into(file, descriptor, view[target : target + size], position)
        stops = np.cumsum(ends - begins) - FOOTER.size
        starts = stops + FOOTER.size - (ends - begins) + HEADER.size
        data = np.frombuffer(buffer, np.uint8)
        spans = zip(starts.tolist(), stops.tolist(), strict=True)
        crc = np.array([google_crc32c.value(data[start:stop]) for start, stop in spans], np.uint32)
        masked = (crc >> 15 | crc << 17) + np.uint32(CRC_DELTA)
        stored = windows(buffer, FOOTER.size)[stops].view("<u4")[:, 0]
        if (wrong := np.flatnonzero(masked != stored)).size:
            raise self._damaged(int(indices[wrong[0]]))
        return buffer, starts, stops

    def read_singly(self, indices: np.ndarray) -> Iterator[tuple[bytearray, int, int]]:
        """Read some records one by one, all into the same memory, which the processor keeps at hand; CRCs are checked.

        Parameters
        ----------
        indices : numpy.ndarray
            int64 (records,), ascending.

        Yields
        ------
        buffer : bytearray
            Written over when the next record is asked for.
        start, stop : int
            The record is ``buffer[start:stop]``.
        """
        files, begins, ends = self._spans(indices)
        buffer = bytearray(int((ends - begins).max(initial=0)))
        view, data = memoryview(buffer), np.frombuffer(buffer, np.uint8)
        rows = zip(indices.tolist(), files.tolist(), begins.tolist(), (ends - begins).tolist(), strict=True)
        for file, rows_of_file in itertools.groupby(rows, key=operator.itemgetter(1)):
            with self._opened(file) as descriptor:
                for index, _, position, size in rows_of_file:
                    self._read_into(file, descriptor, view[:size], position)
                    start, stop = HEADER.size, size - FOOTER.size
                    if (masked_crc32c(data[start:stop]),) != FOOTER.unpack_from(buffer, stop):
                        raise self._damaged(index)
                    yield buffer, start, stop

    def _spans(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The file of each record, and where it begins and ends there, header and footer included."""
        if self._damage and (damaged := self._damage.keys() & set(indices.tolist())):
            raise copy.copy(self._damage[min(damaged)])
        files = np.searchsorted(self._first, indices, side="right") - 1
        return files, self._offsets[indices + files], self._offsets[indices + files + 1]

    def _damaged(self, index: int) -> RecordError:
        return RecordError(*self.locate(index), "wrong CRC of the data: the record is damaged")

    @contextmanager
    def _opened(self, file: int) -> Iterator[int]:
        try:
            descriptor = os.open(self.paths[file], os.O_RDONLY | os.O_NONBLOCK)  # does not wait for a pipe's writer
        except OSError:
            open_records(self.paths[file]).close()  # says what is wrong
            raise
        try:
            if os.fstat(descriptor).st_size != self._sizes[file]:
                raise RecordError(self.paths[file], None, "the file has changed its size since it was scanned")
            yield descriptor
        finally:
            os.close(descriptor)

    def _read_into(self, file: int, descriptor: int, target: memoryview, position: int) -> None:
        while len(target):  # one call reads at most 2 GiB
            if not (count := os.preadv(descriptor, [target], position)):
                raise RecordError(self.paths[file], None, "the file has become shorter while it was read")
            target, position = target[count:], position + count


def windows(buffer: bytes | bytearray | memoryview, width: int) -> np.ndarray:
    """View of every run of `width` bytes of a buffer: uint8 (len(buffer) - width + 1, width)."""
    return np.ndarray((len(buffer) - width + 1, width), np.uint8, buffer, strides=(1, 1))
