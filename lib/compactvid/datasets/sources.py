"""Labelled videos in TFRecord shards as a `compactvid.datasets.batches.Source`: one vector a video, or one a frame."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from compactvid.datasets.batches import Batch, integer_at_least
from compactvid.datasets.columns import ExampleColumns, Spans, float_column, frame_block, int64_column
from compactvid.datasets.damaged_examples import OnError
from compactvid.datasets.frame_choice import FIRST_FRAMES, FrameChoice
from compactvid.datasets.protobuf import (
    BYTES,
    FLOAT,
    INT64,
    Buffer,
    DecodeError,
    at_row,
    find_feature,
    read_example,
    read_sequence_example,
)
from compactvid.datasets.record_files import RecordFiles
from compactvid.datasets.recycled_memory import RecycledMemory
from compactvid.datasets.tfrecord import RecordError

Paths = str | os.PathLike | Sequence[str | os.PathLike]


class LabelledVideos(ABC):
    """What both levels share: checked parameters, ids, labels, and errors that name file and record."""

    id_name = "id"
    parts = 1
    """How many examples a record is divided into."""

    def __init__(
        self, paths: Paths, num_classes: int | None, feature_sizes: Mapping[str, int], on_error: OnError = "raise"
    ):
        if not feature_sizes:
            raise ValueError("feature_sizes is empty; expected the features to read and their lengths")
        self.feature_sizes = {
            name: integer_at_least(f"feature_sizes[{name!r}]", size, minimum=1) for name, size in feature_sizes.items()
        }
        self.num_classes = 0 if num_classes is None else integer_at_least("num_classes", num_classes, minimum=1)
        self.files = RecordFiles(paths, on_error)

    @abstractmethod
    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        """Inputs by name and labels of some examples, see `compactvid.datasets.batches.Source`."""

    @abstractmethod
    def _context(self, buffer: Buffer, start: int, stop: int) -> dict[str, tuple[int, int]]:
        """The features of a record as a whole, id among them."""

    def __len__(self) -> int:
        return self.parts * len(self.files)

    def ids(self, indices: np.ndarray) -> list[str]:
        """The videos' ids."""
        ids = []
        records = indices // self.parts
        with self._located(records):
            for row, (buffer, start, stop) in enumerate(self.files.read_singly(records)):
                with at_row(row):
                    chunks = find_feature(buffer, self._context(buffer, start, stop), self.id_name, BYTES).chunks
                    if len(chunks) != 1:
                        raise DecodeError(f"feature {self.id_name!r} has {len(chunks)} values, expected 1")
                    ids.append(buffer[slice(*chunks[0])].decode("utf-8", "backslashreplace"))
        return ids

    @contextmanager
    def _located(self, indices: np.ndarray) -> Iterator[None]:
        """Turn a row's error into one that names file and record."""
        try:
            yield
        except DecodeError as error:
            raise RecordError(*self.files.locate(int(indices[error.row])), str(error)) from None

    def _labels(self, buffer: Buffer, spans: Spans) -> np.ndarray:
        rows, values = int64_column(buffer, spans)
        if (wrong := np.flatnonzero((values < 0) | (values >= self.num_classes))).size:
            problem = f"label {values[wrong[0]]} is outside [0, {self.num_classes})"
            raise DecodeError(problem, int(rows[wrong[0]]))
        labels = np.zeros((len(spans[0]), self.num_classes), np.uint8)
        labels[rows, values] = 1
        return labels


class VideoLevelSource(LabelledVideos):
    """Records are `tf.train.Example`; see `compactvid.datasets.youtube8m.read_video_level`."""

    def __init__(
        self, paths: Paths, num_classes: int | None, feature_sizes: Mapping[str, int], on_error: OnError = "raise"
    ):
        super().__init__(paths, num_classes, feature_sizes, on_error)
        labels = {"labels": INT64} if self.num_classes else {}
        self._columns = ExampleColumns(labels | dict.fromkeys(self.feature_sizes, FLOAT))

    def _context(self, buffer: Buffer, start: int, stop: int) -> dict[str, tuple[int, int]]:
        return read_example(buffer, start, stop)

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        with self._located(indices):
            buffer, spans = self._columns(*self.files.read(indices))
            inputs = {name: float_column(buffer, spans[name], size, name) for name, size in self.feature_sizes.items()}
            nothing = np.zeros(len(indices), np.int64)
            return inputs, self._labels(buffer, spans.get("labels", (nothing, nothing)))


class FrameLevelSource(LabelledVideos):
    """Records are `tf.train.SequenceExample`; see `compactvid.datasets.youtube8m.read_frame_level`."""

    def __init__(
        self,
        paths: Paths,
        num_classes: int | None,
        feature_sizes: Mapping[str, int],
        max_frames: int,
        *,
        frames: FrameChoice = FIRST_FRAMES,
        halves: bool = False,
        dequantized: bool = True,
        id_name: str = "id",
        on_error: OnError = "raise",
    ):
        super().__init__(paths, num_classes, feature_sizes, on_error)
        self.max_frames = integer_at_least("max_frames", max_frames, minimum=1)
        self.frames, self.parts, self.dequantized, self.id_name = frames, 2 if halves else 1, dequantized, id_name
        self._memory = {name: RecycledMemory() for name in self.feature_sizes}

    def _context(self, buffer: Buffer, start: int, stop: int) -> dict[str, tuple[int, int]]:
        return read_sequence_example(buffer, start, stop)[0]

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        shape, dtype = (len(indices), self.max_frames), np.float32 if self.dequantized else np.uint8
        inputs = {name: self._memory[name].empty((*shape, size), dtype) for name, size in self.feature_sizes.items()}
        num_frames, label_lists = np.zeros(len(indices), np.int32), []
        records = indices // self.parts
        with self._located(records):
            for row, record in enumerate(self.files.read_singly(records)):
                with at_row(row):
                    packed_labels, video = self._video(*record)
                label_lists.append(packed_labels)
                part = self._part(len(next(iter(video.values()))), int(indices[row]))
                chosen = self.frames(part.stop - part.start, self.max_frames, epoch, int(indices[row]))
                for name, block in video.items():
                    kept = block[part][chosen]
                    num_frames[row] = len(kept)
                    if self.dequantized:
                        dequantize(kept, out=inputs[name][row, : len(kept)])
                    else:
                        inputs[name][row, : len(kept)] = kept
                    inputs[name][row, len(kept) :] = 0
            ends = np.cumsum([len(labels) for labels in label_lists])
            labels = self._labels(b"".join(label_lists), (np.append(0, ends[:-1]), ends))
        return inputs | {"num_frames": num_frames}, labels

    def _part(self, num_frames: int, example: int) -> slice:
        """The frames of a video that belong to an example: all of them, or a half."""
        if self.parts == 1:
            return slice(0, num_frames)
        middle = (num_frames + 1) // 2
        return slice(0, middle) if example % 2 == 0 else slice(min(middle, num_frames - 1), num_frames)

    def _video(self, buffer: Buffer, start: int, stop: int) -> tuple[bytes, dict[str, np.ndarray]]:
        """A record's labels as packed varints, and its frames by feature, uint8 (frames, size)."""
        context, lists = read_sequence_example(buffer, start, stop)
        chunks = find_feature(buffer, context, "labels", INT64).chunks if self.num_classes else []
        video = {name: frame_block(buffer, lists, name, size) for name, size in self.feature_sizes.items()}
        frames = {name: len(block) for name, block in video.items()}
        if len(set(frames.values())) > 1:
            raise DecodeError(f"the features have different numbers of frames: {frames}")
        return b"".join(buffer[first:last] for first, last in chunks), video


def dequantize(quantized: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The challenge's way from uint8 back to float32: q * 4 / 255 + 4 / 512 - 2, in [-1.9921875, 2.0078125].

    Source: `Dequantize` in utils.py of https://github.com/google/youtube-8m, equal to the bit.

    Parameters
    ----------
    quantized : numpy.ndarray
        uint8, any shape.
    out : numpy.ndarray, optional
        float32 of the same shape, to be filled.
    """
    if quantized.dtype != np.uint8:
        raise TypeError(f"quantized must be uint8, got {quantized.dtype}")
    out = np.empty(quantized.shape, np.float32) if out is None else out
    np.copyto(out, quantized)  # before multiplying: a ufunc that converts its input as it goes takes a third longer
    out *= np.float32(4 / 255)
    out += np.float32(4 / 512 - 2)
    return out
