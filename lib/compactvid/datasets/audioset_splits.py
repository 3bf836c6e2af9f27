"""Real AudioSet embeddings, split by file for training, validation and test."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from compactvid.datasets import audioset
from compactvid.datasets.audioset_files import AudioSetFiles
from compactvid.datasets.batches import Batch, Batches
from compactvid.datasets.in_memory import InMemory
from compactvid.datasets.real_files import RealFiles, require_files


@dataclass(frozen=True)
class AudioSetSplits(RealFiles):
    """Files of the balanced training split, drawn for training, validation and test.

    A file holds the clips whose ids begin with the same two characters, which are random: whole files make independent
    splits.

    Parameters
    ----------
    train, validate, test
        Number of files of each split; a file holds five or six clips.
    seed
        Draws which files go where.
    """

    train: int
    validate: int
    test: int
    seed: int = 0

    pattern = AudioSetFiles.pattern

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; see `RealFiles`."""
        sizes = (self.train, self.validate, self.test)
        files = np.array(require_files(self.pattern, sum(sizes)))
        drawn = files[np.random.default_rng(self.seed).permutation(len(files))[: sum(sizes)]]
        parts = np.split(drawn, np.cumsum(sizes)[:-1])
        return {split: sorted(part) for split, part in zip(("train", "validate", "test"), parts, strict=True)}

    def read(
        self, files: Mapping[str, list[Path]], split: str, *, batch_size: int = 512, seed: int | None = None
    ) -> Batches:
        """Batches: features `audio` (batch, 10, 128) and `num_frames` (batch,); labels (batch, 527).

        The feature has the name of YouTube-8M's, which it was "quantized to be compatible with": a model reads either.
        """
        return Batches(_held(tuple(files[split])), batch_size=batch_size, seed=seed)


class _Audio(InMemory):
    """Clips under YouTube-8M's name of their feature."""

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        inputs, labels = super().load(indices, epoch)
        return {"audio": inputs["audio_embedding"], "num_frames": inputs["num_frames"]}, labels


@lru_cache(maxsize=9)  # three draws: what the runs of a process train on in turn is read once
def _held(paths: tuple[Path, ...]) -> _Audio:
    return _Audio(audioset.read_frame_level(list(paths)).source)
