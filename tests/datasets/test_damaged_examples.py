"""Damaged records that are skipped: what is left is what intact files give, and the account names every one."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from compactvid.datasets import youtube8m
from compactvid.datasets.damaged_examples import ExampleError, SkippedExamples
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.tfrecord import RecordError, index_records

SIZES, LENGTHS = {"rgb": 5, "audio": 2}, (5, 7, 4)
CLASSES = 20


def write(folder: Path) -> list[Path]:
    random, paths = np.random.default_rng(0), [folder / f"{number}.tfrecord" for number in range(len(LENGTHS))]
    for number, path in enumerate(paths):
        youtube8m.write_frame_level(
            path,
            [
                {"id": f"{number}.{record}", "labels": [record]}
                | {name: random.integers(0, 256, (4, size), np.uint8) for name, size in SIZES.items()}
                for record in range(LENGTHS[number])
            ],
        )
    return paths


def flip(path: Path, record: int, byte: int) -> None:
    """Damage a byte of a record, counted from its header."""
    data = bytearray(path.read_bytes())
    data[index_records(path)[0][record] + byte] ^= 4
    path.write_bytes(data)


def read(paths, **options):
    defaults = {"num_classes": CLASSES, "feature_sizes": SIZES, "max_frames": 4, "batch_size": 6, "seed": 3}
    return youtube8m.read_frame_level(paths, **defaults | options)


@pytest.fixture
def files(tmp_path):
    """Intact files, and the same with damage to the data of three records and to the last header of all."""
    (tmp_path / "intact").mkdir()
    (tmp_path / "damaged").mkdir()
    intact, damaged = write(tmp_path / "intact"), write(tmp_path / "damaged")
    for path, record, byte in ((0, 1, 20), (0, 4, 30), (1, 3, 12), (2, 3, 2)):
        flip(damaged[path], record, byte)
    return intact, damaged


BAD = {"0.1", "0.4", "1.3", "2.3"}


def read_quietly(batches, step):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return batches.batch(step)


@pytest.mark.parametrize("halves", [False, True])
def test_other_examples_and_batches_stay_as_they_are(files, halves):
    options = {"halves": halves, "frames": RandomFrames(1), "max_frames": 3}
    intact, damaged = read(files[0], **options), read(files[1], **options, on_error="skip")
    assert len(damaged) == len(intact)
    for step in (9, 2, 0, 1, 3, 2, 14):  # in any order, again, and in later epochs
        (inputs, labels), (expected, expected_labels) = read_quietly(damaged, step), intact.batch(step)
        ids = intact.ids(step)
        left = [row for row, video_id in enumerate(ids) if video_id not in BAD]
        assert damaged.ids(step) == [ids[row] for row in left]
        np.testing.assert_array_equal(labels, expected_labels[left])
        for name, values in expected.items():
            np.testing.assert_array_equal(inputs[name], values[left])
    assert not intact.skipped


def test_every_skip_is_counted_and_named(files):
    _, paths = files
    batches = read(paths, on_error="skip")
    assert str(batches.skipped) == "no examples skipped"
    with pytest.warns(UserWarning, match="epoch 0: 4 examples skipped: ") as caught:
        assert sum(len(labels) for _, labels in batches) == sum(LENGTHS) - len(BAD)
    assert len(caught) == 1  # a line an epoch
    assert str(caught[0].message) == f"epoch 0: {batches.skipped}"
    wrong_crc = "wrong CRC of the data: the record is damaged"
    header = "wrong CRC of the header at byte 444; what follows, 148 bytes, cannot be told apart"
    assert {index: str(error) for index, error in batches.skipped.errors.items()} == {
        1: f"{paths[0]}, record 1 (counted from 0): {wrong_crc}",
        4: f"{paths[0]}, record 4 (counted from 0): {wrong_crc}",
        8: f"{paths[1]}, record 3 (counted from 0): {wrong_crc}",
        15: f"{paths[2]}, record 3 (counted from 0): {header}",
    }
    assert len(batches) == 3
    batches.batch(3)  # in the middle of the next epoch no line
    with pytest.warns(UserWarning, match="epoch 1: 4 examples skipped"):
        batches.batch(5)


def test_rest_of_a_file_counts_as_one(files):
    intact, _ = files
    flip(intact[1], 2, 2)
    batches = read(intact, seed=None, batch_size=5, on_error="skip")
    assert batches.num_examples == 5 + 3 + 4
    assert batches.ids(1) == ["1.0", "1.1", "2.0", "2.1"]
    ((index, error),) = batches.skipped.errors.items()
    assert (index, error.path, error.record) == (7, str(intact[1]), 2)


def test_empty_file_is_skipped_and_named(files):
    intact, _ = files
    intact[0].write_bytes(b"")
    batches = read(intact, seed=None, batch_size=20, on_error="skip")
    with pytest.warns(UserWarning, match=r"epoch 0: 1 example skipped: .*0\.tfrecord: the file is empty"):
        _, labels = batches.batch(0)
    assert len(labels) == 11


def test_missing_file_is_no_damage(files):
    intact, _ = files
    intact[1].unlink()
    with pytest.raises(FileNotFoundError, match="no such file"):
        read(intact, on_error="skip")


def test_batch_of_nothing_is_an_error(files):
    """A mean over no example is not a number: it must not reach a training."""
    _, paths = files
    batches = read(paths, seed=None, batch_size=1, on_error="skip")
    assert [len(batches.batch(step)[1]) for step in (0, 2)] == [1, 1]
    for read_step in (batches.batch, batches.ids, batches.batch):
        with pytest.raises(ExampleError, match=r"batch 1: no example can be read .*; the first: .*: wrong CRC"):
            read_step(1)


def test_by_default_the_first_damage_is_raised(files):
    _, paths = files
    with pytest.raises(RecordError, match=r"2\.tfrecord, record 3 .*wrong CRC of the header"):
        read(paths)
    batches = read(paths[:2], seed=None)
    with pytest.raises(RecordError, match=r"0\.tfrecord, record 1 .*wrong CRC of the data"):
        batches.batch(0)


def test_other_answers_to_errors_are_refused(files):
    with pytest.raises(ValueError, match=r"on_error must be one of \('raise', 'skip'\), got 'ignore'"):
        read(files[0], on_error="ignore")


def test_account_in_one_line():
    skipped = SkippedExamples()
    for index in range(6):
        skipped.add(index, RecordError("file", index // 2 if index < 4 else index, "wrong"))
    where = "file, record {} (counted from 0): wrong"
    assert str(skipped) == (
        f"6 examples skipped: {where.format(0)} (2 times); {where.format(1)} (2 times); {where.format(4)}; and 1 more"
    )
    assert len(pickle.loads(pickle.dumps(skipped))) == 6


def test_account_keeps_no_memory_of_batches(files):
    batches = read(files[1], on_error="skip")
    for step in range(len(batches)):
        read_quietly(batches, step)
    assert len(batches.skipped) == 4
    for error in batches.skipped.errors.values():
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
