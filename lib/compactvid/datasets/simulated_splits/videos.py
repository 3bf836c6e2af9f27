"""Simulated videos, as YouTube-8M's shards."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from compactvid.datasets import youtube8m
from compactvid.datasets.batches import Batches
from compactvid.datasets.in_memory import InMemory
from compactvid.datasets.simulated.shards import write_frame_level, write_video_level
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated.video_world import VideoWorld
from compactvid.datasets.simulated_splits.split_counts import SplitCounts


@dataclass(frozen=True)
class SimulatedFrameLevel(SplitCounts[VideoWorld]):
    """Frame-level shards of a simulated world."""

    def prepare(self, folder: Path) -> Mapping[Split, list[Path]]:
        """Write the shards into `folder` where they are not there yet; return the paths of each split."""
        return write_frame_level(folder, self.world, self.counts)

    def read(
        self,
        files: Mapping[Split, list[Path]],
        split: Split,
        *,
        batch_size: int = 512,
        seed: int | None = None,
        dequantized: bool = True,
    ) -> Batches:
        """Batches of a split: features `rgb`, `audio` (batch, frames, features) and `num_frames` (batch,); labels."""
        return Batches(_frames(self.world, tuple(files[split]), dequantized), batch_size=batch_size, seed=seed)


@lru_cache(maxsize=15)  # the splits of five worlds: what the runs of a process train on in turn is read once
def _frames(world: VideoWorld, paths: tuple[Path, ...], dequantized: bool) -> InMemory:
    batches = youtube8m.read_frame_level(
        list(paths),
        num_classes=world.num_classes,
        feature_sizes={"rgb": world.rgb_size, "audio": world.audio_size},
        max_frames=world.max_frames,
        dequantized=dequantized,
    )
    return InMemory(batches.source)


@dataclass(frozen=True)
class SimulatedVideoLevel(SplitCounts[VideoWorld]):
    """Video-level shards of a simulated world."""

    def prepare(self, folder: Path) -> Mapping[Split, list[Path]]:
        """Write the shards into `folder` where they are not there yet; return the paths of each split."""
        return write_video_level(folder, self.world, self.counts)

    def read(
        self, files: Mapping[Split, list[Path]], split: Split, *, batch_size: int = 512, seed: int | None = None
    ) -> Batches:
        """Batches of a split: features `mean_rgb`, `mean_audio` (batch, features); labels (batch, classes)."""
        return youtube8m.read_video_level(
            files[split],
            num_classes=self.world.num_classes,
            feature_sizes={"mean_rgb": self.world.rgb_size, "mean_audio": self.world.audio_size},
            batch_size=batch_size,
            seed=seed,
        )
