"""Action clips: some frames of each video, in folders as UCF11 has them, ``ACTION/GROUP/CLIP.avi``."""

import os
from collections.abc import Sequence

import numpy as np

from compactvid.datasets.batches import Batch, Batches, integer_at_least
from compactvid.datasets.clips_folders import Clip, find, split_by_group
from compactvid.datasets.clips_video import count_frames, read_frames, write
from compactvid.datasets.damaged_examples import OnError
from compactvid.datasets.frame_choice import EvenlySpacedFrames, FrameChoice, RandomFrames
from compactvid.datasets.tfrecord import RecordError

__all__ = ["Clip", "count_frames", "find", "read", "split_by_group", "write"]


def read(
    root: str | os.PathLike,
    *,
    clips: Sequence[Clip] | None = None,
    class_names: Sequence[str] | None = None,
    num_frames: int = 6,
    frame_choice: FrameChoice | None = None,
    size: tuple[int, int] = (120, 160),
    batch_size: int = 16,
    seed: int | None = None,
    on_error: OnError = "raise",
) -> Batches:
    """Read some frames of each clip.

    Source: Cheng et al. 2018 (DeepEye), section 5.2: six random frames in ascending order, 160 x 120.

    Parameters
    ----------
    root : path-like
        Folder of the actions.
    clips : sequence of Clip, optional
        Some of its clips, as `split_by_group` gives them; by default all, as `find` does.
    class_names : sequence of str, optional
        Actions in the order of their numbers; by default the names of all folders in `root`, sorted, also of those
        without a clip in `clips`.
    num_frames : int
        Frames a clip; always in ascending order.
    frame_choice : FrameChoice, optional
        By default ``RandomFrames(seed, replace=False)``, drawn anew in each epoch, where there is a seed, and
        `EvenlySpacedFrames` where there is none. `RandomFrames` with a seed of its own is a choice drawn once for those
        who only read the first epoch, as an evaluation does.
    size : tuple of int
        Height and width that frames are scaled to, whatever their shape was.
    batch_size : int
        Clips a batch.
    seed : int or None
        Of the clips' order, and of the frames; None keeps the order, see `Batches`.
    on_error : {"raise", "skip"}
        See `Batches`.

    Returns
    -------
    Batches
        Of ``({"frames": (batch, num_frames, height, width, 3) uint8 RGB}, labels)``, labels uint8 (batch, classes) with
        1 at the clip's action.

    Raises
    ------
    OSError, ValueError
        Here: as in `find`; an action is not one of `class_names`, or a parameter is out of its range.
    OSError, RecordError
        At a batch: as in `read_frames`; a clip has fewer than `num_frames` frames.
    """
    source = _ClipSource(root, clips, class_names, num_frames, frame_choice, size, seed)
    return Batches(source, batch_size=batch_size, seed=seed, on_error=on_error)


class _ClipSource:
    def __init__(self, root, clips, class_names, num_frames, frame_choice, size, seed):
        found = find(root)
        names = sorted({clip.action for clip in found}) if class_names is None else list(class_names)
        self.clips = list(found if clips is None else clips)
        if not self.clips:
            raise ValueError("clips is empty; expected at least one")
        if len(set(names)) < len(names):
            raise ValueError(f"class_names must be different names, got {names}")
        if unknown := [clip for clip in self.clips if clip.action not in names]:
            raise ValueError(f"{unknown[0].path}: {unknown[0].action!r} is none of {', '.join(names)}")
        self.labels = np.array([names.index(clip.action) for clip in self.clips])
        self.num_classes = len(names)
        self.num_frames = integer_at_least("num_frames", num_frames, minimum=1)
        height, width = size
        self.size = integer_at_least("height", height, minimum=1), integer_at_least("width", width, minimum=1)
        random = EvenlySpacedFrames() if seed is None else RandomFrames(seed, replace=False)
        self.frame_choice = random if frame_choice is None else frame_choice
        self._counts: dict[int, int] = {}  # a clip is decoded once to count its frames

    def __len__(self) -> int:
        return len(self.clips)

    def ids(self, indices: np.ndarray) -> list[str]:
        return [self.clips[index].name for index in indices]

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        frames = np.empty((len(indices), self.num_frames, *self.size, 3), np.uint8)
        for row, index in enumerate(indices.tolist()):
            path = self.clips[index].path
            if index not in self._counts:
                self._counts[index] = count_frames(path)
            if (count := self._counts[index]) < self.num_frames:
                raise RecordError(path, None, f"the clip has {count} frames, expected at least {self.num_frames}")
            places = np.arange(count)[self.frame_choice(count, self.num_frames, epoch, index)]
            frames[row] = read_frames(path, np.sort(places), self.size)
        labels = np.zeros((len(indices), self.num_classes), np.uint8)
        labels[np.arange(len(indices)), self.labels[indices]] = 1
        return {"frames": frames}, labels
