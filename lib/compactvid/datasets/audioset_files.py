"""Real AudioSet embeddings: some of the balanced training split's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compactvid.datasets import audioset
from compactvid.datasets.batches import Batches
from compactvid.datasets.real_files import RealFiles, require_files


@dataclass(frozen=True)
class AudioSetFiles(RealFiles):
    """Files drawn from the balanced training split, one split of their own.

    Parameters
    ----------
    train
        Number of files; each holds a few clips.
    seed
        Draws which.
    """

    train: int
    seed: int = 0

    pattern = "audioset/balanced_train/*.tfrecord"

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of the split `train`; see `RealFiles`."""
        files = require_files(self.pattern, self.train)
        drawn = np.random.default_rng(self.seed).permutation(len(files))[: self.train]
        return {"train": [files[index] for index in np.sort(drawn)]}

    def read(
        self,
        files: Mapping[str, list[Path]],
        split: str,
        *,
        batch_size: int = 512,
        seed: int | None = None,
        dequantized: bool = True,
    ) -> Batches:
        """Batches: features `audio_embedding` (batch, 10, 128) and `num_frames` (batch,); labels (batch, 527)."""
        return audioset.read_frame_level(files[split], batch_size=batch_size, seed=seed, dequantized=dequantized)
