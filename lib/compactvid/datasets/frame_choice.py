"""Which frames of a video a batch holds."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from compactvid.datasets.batches import integer_at_least


class FrameChoice(Protocol):
    """Chooses frames; a pure function, so that a resumed training sees what an undisturbed one would."""

    def __call__(self, num_frames: int, max_frames: int, epoch: int, example: int) -> slice | np.ndarray:
        """Places of at most `max_frames` of the `num_frames` >= 1 frames of an example, in an epoch."""


@dataclass(frozen=True)
class FirstFrames:
    """The first `max_frames` frames."""

    def __call__(self, num_frames: int, max_frames: int, epoch: int, example: int) -> slice:
        return slice(max_frames)


FIRST_FRAMES = FirstFrames()


@dataclass(frozen=True)
class RandomFrames:
    """Frames drawn anew from (seed, epoch, example), each frame of the video as likely as any other.

    Parameters
    ----------
    seed : int
        At least 0.
    replace : bool
        True: `max_frames` independent draws, in the order drawn, also from a shorter video, as `SampleRandomFrames` in
        model_utils.py of https://github.com/google/youtube-8m and the papers' code, which is built on it, draw.
        False: no frame twice, in the order of the video; a shorter video is taken whole.
    """

    seed: int
    replace: bool = True

    def __post_init__(self):
        integer_at_least("seed", self.seed, minimum=0)

    def __call__(self, num_frames: int, max_frames: int, epoch: int, example: int) -> np.ndarray:
        random = np.random.default_rng([self.seed, epoch, example])
        if self.replace:
            return random.integers(num_frames, size=max_frames)
        return np.sort(random.permutation(num_frames)[:max_frames])


@dataclass(frozen=True)
class EvenlySpacedFrames:
    """The frames in the middle of `max_frames` equal parts of the video; a shorter one is taken whole."""

    def __call__(self, num_frames: int, max_frames: int, epoch: int, example: int) -> np.ndarray:
        parts = min(num_frames, max_frames)
        return (2 * np.arange(parts) + 1) * num_frames // (2 * parts)
