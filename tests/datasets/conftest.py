"""Real shards where they lie, and files as TensorFlow writes them."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest


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
