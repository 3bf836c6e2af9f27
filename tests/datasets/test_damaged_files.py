"""Files damaged at random: a named error or an exact read, never anything else.

The bytes are damaged in two places: in the file, where the checksums must notice, and within a record whose checksum is
made anew, as a faulty writer would, where TensorFlow's message classes say what the record means.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compactvid.datasets import youtube8m
from compactvid.datasets.batches import Batches
from compactvid.datasets.protobuf import encode_example, encode_sequence_example
from compactvid.datasets.tfrecord import RecordError, write_records

CLASSES, MAX_FRAMES = 300, 4
VIDEO_SIZES, FRAME_SIZES = {"mean_rgb": 3, "mean_audio": 2}, {"rgb": 6, "audio": 4}
RANDOM = np.random.default_rng(0)
VIDEOS = [
    {"id": f"v{number}".encode(), "labels": np.array([number, 299 - number])}
    | {name: RANDOM.normal(size=size).astype(np.float32) for name, size in VIDEO_SIZES.items()}
    for number in range(4)
]
FRAMES = [
    {"id": f"v{number}".encode(), "labels": np.array([number, 299 - number])}
    | {name: RANDOM.integers(0, 256, (number + 2, size), np.uint8) for name, size in FRAME_SIZES.items()}
    for number in range(4)
]


def encode_frames(example: dict) -> bytes:
    context = {name: example[name] for name in ("id", "labels")}
    return encode_sequence_example(context, {name: [row.tobytes() for row in example[name]] for name in FRAME_SIZES})


VIDEO_RECORDS, FRAME_RECORDS = [encode_example(video) for video in VIDEOS], [encode_frames(video) for video in FRAMES]


@st.composite
def damage(draw, data: bytes, other: bytes) -> bytes:
    """One of the ways in which bytes go wrong."""
    kind = draw(st.sampled_from(["flip", "flips", "truncate", "cut", "insert", "splice", "overwrite", "repeat"]))
    start = draw(st.integers(0, len(data) - 1))
    stop = draw(st.integers(start, min(len(data), start + 40)))
    if kind in ("flip", "flips"):
        changed = bytearray(data)
        for place in (
            [start] if kind == "flip" else draw(st.lists(st.integers(0, len(data) - 1), min_size=2, max_size=9))
        ):
            changed[place] ^= 1 << draw(st.integers(0, 7))
        return bytes(changed)
    if kind == "truncate":
        return data[:start]
    if kind == "cut":
        return data[:start] + data[stop:]
    if kind == "insert":
        return data[:start] + draw(st.binary(min_size=1, max_size=20)) + data[start:]
    if kind == "splice":
        return data[:start] + other[draw(st.integers(0, len(other))) :]
    if kind == "overwrite":
        written = draw(st.sampled_from([b"\0", b"\xff", b"\x80"])) * (stop - start)
        return data[:start] + written + data[stop:]
    return data[:stop] + data[start:]


def read_videos(path) -> Batches:
    return youtube8m.read_video_level(path, num_classes=CLASSES, feature_sizes=VIDEO_SIZES, batch_size=3)


def read_frames(path) -> Batches:
    options = {"num_classes": CLASSES, "feature_sizes": FRAME_SIZES, "max_frames": MAX_FRAMES, "dequantized": False}
    return youtube8m.read_frame_level(path, batch_size=3, **options)


def rows(read, path) -> list[tuple] | None:
    """What is read, video by video: id, labels and each input's bytes. None where an error names file and record."""
    try:
        batches = read(path)
        result = []
        for step in range(len(batches)):
            inputs, labels = batches.batch(step)
            ids = batches.ids(step)
            result += [
                (ids[row], np.flatnonzero(labels[row]).tolist(), *values)
                for row, values in enumerate(
                    zip(*[[example.tobytes() for example in inputs[name]] for name in sorted(inputs)], strict=True)
                )
            ]
    except RecordError as error:
        named = error.path == str(path) and (error.record in range(6) or "empty" in error.problem)
        return None if named else [(str(error),)]
    return result


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Reader, file, its bytes, and what is in them, for both levels."""
    folder, levels = tmp_path_factory.mktemp("shards"), {}
    for name, read, records in (("video", read_videos, VIDEO_RECORDS), ("frame", read_frames, FRAME_RECORDS)):
        path = folder / name
        write_records(path, records)
        levels[name] = read, path, path.read_bytes(), rows(read, path)
        assert levels[name][3] is not None
    return levels


@pytest.mark.parametrize("level", ["video", "frame"])
@settings(max_examples=400)
@given(data=st.data())
def test_damage_to_the_file(shards, level, data):
    read, path, good, expected = shards[level]
    changed = data.draw(damage(good, good))
    assume(changed != good)
    path.write_bytes(changed)
    # A file may hold fewer records, or one of them elsewhere: those that are read must be whole.
    found = rows(read, path)
    assert found is None or all(row in expected for row in found)


def meaning_of_video(tf, record: bytes) -> tuple | None:
    features = tf.train.Example.FromString(record).features.feature
    values = [features[name].float_list.value for name in sorted(VIDEO_SIZES)]
    return meaning(features, [np.array(value, np.float32).tobytes() for value in values])


def meaning_of_frames(tf, record: bytes) -> tuple | None:
    message = tf.train.SequenceExample.FromString(record)
    lists = message.feature_lists.feature_list
    frames = [[step.bytes_list.value[0] for step in lists[name].feature] for name in sorted(FRAME_SIZES)]
    padded = [
        b"".join(steps[:MAX_FRAMES]).ljust(MAX_FRAMES * FRAME_SIZES[name], b"\0")
        for name, steps in zip(sorted(FRAME_SIZES), frames, strict=True)
    ]
    audio, rgb = padded
    return meaning(message.context.feature, [audio, np.int32(min(len(frames[0]), MAX_FRAMES)).tobytes(), rgb])


def meaning(features, values: list[bytes]) -> tuple | None:
    video_id = features["id"].bytes_list.value[0].decode("utf-8", "backslashreplace")
    return video_id, sorted(set(features["labels"].int64_list.value)), *values


@pytest.mark.parametrize("level", ["video", "frame"])
@settings(max_examples=600)
@given(data=st.data())
def test_damage_to_a_record_under_a_sum_made_anew(tf, shards, level, data):
    read, path, _, expected = shards[level]
    records = list(VIDEO_RECORDS if level == "video" else FRAME_RECORDS)
    number = data.draw(st.integers(0, 3))
    records[number] = data.draw(damage(records[number], records[number - 1]))
    write_records(path, records)
    found = rows(read, path)
    if found is None:
        return
    assert [found[other] for other in range(4) if other != number] == [
        expected[other] for other in range(4) if other != number
    ]
    try:
        meant = (meaning_of_video if level == "video" else meaning_of_frames)(tf, records[number])
    except Exception as error:
        raise AssertionError(f"read {found[number]}, where TensorFlow finds: {error}") from error
    assert found[number] == meant
