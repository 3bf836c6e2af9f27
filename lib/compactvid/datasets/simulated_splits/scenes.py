"""Simulated scenes, as Pascal VOC's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from compactvid.datasets import voc
from compactvid.datasets.batches import Batches
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

    def read(self, files: Mapping[Split, list[Path]], split: Split, **options: Any) -> Batches:
        """Batches of a split as `voc.read` gives them, with its `options`; by default images keep their size."""
        world = self.world
        given: dict[str, Any] = {"size": (world.height, world.width), "max_objects": world.max_objects} | options
        return voc.read(_root(files, split), split=SET_NAMES[split], class_names=world.class_names, **given)

    def read_annotations(self, files: Mapping[Split, list[Path]], split: Split) -> list[Annotation]:
        """What is known about each image."""
        return [read_annotation(path, self.world.class_names) for path in files[split]]

    def ground_truth(self, files: Mapping[Split, list[Path]], split: Split) -> pd.DataFrame:
        """All objects of a split as `voc.read_annotations` gives them, for detection metrics."""
        return voc.read_annotations(_root(files, split), SET_NAMES[split], self.world.class_names)


def _root(files: Mapping[Split, list[Path]], split: Split) -> Path:
    return files[split][0].parents[1]
