"""The framing of TFRecord files, beside TensorFlow's own reader and writer."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.tfrecord import (
    MAX_BYTES,
    SCAN_BYTES,
    RecordError,
    index_records,
    masked_crc32c,
    read_file,
    write_records,
)

RECORDS = [b"", b"a", bytes(range(256)) * 40, b"tail"]


def slow_masked_crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli, RFC 3720) bit by bit, then TFRecord's mask."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) % 2**32


@given(st.binary(max_size=60))
def test_checksum_is_the_masked_castagnoli_sum(data):
    assert masked_crc32c(data) == slow_masked_crc32c(data)


def test_tensorflow_reads_what_is_written(tf, tmp_path):
    write_records(tmp_path / "ours", iter(RECORDS))
    assert list(tf.data.TFRecordDataset(str(tmp_path / "ours")).as_numpy_iterator()) == RECORDS


def test_bytes_equal_those_that_tensorflow_writes(tmp_path, tensorflow_write):
    write_records(tmp_path / "ours", RECORDS)
    theirs = tensorflow_write(tmp_path / "theirs", RECORDS)
    assert (tmp_path / "ours").read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("size", [0, 1, SCAN_BYTES - 17, SCAN_BYTES - 16, SCAN_BYTES - 12, SCAN_BYTES, 3 * SCAN_BYTES])
def test_index_finds_every_record_whatever_its_size(tmp_path, size):
    records = [b"first", bytes(size), b"between", bytes(size), b"last"]
    write_records(tmp_path / "file", records)
    expected = np.cumsum([0] + [len(record) + 16 for record in records])
    offsets, damage = index_records(tmp_path / "file")
    np.testing.assert_array_equal(offsets, expected)
    assert damage is None


def test_failing_source_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    write_records(path, [b"old"])
    before = path.read_bytes()

    def source():
        yield b"new"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_records(path, source())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_no_record_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no record to write"):
        write_records(tmp_path / "file", [])
    assert list(tmp_path.iterdir()) == []


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a TFRecord file: '.*absent'"):
        index_records(tmp_path / "absent")


def test_dangling_link_names_its_target(tmp_path):
    (tmp_path / "link").symlink_to("gone")
    with pytest.raises(FileNotFoundError, match=r"link to the missing gone; expected a TFRecord file: '.*link'"):
        index_records(tmp_path / "link")


def test_link_to_itself_is_named(tmp_path):
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(OSError, match=r"Too many levels of symbolic links: '.*link'"):
        index_records(tmp_path / "link")


def test_whole_file_larger_than_any_real_one_is_not_read(tmp_path):
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", MAX_BYTES + 1)
    with pytest.raises(RecordError, match=f"the file has {MAX_BYTES + 1} bytes; expected a list of at most"):
        read_file(tmp_path / "sparse", "a list")


def test_folder_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="this is a directory; expected a TFRecord file"):
        index_records(tmp_path)


def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RecordError, match="pipe: not a regular file"):
        index_records(tmp_path / "pipe")


def test_file_without_permission_is_named(tmp_path):
    path = tmp_path / "file"
    write_records(path, RECORDS)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root may read anything: be nobody meanwhile
        for folder in path.parents[:3]:
            folder.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(PermissionError, match=r"no permission to read it; expected a TFRecord file: '.*file'"):
            index_records(path)
    finally:
        os.seteuid(user)


def damaged(tmp_path: Path, change) -> Path:
    path = tmp_path / "file"
    write_records(path, RECORDS)
    path.write_bytes(change(path.read_bytes()))
    return path


def header(length: int) -> bytes:
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", slow_masked_crc32c(packed))


REST = "what follows, {} bytes, cannot be told apart"
ENDS = [0, 16, 33, 33 + 10256, 33 + 10256 + 20]
"""Where the records end: 16 bytes more than each holds."""


@pytest.mark.parametrize(
    ("change", "intact", "problem"),
    [
        (lambda data: b"", 0, "the file is empty; expected TFRecords"),
        (lambda data: data[:7], 0, "truncated header: 7 bytes left, expected 12"),
        (lambda data: data[:20], 1, "truncated header: 4 bytes left, expected 12"),
        (lambda data: data[:-1], 3, "truncated: its header promises 4 bytes, the file ends 1 short"),
        (lambda data: data[:32], 1, "truncated: its header promises 1 bytes, the file ends 1 short"),
        (lambda data: b"\x01" + data[1:], 0, f"wrong CRC of the header at byte 0; {REST.format(10309)}"),
        (lambda data: data[:16] + b"\xff" + data[17:], 1, f"wrong CRC of the header at byte 16; {REST.format(10293)}"),
        (lambda data: data + bytes(20), 4, f"wrong CRC of the header at byte 10309; {REST.format(20)}"),
        (lambda data: data + header(2**64 - 1), 4, "truncated: its header promises 18446744073709551615 bytes"),
        (gzip.compress, 0, "wrong CRC of the header at byte 0; the file is GZIP-compressed, expected plain records"),
    ],
    ids=lambda value: str(value) if not callable(value) else "",
)
def test_damage_is_named_with_file_and_record(tmp_path, change, intact, problem):
    """What lies before it is found; the rest of the file is one more record."""
    path = damaged(tmp_path, change)
    offsets, damage = index_records(path)
    assert offsets.tolist() == [*ENDS[: intact + 1], path.stat().st_size]
    assert damage.path == str(path)
    assert damage.record == (intact if path.stat().st_size else None)
    where = f"{path}, record {intact} (counted from 0)" if path.stat().st_size else str(path)
    assert str(damage).startswith(f"{where}: {problem}")
