"""Simulated clips, as UCF11's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.datasets.batches import Batches
from compactvid.datasets.simulated.clip_files import write_clips
from compactvid.datasets.simulated.clip_world import ClipWorld
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated_splits.split_counts import SplitCounts


@dataclass(frozen=True)
class SimulatedClips(SplitCounts[ClipWorld]):
    """Video files of a simulated world, a folder in UCF11's layout for each split."""

    def prepare(self, folder: Path) -> Mapping[Split, list[Path]]:
        """Write the clips into `folder` where they are not there yet; return the paths of each split."""
        return write_clips(folder, self.world, self.counts)

    def read(self, files: Mapping[Split, list[Path]], split: Split, **options: Any) -> Batches:
        """Batches of a split as `clips.read` gives them, with its `options`; by default frames keep their size."""
        from compactvid.datasets import clips  # PyAV takes long to import, and most data sets have no clips

        given: dict[str, Any] = {"size": (self.world.height, self.world.width)} | options
        return clips.read(files[split][0].parents[2], class_names=self.world.class_names, **given)
