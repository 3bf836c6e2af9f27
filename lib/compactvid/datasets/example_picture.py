"""Which picture of a data set is shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.voc_annotations import Annotation
from compactvid.datasets.voc_images import read_jpeg
from compactvid.datasets.voc_layout import image_path

OBJECTS, CLASSES = 3, 2
"""How many objects, of how many classes, a picture must have at least."""


def example_picture(dataset: Any, files: Mapping[str, list[Path]], split: str) -> tuple[Annotation, np.ndarray]:
    """The first picture with several objects of several classes, none of them difficult.

    It is chosen by what is in it, not by what a detector finds there.

    Parameters
    ----------
    dataset
        A data set in the layout of VOC's development kit, with `read_annotations(files, split)`.
    files
        The annotations of its splits.
    split
        Which of them.

    Returns
    -------
    tuple
        Its annotation, and its pixels, uint8 (height, width, 3).

    Raises
    ------
    ValueError
        The split has no such picture.
    """
    for annotation in dataset.read_annotations(files, split):
        found = annotation.objects
        several = len(found) >= OBJECTS and len({each.label for each in found}) >= CLASSES
        if several and not any(each.difficult for each in found):
            path = image_path(files[split][0].parents[1], annotation.image)
            return annotation, read_jpeg(path, height=annotation.height, width=annotation.width)
    raise ValueError(
        f"{files[split][0].parent}: of {len(files[split])} pictures of split {split} none has {OBJECTS} objects of "
        f"{CLASSES} classes without a difficult one"
    )
