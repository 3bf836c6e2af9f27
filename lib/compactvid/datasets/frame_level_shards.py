"""Real YouTube-8M frame-level shards, split by shard."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compactvid.datasets import youtube8m
from compactvid.datasets.batches import Batches
from compactvid.datasets.frame_choice import FIRST_FRAMES, FrameChoice
from compactvid.datasets.real_files import RealFiles, find_files, require_files


@dataclass(frozen=True)
class FrameLevelShards(RealFiles):
    """Some of the official shards, drawn for training, validation and test.

    A shard holds videos at random, so whole shards make independent splits. Araujo et al. 2018, section 5.1, train on
    the official training set and most of the official validation set. So `validate` and `test` are drawn from the
    official validation shards, and `train` from those that are left and all official training shards that are there.
    The official test shards have no labels.

    Parameters
    ----------
    train, validate, test
        Number of shards of each split.
    seed
        Draws which shards go where.
    max_frames
        The most frames of a video.
    frames
        Which frames of a longer video: see `compactvid.datasets.frame_choice`.
    halves
        True: each half of a training video is an example, with half of `max_frames` (Araujo et al. 2018, section 5.1);
        videos for validation and test stay whole.
    """

    train: int
    validate: int
    test: int
    seed: int = 0
    max_frames: int = 300
    frames: FrameChoice = FIRST_FRAMES
    halves: bool = False

    pattern = "yt8m/frame/validate/validate*.tfrecord"
    training_pattern = "yt8m/frame/train/train*.tfrecord"

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; see `RealFiles`."""
        official, held = find_files(self.training_pattern), self.validate + self.test
        found = require_files(self.pattern, held + max(0, self.train - len(official)))
        random = np.random.default_rng(self.seed)
        drawn = [found[index] for index in random.permutation(len(found))]
        rest = official + drawn[held:]
        return {
            "train": [rest[index] for index in random.permutation(len(rest))[: self.train]],
            "validate": drawn[: self.validate],
            "test": drawn[self.validate : held],
        }

    def read(
        self, files: Mapping[str, list[Path]], split: str, *, batch_size: int = 128, seed: int | None = None
    ) -> Batches:
        """Batches: features `rgb` (batch, frames, 1024), `audio` (batch, frames, 128) and `num_frames` (batch,); labels
        (batch, 3862)."""
        halves = self.halves and split == "train"
        return youtube8m.read_frame_level(
            files[split],
            max_frames=-(-self.max_frames // 2) if halves else self.max_frames,
            frames=self.frames,
            halves=halves,
            batch_size=batch_size,
            seed=seed,
        )
