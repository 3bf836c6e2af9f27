"""A simulated world of scenes as a folder of Pascal VOC's development kit."""

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compactvid.datasets import voc
from compactvid.datasets.simulated.scene_world import CLASS_NAMES, SceneWorld, SimulatedScene
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated.world_folder import check_counts, complete_folder

SET_NAMES: dict[Split, str] = {"train": "train", "validate": "val", "test": "test"}
"""What VOC calls the splits."""
_MAX_SCENES = 1_000_000


def write_scenes(folder: str | os.PathLike, world: SceneWorld, counts: Mapping[Split, int]) -> dict[Split, list[Path]]:
    """Write the first scenes of a world's splits in VOC's layout, unless they are there already.

    Images are ``JPEGImages/<split>_<index>.jpg``, their annotations ``Annotations/<split>_<index>.xml``, the splits'
    lists ``ImageSets/Main/train.txt``, ``val.txt`` and ``test.txt``. Beside these, ``world.json`` says what the folder
    holds. The folder is complete or absent, also for other processes that write it at the same time.

    Parameters
    ----------
    folder : path-like
        Where the folders are to be: absent or empty, or written by an earlier call with the same arguments and then
        left as it is.
    world : SceneWorld
    counts : mapping of split to int
        Number of scenes of each split wanted, 1 to 1,000,000.

    Returns
    -------
    dict of split to list of Path
        The annotations in order.

    Raises
    ------
    ValueError
        `counts` is not as described, or `folder` holds something else than these scenes.
    """
    check_counts(counts, _MAX_SCENES, "scenes")
    ids = {split: [f"{split}_{index:06d}" for index in range(count)] for split, count in counts.items()}
    holds = dataclasses.asdict(world) | {
        "counts": dict(counts),
        # The arguments are not all: other code or another NumPy or Pillow may draw other scenes from them.
        "first_scenes": {split: _digest(next(world.scenes(split, 1))) for split in counts},
    }

    def write(partial: Path) -> None:
        for split, count in counts.items():
            voc.write(partial, SET_NAMES[split], map(_example, world.scenes(split, count)))

    named = [name for split in counts for name in ids[split]]
    files = [f"ImageSets/Main/{SET_NAMES[split]}.txt" for split in counts]
    files += [f"Annotations/{name}.xml" for name in named] + [f"JPEGImages/{name}.jpg" for name in named]
    folder = complete_folder(folder, holds, files, write)
    return {split: [folder / "Annotations" / f"{name}.xml" for name in ids[split]] for split in counts}


def _example(scene: SimulatedScene) -> dict[str, Any]:
    truth = (scene.classes, scene.boxes, scene.difficult, scene.truncated)
    objects = [
        voc.AnnotatedObject(CLASS_NAMES[label], x_min, y_min, x_max, y_max, difficult, truncated)
        for label, (x_min, y_min, x_max, y_max), difficult, truncated in zip(*(t.tolist() for t in truth), strict=True)
    ]
    return {"id": scene.id, "image": scene.image, "objects": objects}


def _digest(scene: SimulatedScene) -> str:
    return hashlib.sha256(scene.image.tobytes() + scene.classes.tobytes() + scene.boxes.tobytes()).hexdigest()
