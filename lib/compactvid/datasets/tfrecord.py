"""TFRecord files: length-prefixed records, each guarded by two masked CRC-32C sums.

A record is ``length (uint64) | masked CRC of those 8 bytes (uint32) | data | masked CRC of the data (uint32)``, all
little-endian. Source: the description at https://www.tensorflow.org/tutorials/load_data/tfrecord.
"""

import os
import struct
import uuid
from collections.abc import Iterable
from pathlib import Path

import google_crc32c

HEADER = struct.Struct("<QI")
FOOTER = struct.Struct("<I")


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
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        with partial.open("xb") as file:
            for data in records:
                length = struct.pack("<Q", len(data))
                file.write(length + FOOTER.pack(masked_crc32c(length)))
                file.write(data + FOOTER.pack(masked_crc32c(data)))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
