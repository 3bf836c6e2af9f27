"""YouTube-8M shards: one averaged vector a video (`tf.train.Example`), or one a second (`tf.train.SequenceExample`).

Source: https://research.google.com/youtube8m/download.html and the readers of https://github.com/google/youtube-8m.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from compactvid.datasets.batches import Batches
from compactvid.datasets.damaged_examples import OnError
from compactvid.datasets.frame_choice import FIRST_FRAMES, FrameChoice
from compactvid.datasets.protobuf import encode_example, encode_sequence_example
from compactvid.datasets.sources import FrameLevelSource, VideoLevelSource
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
                f"got {values.dtype} of shape {values.shape}"
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


def read_video_level(
    paths: str | os.PathLike | Sequence[str | os.PathLike],
    *,
    num_classes: int | None = NUM_CLASSES,
    feature_sizes: Mapping[str, int] = MappingProxyType({"mean_rgb": 1024, "mean_audio": 128}),
    batch_size: int = 1024,
    seed: int | None = None,
    on_error: OnError = "raise",
) -> Batches:
    """Read video-level shards.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        The shards, in the order that counts where `seed` is None.
    num_classes : int or None
        Labels lie in [0, num_classes). None for shards without labels, as the challenge's test shards: none are looked
        for, and those returned are of shape (batch, 0).
    feature_sizes : mapping of str to int
        The features to read, and their lengths.
    batch_size : int
        Videos a batch.
    seed : int or None
        None keeps the order of the files, see `Batches`.
    on_error : {"raise", "skip"}
        "skip" leaves out damaged records, counts them in `Batches.skipped` and warns at an epoch's end. Where a header
        is damaged, the rest of the file cannot be told apart and counts as one record. What the system refuses (a
        missing file, no permission) is always an error.

    Returns
    -------
    Batches
        Of ``({"mean_rgb": (batch, 1024), "mean_audio": (batch, 128)}, labels)``, float32 and uint8 (batch, num_classes)
        with 1 where a video has the label.

    Raises
    ------
    OSError
        Here or at a batch: a file is missing, a dangling link, a directory, or not readable.
    RecordError
        Here (headers) or at a batch (data): a file's content is damaged or not as described: a wrong CRC, a feature
        missing or of another kind or length, a value that is not finite, a label out of range.
    """
    source = VideoLevelSource(paths, num_classes, feature_sizes, on_error)
    return Batches(source, batch_size=batch_size, seed=seed, on_error=on_error)


def read_frame_level(
    paths: str | os.PathLike | Sequence[str | os.PathLike],
    *,
    num_classes: int | None = NUM_CLASSES,
    feature_sizes: Mapping[str, int] = MappingProxyType({"rgb": 1024, "audio": 128}),
    max_frames: int = 300,
    frames: FrameChoice = FIRST_FRAMES,
    halves: bool = False,
    dequantized: bool = True,
    batch_size: int = 128,
    seed: int | None = None,
    on_error: OnError = "raise",
) -> Batches:
    """Read frame-level shards, one frame a second.

    Parameters
    ----------
    paths, num_classes, batch_size, seed, on_error
        As in `read_video_level`.
    feature_sizes : mapping of str to int
        The features to read, and their lengths in each frame.
    max_frames : int
        The most frames of a video; fewer are padded with zeros.
    frames : FrameChoice
        Which frames of a longer video: the first, or random ones, see `compactvid.datasets.frame_choice`.
    halves : bool
        True: each half of a video is an example of its own, with the video's id and labels; an epoch is twice as long.
        Reference: Araujo et al. 2018, section 5.1, with `max_frames` 150. As in their code
        (https://github.com/araujoalexandre/youtube8m-circulant, code/readers.py) the first half has the frame in the
        middle of an odd number. Unlike there, the halves of a video come in different batches, a video's frames behind
        the 300th count, and a video of one frame gives it to both halves, where the second would have none.
    dequantized : bool
        True: float32 by `compactvid.datasets.sources.dequantize`, the padding 0.0. False: the stored uint8, a quarter
        of the memory, to be dequantised later; padding is then told from frames by ``num_frames`` alone.

    Returns
    -------
    Batches
        Of ``({"rgb": (batch, max_frames, 1024), "audio": (batch, max_frames, 128), "num_frames": (batch,) int32},
        labels)``, labels uint8 (batch, num_classes).

    Raises
    ------
    OSError, RecordError
        As in `read_video_level`; also a video without frames, with frames of another length, or with different numbers
        of frames in its features.
    """
    source = FrameLevelSource(
        paths,
        num_classes,
        feature_sizes,
        max_frames,
        frames=frames,
        halves=halves,
        dequantized=dequantized,
        on_error=on_error,
    )
    return Batches(source, batch_size=batch_size, seed=seed, on_error=on_error)
