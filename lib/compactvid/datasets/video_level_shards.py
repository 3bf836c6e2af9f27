"""Real YouTube-8M video-level shards, split by shard."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compactvid.datasets import youtube8m
from compactvid.datasets.batches import Batches
from compactvid.datasets.real_files import RealFiles, require_files


@dataclass(frozen=True)
class VideoLevelShards(RealFiles):
    """Some of the official validation shards, drawn for training, validation and test.

    A shard holds videos at random, so whole shards make independent splits.

    Parameters
    ----------
    train, validate, test
        Number of shards of each split.
    seed
        Draws which shards go where.
    """

    train: int
    validate: int
    test: int
    seed: int = 0

    pattern = "yt8m/video/validate/validate*.tfrecord"

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; see `RealFiles`."""
        needed = self.train + self.validate + self.test
        shards = require_files(self.pattern, needed)
        drawn = [shards[index] for index in np.random.default_rng(self.seed).permutation(len(shards))[:needed]]
        return {
            "train": drawn[: self.train],
            "validate": drawn[self.train : self.train + self.validate],
            "test": drawn[self.train + self.validate :],
        }

    def read(
        self, files: Mapping[str, list[Path]], split: str, *, batch_size: int = 512, seed: int | None = None
    ) -> Batches:
        """Batches of a split: features `mean_rgb` (batch, 1024), `mean_audio` (batch, 128); labels (batch, 3862)."""
        return youtube8m.read_video_level(files[split], batch_size=batch_size, seed=seed)
