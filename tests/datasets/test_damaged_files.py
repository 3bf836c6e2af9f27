"""Files damaged at random: a named error or an exact read, never anything else.

The bytes are damaged in two places: in the file, where the checksums must notice, and within a record whose checksum is
made anew, as a faulty writer would, where TensorFlow's message classes say what the record means. Both with files that
are written here and with real ones. 1,300 cases; more with COMPACTVID_DAMAGED_FILES=10000, that many for each level and
each place.
"""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compactvid.datasets import audioset, youtube8m
from compactvid.datasets.batches import Batches
from compactvid.datasets.damaged_examples import ExampleError
from compactvid.datasets.protobuf import encode_example, encode_sequence_example
from compactvid.datasets.record_files import RecordFiles
from compactvid.datasets.tfrecord import RecordError, write_records

CASES = settings(max_examples=int(os.environ.get("COMPACTVID_DAMAGED_FILES", 130)))
RECORDS = 4
RANDOM = np.random.default_rng(0)
LABELS = [np.array([number, 299 - number]) for number in range(RECORDS)]


@st.composite
def damage(draw, data: bytes, other: bytes) -> bytes:
    """One of the ways in which bytes go wrong."""
    kind = draw(st.sampled_from(["flip", "flips", "truncate", "cut", "insert", "splice", "overwrite", "repeat"]))
    anywhere = st.integers(0, len(data) - 1)
    start = draw(st.one_of(anywhere, st.integers(0, min(80, len(data)) - 1)))  # structure stands at the front
    stop = draw(st.integers(start, min(len(data), start + 40)))
    if kind in ("flip", "flips"):
        changed = bytearray(data)
        for place in [start] if kind == "flip" else draw(st.lists(anywhere, min_size=2, max_size=9)):
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


@dataclass(frozen=True)
class Level:
    """A kind of file: its reader, the features and their sizes, and TensorFlow's message class."""

    reader: Callable[..., Batches]
    message: str
    sizes: dict[str, int]
    num_classes: int = 300
    id_name: str = "id"
    max_frames: int = 4

    def read(self, path: Path, **options) -> Batches:
        if self.message == "SequenceExample":
            options |= {"max_frames": self.max_frames, "dequantized": False}
        options |= {"num_classes": self.num_classes, "feature_sizes": self.sizes, "batch_size": 3}
        return self.reader(path, **options)

    def meaning(self, tf, record: bytes) -> tuple:
        """What protobuf and TensorFlow's message classes find in a record, as `rows` gives it.

        Where a feature is damaged that nobody asked for, they refuse the record; then protobuf reads the outer
        messages, with every feature's value as bytes, and TensorFlow's classes the values asked for.
        """
        try:
            message = getattr(tf.train, self.message).FromString(record)
        except DecodeError:
            outer = Outer.FromString(record)
            features, lists = (
                {entry.key.decode("utf-8", "replace"): entry.value for entry in part.entry}
                for part in (outer.a, outer.b)
            )
            asked = self.sizes if self.message == "Example" else {}
            features = {name: tf.train.Feature.FromString(features[name]) for name in (self.id_name, "labels", *asked)}
            if not asked:
                lists = {name: tf.train.FeatureList.FromString(lists[name]) for name in self.sizes}
        else:
            if self.message == "Example":
                features, lists = message.features.feature, {}
            else:
                features, lists = message.context.feature, message.feature_lists.feature_list
        if self.message == "Example":
            values = {name: np.float32(features[name].float_list.value).tobytes() for name in self.sizes}
        else:
            values = self.padded(
                {name: [step.bytes_list.value[0] for step in lists[name].feature] for name in self.sizes}
            )
        return self.row(features[self.id_name].bytes_list.value[0], features["labels"].int64_list.value, values)

    def padded(self, frames: dict[str, list[bytes]]) -> dict[str, bytes]:
        (count,) = {len(values) for values in frames.values()}
        return {
            name: b"".join(values[: self.max_frames]).ljust(self.max_frames * self.sizes[name], b"\0")
            for name, values in frames.items()
        } | {"num_frames": np.int32(min(count, self.max_frames)).tobytes()}

    def row(self, video_id: bytes, labels: list[int], values: dict[str, bytes]) -> tuple:
        text = video_id.decode("utf-8", "backslashreplace")
        return text, sorted(set(labels)), *[values[name] for name in sorted(values)]


def outer_message():
    """`Example` and `SequenceExample` with features, and feature lists, that are not looked into."""
    file = descriptor_pb2.FileDescriptorProto(name="outer.proto", package="outer", syntax="proto2")
    for name, fields in (("Entry", "key value"), ("Map", "entry"), ("Outer", "a b")):
        message = file.message_type.add(name=name)
        for number, field in enumerate(fields.split(), start=1):
            added = message.field.add(name=field, number=number)
            added.label = added.LABEL_REPEATED if name == "Map" else added.LABEL_OPTIONAL
            added.type = added.TYPE_BYTES if name == "Entry" else added.TYPE_MESSAGE
            if name != "Entry":
                added.type_name = {"Map": ".outer.Entry", "Outer": ".outer.Map"}[name]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("outer.Outer"))


Outer = outer_message()
LEVELS = {
    "video": Level(youtube8m.read_video_level, "Example", {"mean_rgb": 3, "mean_audio": 2}),
    "frame": Level(youtube8m.read_frame_level, "SequenceExample", {"rgb": 6, "audio": 4}),
    "AudioSet": Level(audioset.read_frame_level, "SequenceExample", {"audio_embedding": 8}, id_name="video_id"),
    "real video": Level(youtube8m.read_video_level, "Example", {"mean_rgb": 1024, "mean_audio": 128}, 3862),
    "real AudioSet": Level(
        audioset.read_frame_level, "SequenceExample", {"audio_embedding": 128}, 527, "video_id", max_frames=10
    ),
}


def written(level: Level) -> list[bytes]:
    """Records of their own for a level."""
    contexts = [{level.id_name: f"v{number}".encode(), "labels": LABELS[number]} for number in range(RECORDS)]
    if level.message == "Example":
        vectors = [
            {name: RANDOM.normal(size=size).astype(np.float32) for name, size in level.sizes.items()} for _ in contexts
        ]
        return [encode_example(context | vector) for context, vector in zip(contexts, vectors, strict=True)]
    frames = [
        {name: [RANDOM.bytes(size) for _ in range(number + 2)] for name, size in level.sizes.items()}
        for number in range(RECORDS)
    ]
    return list(map(encode_sequence_example, contexts, frames))


def rows_of(batches: Batches, step: int) -> list[tuple]:
    """What a batch holds, example by example: id, labels and each input's bytes."""
    inputs, labels = batches.batch(step)
    values = zip(*[[example.tobytes() for example in inputs[name]] for name in sorted(inputs)], strict=True)
    ids = batches.ids(step)
    return [(ids[row], np.flatnonzero(labels[row]).tolist(), *of_row) for row, of_row in enumerate(values)]


def rows(level: Level, path: Path) -> list[tuple] | None:
    """What a file holds. None where an error names file and record."""
    try:
        batches = level.read(path)
        return [row for step in range(len(batches)) for row in rows_of(batches, step)]
    except RecordError as error:
        named = error.path == str(path) and (error.record in range(RECORDS + 2) or "empty" in error.problem)
        return None if named else [(str(error),)]


def rows_left(level: Level, path: Path) -> tuple[list[tuple], int]:
    """What is left of a file without its damaged records, and how many those are."""
    batches, left = level.read(path, on_error="skip"), []
    for step in range(len(batches)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                left += rows_of(batches, step)
            except ExampleError as error:
                if not str(error).startswith(f"batch {step}: no example can be read"):
                    raise
    assert len(left) + len(batches.skipped) == batches.num_examples
    return left, len(batches.skipped)


@pytest.fixture(params=LEVELS, scope="module")
def shard(request, tmp_path_factory):
    """Level, file, its bytes, its records, and what is in them. Real records are a real file's first, to the byte."""
    level, path = LEVELS[request.param], tmp_path_factory.mktemp("shards") / "file"
    if "real" in request.param:
        fixture = "real_video_shards" if "video" in request.param else "real_audioset_files"
        buffer, starts, stops = RecordFiles(request.getfixturevalue(fixture)[0]).read(np.arange(RECORDS))
        records = [bytes(buffer[start:stop]) for start, stop in zip(starts, stops, strict=True)]
    else:
        records = written(level)
    write_records(path, records)
    found = rows(level, path)
    assert found is not None
    assert len(found) == RECORDS
    return level, path, path.read_bytes(), records, found


@CASES
@given(data=st.data())
def test_damage_to_the_file(shard, data):
    level, path, good, _, expected = shard
    changed = data.draw(damage(good, good))
    assume(changed != good)
    path.write_bytes(changed)
    # A file may hold fewer records, or one of them elsewhere: those that are read must be whole.
    found = rows(level, path)
    assert found is None or all(row in expected for row in found)
    left, skipped = rows_left(level, path)
    assert all(row in expected for row in left)
    assert (skipped > 0) == (found is None)
    assert found is None or left == found


@CASES
@given(data=st.data())
def test_damage_to_a_record_under_a_sum_made_anew(tf, shard, data):
    level, path, _, records, expected = shard
    number = data.draw(st.integers(0, RECORDS - 1))
    changed = data.draw(damage(records[number], records[number - 1]))
    write_records(path, [*records[:number], changed, *records[number + 1 :]])
    found = rows(level, path)
    if found is None:
        return
    assert [*found[:number], *found[number + 1 :]] == [*expected[:number], *expected[number + 1 :]]
    try:
        meant = level.meaning(tf, changed)
    except Exception as error:
        raise AssertionError(f"read {found[number]}, where TensorFlow finds: {error}") from error
    assert found[number] == meant
