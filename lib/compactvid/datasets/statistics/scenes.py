"""How many objects an image has, how large they are, and how many are hard to see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.voc_annotations import Annotation


@dataclass(frozen=True)
class SceneStatistics:
    """`scene_statistics` of one split.

    Parameters
    ----------
    dataset
        A data set configuration with `read_annotations(files, split)`.
    split
        Which of its splits.
    """

    dataset: Any
    split: str = "train"

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Read the annotations once; nothing is written to `folder`."""
        return scene_statistics(self.dataset.read_annotations(self.dataset.prepare(data_folder), self.split))


def scene_statistics(annotations: Iterable[Annotation]) -> dict[str, Any]:
    """Count objects and measure their boxes.

    Parameters
    ----------
    annotations : iterable of Annotation
        Corners are 1-based and inclusive: a box is ``x_max - x_min + 1`` pixels wide.

    Returns
    -------
    dict
        ``images``, ``objects``, ``objects_per_image`` (images with 0, 1, 2, ... objects), ``difficult`` and
        ``truncated`` (shares of objects), ``by_class`` (pairs of each class that occurs and its number of objects,
        falling; of equally common ones in alphabetical order), ``area_shares`` (each box's share of its image) and
        ``aspect_ratios`` (width over height), both ascending.

    Raises
    ------
    ValueError
        No object.
    """
    annotations = list(annotations)
    pairs = [(annotation, found) for annotation in annotations for found in annotation.objects]
    if not pairs:
        raise ValueError(f"scene statistics need at least one object; {len(annotations)} images hold none")
    boxes = np.array([found.box for _, found in pairs])
    widths, heights = boxes[:, 2] - boxes[:, 0] + 1, boxes[:, 3] - boxes[:, 1] + 1
    images = np.array([annotation.height * annotation.width for annotation, _ in pairs])
    names, counts = np.unique([found.label for _, found in pairs], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {
        "images": len(annotations),
        "objects": len(pairs),
        "objects_per_image": np.bincount([len(annotation.objects) for annotation in annotations]).tolist(),
        "difficult": float(np.mean([found.difficult for _, found in pairs])),
        "truncated": float(np.mean([found.truncated for _, found in pairs])),
        "by_class": [[str(names[index]), int(counts[index])] for index in order],
        "area_shares": np.sort(widths * heights / images).tolist(),
        "aspect_ratios": np.sort(widths / heights).tolist(),
    }
