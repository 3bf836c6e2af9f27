"""YouTube-8M shards: one averaged vector a video (`tf.train.Example`), or one a second (`tf.train.SequenceExample`).

Source: https://research.google.com/youtube8m/download.html and the readers of https://github.com/google/youtube-8m.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from compactvid.datasets.protobuf import encode_example, encode_sequence_example
from compactvid.datasets.tfrecord import write_records

NUM_CLASSES = 3862
"""Number of classes of the 2018 release."""


def write_video_level(path: str | os.PathLike, examples: Iterable[Mapping[str, Any]]) -> None:
    """Write a video-level shard, byte for byte as protobuf's deterministic serialisation would.

    Parameters
    ----------
    path : path-like
        The file; written under a temporary name in its folder, synced, then renamed.
    examples : iterable of mapping
        Consumed as a stream. Each has ``id`` (str or bytes), ``labels`` (sequence of int, may be empty) and features,
        usually ``mean_rgb`` (1024,) and ``mean_audio`` (128,): one-dimensional finite float32 arrays.

    Raises
    ------
    ValueError
        An example is not as described; the message gives its index (from 0). Nothing is then left at `path`.
    """
    write_records(path, (_encode_video(index, example) for index, example in enumerate(examples)))


def write_frame_level(path: str | os.PathLike, examples: Iterable[Mapping[str, Any]]) -> None:
    """Write a frame-level shard, byte for byte as protobuf's deterministic serialisation would.

    Parameters
    ----------
    path : path-like
        The file; written under a temporary name in its folder, synced, then renamed.
    examples : iterable of mapping
        Consumed as a stream. Each has ``id`` (str or bytes), ``labels`` (sequence of int, may be empty) and features,
        usually ``rgb`` (frames, 1024) and ``audio`` (frames, 128): uint8 arrays with the same number of frames, >= 1.

    Raises
    ------
    ValueError
        An example is not as described; the message gives its index (from 0). Nothing is then left at `path`.
    """
    write_records(path, (_encode_frames(index, example) for index, example in enumerate(examples)))


def _split(index: int, example: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The part that both levels share (id and labels, checked), and the named features."""
    if missing := {"id", "labels"} - set(example):
        raise ValueError(f"example {index}: no {' and no '.join(sorted(missing))}; it has {sorted(example)}")
    video_id, labels = example["id"], np.asarray(example["labels"])
    if not isinstance(video_id, str | bytes):
        raise ValueError(f"example {index}: id must be str or bytes, got {type(video_id).__name__}")
    if labels.ndim != 1 or (labels.size and (labels.dtype.kind not in "iu" or labels.astype(np.int64).min() < 0)):
        raise ValueError(f"example {index}: labels must be a sequence of integers >= 0, got {example['labels']!r}")
    features = {name: np.asarray(values) for name, values in example.items() if name not in ("id", "labels")}
    if not features:
        raise ValueError(f"example {index}: no feature beside id and labels")
    video_id = video_id.encode() if isinstance(video_id, str) else video_id
    return {"id": video_id, "labels": labels.astype(np.int64)}, features


def _encode_video(index: int, example: Mapping[str, Any]) -> bytes:
    context, features = _split(index, example)
    for name, values in features.items():
        if values.dtype != np.float32 or values.ndim != 1 or not np.isfinite(values).all():
            raise ValueError(
                f"example {index}: {name} must be a one-dimensional array of finite float32 values, "
                f"got {values.dtype} of shape {values.shape}{_non_finite(values)}"
            )
    return encode_example(context | features)


def _encode_frames(index: int, example: Mapping[str, Any]) -> bytes:
    context, features = _split(index, example)
    for name, values in features.items():
        if values.dtype != np.uint8 or values.ndim != 2 or 0 in values.shape:
            raise ValueError(
                f"example {index}: {name} must be uint8 (frames, features) with at least one of each, "
                f"got {values.dtype} of shape {values.shape}"
            )
    frames = {name: len(values) for name, values in features.items()}
    if len(set(frames.values())) > 1:
        raise ValueError(f"example {index}: every feature needs the same number of frames, got {frames}")
    rows = {name: [row.tobytes() for row in values] for name, values in features.items()}
    return encode_sequence_example(context, rows)


def _non_finite(values: np.ndarray) -> str:
    if values.dtype.kind != "f" or not (bad := np.flatnonzero(~np.isfinite(values))).size:
        return ""
    return f" with {values.ravel()[bad[0]]} at position {bad[0]}"
