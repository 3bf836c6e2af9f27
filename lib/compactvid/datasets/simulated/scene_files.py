"""A simulated world of scenes as a folder of Pascal VOC's development kit."""

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
    check_counts(counts)
    files = {}
    for split, count in counts.items():
        ids = [f"{split}_{index:06d}" for index in range(count)]
        files[split] = [f"ImageSets/Main/{SET_NAMES[split]}.txt", *(f"JPEGImages/{image}.jpg" for image in ids)]
        files[split] += [f"Annotations/{image}.xml" for image in ids]

    def write(partial: Path, split: Split) -> None:
        voc.write(partial, SET_NAMES[split], map(_example, world.scenes(split, counts[split])))

    def first_item(split: Split) -> bytes:
        scene = next(world.scenes(split, 1))
        return scene.image.tobytes() + scene.classes.tobytes() + scene.boxes.tobytes()

    paths = complete_folder(folder, world, counts, files, write, first_item)
    return {split: [path for path in paths[split] if path.suffix == ".xml"] for split in counts}


def _example(scene: SimulatedScene) -> dict[str, Any]:
    truth = (scene.classes, scene.boxes, scene.difficult, scene.truncated)
    objects = [
        voc.AnnotatedObject(CLASS_NAMES[label], x_min, y_min, x_max, y_max, difficult, truncated)
        for label, (x_min, y_min, x_max, y_max), difficult, truncated in zip(*(t.tolist() for t in truth), strict=True)
    ]
    return {"id": scene.id, "image": scene.image, "objects": objects}
