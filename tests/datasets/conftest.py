"""Real shards where they lie, and files as TensorFlow writes them."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st


@pytest.fixture(scope="session")
def tf():
    """TensorFlow, imported once and outside of what a test's time is measured on."""
    import tensorflow

    return tensorflow


@pytest.fixture(scope="session")
def real_video_shards() -> list[Path]:
    """Real YouTube-8M video-level shards from COMPACTVID_DATA."""
    folder = Path(os.environ.get("COMPACTVID_DATA", "")) / "yt8m" / "video" / "validate"
    if not (shards := sorted(folder.glob("*.tfrecord"))):
        pytest.skip(f"no real YouTube-8M shards: {folder}/*.tfrecord (set COMPACTVID_DATA to a folder that has them)")
    return shards


@pytest.fixture(scope="session")
def real_audioset_files() -> list[Path]:
    """Real AudioSet embeddings, the balanced training split, from COMPACTVID_DATA."""
    folder = Path(os.environ.get("COMPACTVID_DATA", "")) / "audioset" / "balanced_train"
    if not (files := sorted(folder.glob("*.tfrecord"))):
        pytest.skip(f"no real AudioSet files: {folder}/*.tfrecord (set COMPACTVID_DATA to a folder that has them)")
    return files


@pytest.fixture(scope="session")
def real_voc() -> Path:
    """100 real images of Pascal VOC with their annotations, from COMPACTVID_DATA."""
    return _real_folder("voc100", "Annotations/*.xml")


@pytest.fixture(scope="session")
def real_clips() -> Path:
    """Two real clips in UCF11's layout, from COMPACTVID_DATA."""
    return _real_folder("clips", "*/*/*.avi")


@pytest.fixture(scope="session")
def real_tiny_yolo() -> Path:
    """Some of tiny-YOLOv2's real parameters, from COMPACTVID_DATA."""
    return _real_folder("tiny_yolov2_partial", "conv*.bin")


def _real_folder(name: str, pattern: str) -> Path:
    folder = Path(os.environ.get("COMPACTVID_DATA", "")) / name
    if not any(folder.glob(pattern)):
        pytest.skip(f"no {folder}/{pattern} (set COMPACTVID_DATA to a folder that has them)")
    return folder


@st.composite
def _damage(draw, content: bytes, size: int = 40) -> bytes:
    """The content with a few bits flipped, or a piece of it cut, cut off, overwritten, repeated or put in."""
    kind = draw(st.sampled_from(["flip", "cut", "cut off", "overwrite", "repeat", "insert"]))
    start = draw(st.integers(0, len(content) - 1))
    stop = draw(st.integers(start, min(len(content), start + size)))
    if kind == "flip":
        flipped = bytearray(content)
        for place in [start, *draw(st.lists(st.integers(0, len(content) - 1), max_size=5))]:
            flipped[place] ^= 1 << draw(st.integers(0, 7))
        return bytes(flipped)
    middle = {
        "cut": b"",
        "overwrite": draw(st.sampled_from([b"\0", b"\xff", b"1"])) * (stop - start),
        "repeat": 2 * content[start:stop],
        "insert": draw(st.binary(min_size=1, max_size=20)) + content[start:stop],
    }
    return content[:start] if kind == "cut off" else content[:start] + middle[kind] + content[stop:]


@pytest.fixture(scope="session")
def damage() -> Callable[..., st.SearchStrategy[bytes]]:
    """A strategy for some bytes as they come out of a bad disk, copy or hand."""
    return _damage


@pytest.fixture(scope="session")
def tensorflow_write(tf) -> Callable[[Path, Iterable[bytes]], Path]:
    """Write records with TensorFlow's own writer."""

    def write(path: Path, records: Iterable[bytes]) -> Path:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for record in records:
                writer.write(record)
        return path

    return write


@pytest.fixture(scope="session")
def tensorflow_example(tf) -> Callable[..., bytes]:
    """A `tf.train.Example` as TensorFlow serialises it; values are bytes, lists of int or float arrays."""

    def serialise(**features) -> bytes:
        return tf.train.Example(features=_features(tf, features)).SerializeToString()

    return serialise


@pytest.fixture(scope="session")
def tensorflow_sequence_example(tf) -> Callable[..., bytes]:
    """A `tf.train.SequenceExample` as TensorFlow serialises it, from context features and lists of bytes."""

    def serialise(context: dict, **lists: Sequence[bytes]) -> bytes:
        feature_lists = {
            name: tf.train.FeatureList(feature=[_feature(tf, step) for step in steps]) for name, steps in lists.items()
        }
        return tf.train.SequenceExample(
            context=_features(tf, context), feature_lists=tf.train.FeatureLists(feature_list=feature_lists)
        ).SerializeToString()

    return serialise


def _features(tf, features: dict):
    return tf.train.Features(feature={name: _feature(tf, values) for name, values in features.items()})


def _feature(tf, values):
    if isinstance(values, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[values]))
    if isinstance(values, np.ndarray) and values.dtype == np.float32:
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
