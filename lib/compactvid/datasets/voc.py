"""Pascal VOC detection: images with boxes, in the layout of the development kit.

A folder holds ``Annotations/ID.xml``, ``JPEGImages/ID.jpg`` and, a line an id, ``ImageSets/Main/SPLIT.txt``.
Source: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compactvid.atomic import replaced
from compactvid.datasets.batches import Batch, Batches, integer_at_least
from compactvid.datasets.damaged_examples import OnError
from compactvid.datasets.tfrecord import RecordError
from compactvid.datasets.voc_annotations import (
    CLASS_NAMES,
    AnnotatedObject,
    Annotation,
    box_problem,
    encode_annotation,
    read_annotation,
)
from compactvid.datasets.voc_images import encode_jpeg, letterbox, read_jpeg
from compactvid.datasets.voc_layout import annotation_path, image_path, is_plain, list_path, listed_images

__all__ = ["CLASS_NAMES", "AnnotatedObject", "read", "read_annotations", "write"]

NO_OBJECT = -1


def read(
    root: str | os.PathLike,
    *,
    split: str | None = None,
    class_names: Sequence[str] = CLASS_NAMES,
    size: tuple[int, int] = (416, 416),
    max_objects: int | None = None,
    batch_size: int = 32,
    seed: int | None = None,
    on_error: OnError = "raise",
) -> Batches:
    """Read images and their boxes.

    All annotations of the split are read and checked here, images as their batch comes.

    Parameters
    ----------
    root : path-like
        Folder with ``Annotations`` and ``JPEGImages``.
    split : str, optional
        Name of a list in ``ImageSets/Main``, whose order counts where `seed` is None; by default all annotations, by
        name.
    class_names : sequence of str
        The classes in the order of their numbers.
    size : tuple of int
        Height and width that images are brought to by `compactvid.datasets.voc_images.letterbox`, as Darknet tests.
    max_objects : int, optional
        Rows of `objects`; by default what the image with most objects needs.
    batch_size : int
        Images a batch.
    seed : int or None
        None keeps the order, see `Batches`.
    on_error : {"raise", "skip"}
        See `Batches`; an example is an image with its annotation.

    Returns
    -------
    Batches
        Of ``({"image": (batch, height, width, 3) uint8 RGB, "image_size": (batch, 2) int32}, objects)``. ``image_size``
        is the height and width of the file. ``objects``, float32 (batch, max_objects, 6), has a row an object: class,
        x_min, y_min, x_max, y_max, difficult (0 or 1). The corners are the file's: pixels of the original image,
        1-based and inclusive; `voc_images.letterbox_box` says where they come to lie. Rows without an object are -1
        throughout.

    Raises
    ------
    OSError
        Here (lists, annotations) or at a batch (images): a file is missing or not readable.
    RecordError
        A file's content is damaged or not as described, see `read_annotation` and `read_jpeg`; an image has another
        size than its annotation says.
    ValueError
        An image has more than `max_objects` objects, or a parameter is out of its range.
    """
    source = _ImageSource(root, split, class_names, size, max_objects, on_error)
    return Batches(source, batch_size=batch_size, seed=seed, on_error=on_error)


def read_annotations(
    root: str | os.PathLike, split: str | None = None, class_names: Sequence[str] = CLASS_NAMES
) -> pd.DataFrame:
    """All objects of a split, as `compactvid.metrics.detection_average_precision` takes them.

    Parameters
    ----------
    root, split, class_names
        As in `read`.

    Returns
    -------
    pandas.DataFrame
        A row an object, in the order of the split: image (its id), label (name of the class), x_min, y_min, x_max,
        y_max (float, pixels, 1-based and inclusive), difficult and truncated (bool).

    Raises
    ------
    OSError, RecordError
        As in `read`.
    """
    rows = [
        (annotation.image, found.label, *found.box, found.difficult, found.truncated)
        for image in listed_images(root, split)
        for annotation in [read_annotation(annotation_path(Path(root), image), class_names)]
        for found in annotation.objects
    ]
    types = dict.fromkeys(("x_min", "y_min", "x_max", "y_max"), float) | {"difficult": bool, "truncated": bool}
    return pd.DataFrame(rows, columns=["image", "label", *types]).astype(types)


def write(root: str | os.PathLike, split: str, examples: Iterable[Mapping[str, Any]]) -> None:
    """Write images, annotations and, last, the split's list.

    Parameters
    ----------
    root : path-like
        Folder of the data set; other splits in it stay.
    split : str
        Name of the list in ``ImageSets/Main``.
    examples : iterable of mapping
        Consumed as a stream. Each has ``id`` (str, a plain file name), ``image`` (uint8 (height, width, 3) RGB, stored
        as JPEG of quality 95 without colour subsampling) and ``objects`` (sequence of `AnnotatedObject`, may be empty;
        stored exactly).

    Raises
    ------
    ValueError
        An example is not as described, or an id comes twice; the message gives its index (from 0). Each file is whole
        or absent, and the list is then not written.
    """
    root, ids = Path(root), dict[str, None]()
    listed = list_path(root, split)
    for index, example in enumerate(examples):
        annotation = _checked(index, example)
        if annotation.image in ids:
            raise ValueError(f"example {index}: the id {annotation.image!r} comes twice")
        ids[annotation.image] = None
        for path, content in (
            (image_path(root, annotation.image), encode_jpeg(example["image"])),
            (annotation_path(root, annotation.image), encode_annotation(annotation)),
        ):
            with replaced(path, flushed=False) as temporary:
                temporary.write_bytes(content)
    if not ids:
        raise ValueError(f"{root}, split {split}: no example to write")
    os.sync()  # all at once: a flush for each file takes longer than to draw it
    with replaced(listed) as temporary:
        temporary.write_text("".join(f"{image}\n" for image in ids))


class _ImageSource:
    def __init__(self, root, split, class_names, size, max_objects, on_error):
        self.root = Path(root)
        height, width = size
        self.size = integer_at_least("height", height, minimum=1), integer_at_least("width", width, minimum=1)
        if isinstance(class_names, str) or not class_names or len(set(class_names)) < len(class_names):
            raise ValueError(f"class_names must be a sequence of different names, got {class_names!r}")
        self.class_names = tuple(class_names)
        self.images = listed_images(root, split)
        self.annotations: list[Annotation | RecordError] = []
        for image in self.images:
            try:
                self.annotations.append(read_annotation(annotation_path(self.root, image), self.class_names))
            except RecordError as error:
                if on_error == "raise":
                    raise
                self.annotations.append(error)  # raised again by `load`
        found = [read for read in self.annotations if isinstance(read, Annotation)]
        most = max([(len(read.objects), read.image) for read in found], default=(0, ""))
        self.max_objects = most[0] if max_objects is None else integer_at_least("max_objects", max_objects, minimum=0)
        if self.max_objects < most[0]:
            path = annotation_path(self.root, most[1])
            raise ValueError(f"{path}: {most[0]} objects, but max_objects is {max_objects}")

    def __len__(self) -> int:
        return len(self.images)

    def ids(self, indices: np.ndarray) -> list[str]:
        return [self.images[index] for index in indices]

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        images = np.empty((len(indices), *self.size, 3), np.uint8)
        sizes = np.empty((len(indices), 2), np.int32)
        objects = np.full((len(indices), self.max_objects, 6), NO_OBJECT, np.float32)
        for row, index in enumerate(indices):
            annotation = self.annotations[index]
            if isinstance(annotation, RecordError):
                raise annotation.with_traceback(None)
            sizes[row] = height, width = annotation.height, annotation.width
            image = read_jpeg(image_path(self.root, annotation.image), height=height, width=width)
            images[row] = letterbox(image, self.size)
            for place, found in enumerate(annotation.objects):
                objects[row, place] = self.class_names.index(found.label), *found.box, found.difficult
        return {"image": images, "image_size": sizes}, objects


def _checked(index: int, example: Mapping[str, Any]) -> Annotation:
    """What the writer stores, or a ValueError that names the example."""
    if missing := {"id", "image", "objects"} - set(example):
        raise ValueError(f"example {index}: no {' and no '.join(sorted(missing))}; it has {sorted(example)}")
    name, image, objects = example["id"], np.asarray(example["image"]), tuple(example["objects"])
    if not isinstance(name, str) or not is_plain(name):
        raise ValueError(f"example {index}: id must be a plain file name, got {name!r}")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        problem = f"got {image.dtype} of shape {image.shape}"
        raise ValueError(f"example {index}: image must be uint8 (height, width, 3), {problem}")
    height, width = image.shape[:2]
    for number, described in enumerate(objects):
        if not described.label or described.label != described.label.strip():
            raise ValueError(f"example {index}, object {number}: label must be a name, got {described.label!r}")
        if wrong := box_problem(described, height, width):
            raise ValueError(f"example {index}, object {number}: {wrong}")
    return Annotation(name, height, width, objects)
