"""Random access to records, beside a plain list of them."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets.record_files import PADDING, RecordFiles
from compactvid.datasets.tfrecord import RecordError, write_records

FILES = [[b"a" * 5, b"", b"b" * 300], [b"c"], [b"d" * 70_000, b"e" * 7, b"f", b"g" * 90_000]]
FLAT = [record for records in FILES for record in records]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    for number, records in enumerate(FILES):
        write_records(folder / f"{number}", records)
    return [folder / f"{number}" for number in range(len(FILES))]


@pytest.fixture(scope="module")
def files(paths):
    return RecordFiles(paths)


@given(st.sets(st.integers(0, len(FLAT) - 1), min_size=1))
def test_any_records_are_read_as_written(files, numbers):
    indices = np.array(sorted(numbers))
    buffer, starts, stops = files.read(indices)
    assert [bytes(buffer[start:stop]) for start, stop in zip(starts, stops, strict=True)] == [FLAT[i] for i in indices]
    assert buffer[-PADDING:] == bytes(PADDING)
    assert [buffer[start:stop] for buffer, start, stop in files.read_singly(indices)] == [FLAT[i] for i in indices]


def test_records_of_tensorflow_are_read(tmp_path, tensorflow_write):
    files = RecordFiles(tensorflow_write(tmp_path / "theirs", FLAT))
    buffer, starts, stops = files.read(np.arange(len(FLAT)))
    assert [bytes(buffer[start:stop]) for start, stop in zip(starts, stops, strict=True)] == FLAT


def test_locate_counts_from_zero_in_each_file(paths, files):
    expected = [
        (str(path), record) for path, records in zip(paths, FILES, strict=True) for record in range(len(records))
    ]
    assert [files.locate(index) for index in range(len(files))] == expected


def test_pickled_copy_reads_the_same(files):
    buffer, *_ = pickle.loads(pickle.dumps(files)).read(np.arange(len(FLAT)))
    assert buffer == files.read(np.arange(len(FLAT)))[0]


def test_no_descriptor_stays_open(files):
    before = len(list(Path("/proc/self/fd").iterdir()))
    files.read(np.arange(len(FLAT)))
    next(files.read_singly(np.arange(len(FLAT))))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@settings(max_examples=30)
@given(record=st.integers(0, 3), place=st.integers(0, 2**32), bit=st.integers(0, 7))
def test_flipped_bit_of_the_data_names_file_and_record(tmp_path_factory, record, place, bit):
    path = tmp_path_factory.mktemp("flipped") / "file"
    records = [b"one", b"two" * 50, b"three", b"four" * 9]
    write_records(path, records)
    data = bytearray(path.read_bytes())
    start = sum(len(before) + 16 for before in records[:record]) + 12
    data[start + place % (len(records[record]) + 4)] ^= 1 << bit  # the data or their sum
    path.write_bytes(data)
    files = RecordFiles(path)
    with pytest.raises(RecordError, match=rf"file, record {record} \(counted from 0\): wrong CRC of the data"):
        files.read(np.arange(4))
    with pytest.raises(RecordError, match=rf"file, record {record} \(counted from 0\): wrong CRC of the data"):
        list(files.read_singly(np.arange(4)))
    others = np.array([other for other in range(4) if other != record])
    files.read(others)
    assert len(list(files.read_singly(others))) == 3


def test_file_that_shrinks_after_the_scan_is_an_error(tmp_path):
    write_records(tmp_path / "file", [b"one", b"two"])
    files = RecordFiles(tmp_path / "file")
    (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:-10])
    with pytest.raises(RecordError, match="file: the file has changed its size since it was scanned"):
        files.read(np.array([0, 1]))
    with pytest.raises(RecordError, match="file: the file has changed its size since it was scanned"):
        next(files.read_singly(np.array([0, 1])))


def test_file_that_goes_after_the_scan_is_an_error(tmp_path):
    write_records(tmp_path / "file", [b"one"])
    files = RecordFiles(tmp_path / "file")
    (tmp_path / "file").unlink()
    with pytest.raises(FileNotFoundError, match="no such file; expected a TFRecord file"):
        files.read(np.array([0]))


def test_no_paths_is_an_error():
    with pytest.raises(ValueError, match="paths is empty; expected at least one TFRecord file"):
        RecordFiles([])
