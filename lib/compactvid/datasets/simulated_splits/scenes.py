"""Simulated scenes, as Pascal VOC's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from compactvid.datasets import voc
from compactvid.datasets.batches import Batches
from compactvid.datasets.in_memory import InMemory
from compactvid.datasets.simulated.scene_files import SET_NAMES, write_scenes
from compactvid.datasets.simulated.scene_world import SceneWorld
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated_splits.split_counts import SplitCounts
from compactvid.datasets.voc_annotations import Annotation, read_annotation


@dataclass(frozen=True)
class SimulatedScenes(SplitCounts[SceneWorld]):
    """Images of a simulated world with their annotations, in the layout of VOC's development kit."""

    def prepare(self, folder: Path) -> Mapping[Split, list[Path]]:
        """Write images and annotations into `folder` where they are not there yet; return each split's annotations."""
        return write_scenes(folder, self.world, self.counts)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""
        return self.world.class_names

    def read(
        self,
        files: Mapping[Split, list[Path]],
        split: Split,
        *,
        size: tuple[int, int] | None = None,
        batch_size: int = 32,
        seed: int | None = None,
    ) -> Batches:
        """Batches of a split as `voc.read` gives them, from memory; by default images keep their size."""
        size = (self.world.height, self.world.width) if size is None else size
        return Batches(_images(self.world, _root(files, split), split, size), batch_size=batch_size, seed=seed)

    def read_annotations(self, files: Mapping[Split, list[Path]], split: Split) -> list[Annotation]:
        """What is known about each image."""
        return [read_annotation(path, self.world.class_names) for path in files[split]]

    def ground_truth(self, files: Mapping[Split, list[Path]], split: Split) -> pd.DataFrame:
        """All objects of a split as `voc.read_annotations` gives them, for detection metrics."""
        return voc.read_annotations(_root(files, split), SET_NAMES[split], self.world.class_names)


@lru_cache(maxsize=3)  # the splits of a world: what the runs of a process train on in turn is read once
def _images(world: SceneWorld, root: Path, split: Split, size: tuple[int, int]) -> InMemory:
    batches = voc.read(
        root, split=SET_NAMES[split], class_names=world.class_names, size=size, max_objects=world.max_objects
    )
    return InMemory(batches.source)


def _root(files: Mapping[Split, list[Path]], split: Split) -> Path:
    return files[split][0].parents[1]
