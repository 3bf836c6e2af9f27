"""Simulated clips, as UCF11's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compactvid.datasets.batches import Batches
from compactvid.datasets.frame_choice import FrameChoice
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

    def read(
        self,
        files: Mapping[Split, list[Path]],
        split: Split,
        *,
        num_frames: int = 6,
        frame_choice: FrameChoice | None = None,
        size: tuple[int, int] | None = None,
        batch_size: int = 16,
        seed: int | None = None,
    ) -> Batches:
        """Batches of a split as `clips.read` gives them; frames keep their size unless another one is given."""
        from compactvid.datasets import clips  # PyAV takes long to import, and most data sets have no clips

        return clips.read(
            files[split][0].parents[2],
            class_names=self.world.class_names,
            num_frames=num_frames,
            frame_choice=frame_choice,
            size=(self.world.height, self.world.width) if size is None else size,
            batch_size=batch_size,
            seed=seed,
        )
