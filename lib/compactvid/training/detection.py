"""What a detector finds in pictures, as tables in the pixels of the pictures' files."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from compactvid.datasets.batches import Batches
from compactvid.datasets.voc_images import letterbox_box
from compactvid.training.detection_file import BOX, DETECTION_TYPES, OBJECT_TYPES


def detect(
    predict: Callable[[dict[str, np.ndarray]], Any],
    batches: Batches,
    *,
    anchors: Sequence[tuple[float, float]],
    class_names: Sequence[str],
    **thresholds: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Objects and detections of a whole split, as `compactvid.metrics.detection_average_precision` takes them.

    Parameters
    ----------
    predict
        Called with a dict of `image`, float32 in [0, 1] of shape (images, height, width, 3); returns the network's
        output, as `compactvid.ops.boxes.decode_boxes` takes it.
    batches
        Of `compactvid.datasets.voc.read`, or of the same form.
    anchors, class_names, thresholds
        As in `detections`.

    Returns
    -------
    tuple of pandas.DataFrame
        `objects_of` and `detections` of each batch, one below the other.

    Raises
    ------
    ValueError
        As in `objects_of` and `detections`.
    """
    objects, found = [], []
    for step, (inputs, rows) in enumerate(batches):
        images, ids = inputs["image"], batches.ids(step)
        output = np.asarray(predict({"image": images.astype("float32") / 255}))
        objects.append(objects_of(rows, ids, class_names))
        found.append(
            detections(
                output,
                ids,
                inputs["image_size"],
                input_size=images.shape[1:3],
                anchors=anchors,
                class_names=class_names,
                **thresholds,
            )
        )
    return pd.concat(objects, ignore_index=True), pd.concat(found, ignore_index=True)


def detections(
    output: np.ndarray,
    ids: Sequence[str],
    image_sizes: np.ndarray,
    *,
    input_size: tuple[int, int],
    anchors: Sequence[tuple[float, float]],
    class_names: Sequence[str],
    score_threshold: float = 0.005,
    iou_threshold: float = 0.45,
) -> pd.DataFrame:
    """Boxes that a network predicts, back in the pixels of the images that were letterboxed into its input.

    A box's score for a class is its objectness times the class's probability. Boxes are clipped to the image; those
    wholly beside it are dropped, and sides of less than a pixel become a pixel.

    Parameters
    ----------
    output
        Of shape (images, rows, columns, channels), as `compactvid.ops.boxes.decode_boxes` takes it.
    ids
        Names of the images.
    image_sizes
        Height and width of each image's file, (images, 2).
    input_size
        Height and width of the network's input.
    anchors
        Width and height of each, in cells.
    class_names
        In the order of their numbers.
    score_threshold, iou_threshold
        See `compactvid.ops.non_max_suppression.class_wise_non_max_suppression`.

    Returns
    -------
    pandas.DataFrame
        A row a detection: image, label, x_min, y_min, x_max, y_max (float32, pixels, 1-based and inclusive: a box over
        the whole image ends at 1 and at its width), score (float32). In the order of the images, scores falling.

    Raises
    ------
    ValueError
        The output has values that are not finite, or another number of channels than anchors and classes ask for.
    """
    from keras import ops

    from compactvid.ops.boxes import decode_boxes, to_corners
    from compactvid.ops.non_max_suppression import class_wise_non_max_suppression

    if output.shape[-1] != len(anchors) * (5 + len(class_names)):
        raise ValueError(
            f"the output has {output.shape[-1]} channels: expected {len(anchors) * (5 + len(class_names))}, "
            f"for {len(anchors)} anchors and {len(class_names)} classes"
        )
    finite = np.isfinite(output).reshape(len(output), -1).all(axis=1)
    if not finite.all():
        raise ValueError(f"image {ids[int(np.argmin(finite))]}: the output has values that are not finite")
    boxes, objectness, classes = decode_boxes(output, anchors)
    rows, columns = output.shape[1:3]
    corners = ops.convert_to_numpy(ops.reshape(to_corners(boxes), (len(output), -1, 4)))
    scores = ops.convert_to_numpy(ops.reshape(objectness[..., None] * classes, (*corners.shape[:2], len(class_names))))
    kept = class_wise_non_max_suppression(corners, scores, score_threshold=score_threshold, iou_threshold=iou_threshold)
    image, box, label = np.nonzero(kept)
    score = scores[image, box, label]
    order = np.lexsort((-score, image))
    image, box, label, score = image[order], box[order], label[order], score[order]

    height, width = input_size
    in_input = corners[image, box].astype("float64") * np.array([width / columns, height / rows] * 2)
    pixels, beside = _in_image(in_input, image, image_sizes, input_size)
    frame = pd.DataFrame({"image": np.asarray(ids, object)[image], "label": np.asarray(class_names, object)[label]})
    frame = frame.assign(**dict(zip(BOX, pixels.T, strict=True)), score=score)
    return frame[~beside].reset_index(drop=True).astype(DETECTION_TYPES)


def objects_of(objects: np.ndarray, ids: Sequence[str], class_names: Sequence[str]) -> pd.DataFrame:
    """The objects of a batch of `compactvid.datasets.voc.read` as a table.

    Parameters
    ----------
    objects
        Of shape (images, objects, 6): class, corners, difficult; rows of class -1 are none.
    ids
        Names of the images.
    class_names
        In the order of their numbers.

    Returns
    -------
    pandas.DataFrame
        A row an object: image, label, x_min, y_min, x_max, y_max (float32, pixels, 1-based and inclusive), difficult.

    Raises
    ------
    ValueError
        A class has no name.
    """
    image, place = np.nonzero(objects[..., 0] >= 0)
    found = objects[image, place]
    label = found[:, 0].astype(int)
    if len(label) and label.max() >= len(class_names):
        raise ValueError(f"image {ids[image[label.argmax()]]}: class {label.max()} is none of {', '.join(class_names)}")
    frame = pd.DataFrame({"image": np.asarray(ids, object)[image], "label": np.asarray(class_names, object)[label]})
    return frame.assign(**dict(zip(BOX, found[:, 1:5].T, strict=True)), difficult=found[:, 5] > 0).astype(OBJECT_TYPES)


def _in_image(
    corners: np.ndarray, image: np.ndarray, image_sizes: np.ndarray, input_size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Corners (boxes, 4) in pixels of the input as inclusive ones in those of the image, and which lie beside it."""
    placed = [letterbox_box((height, width), input_size) for height, width in image_sizes.tolist()]
    top, left, inner_height, inner_width = np.array(placed, "float64").reshape(-1, 4)[image].T
    height, width = np.asarray(image_sizes, "float64").reshape(-1, 2)[image].T
    scale = np.stack([width / inner_width, height / inner_height] * 2, axis=-1)
    corners = (corners - np.stack([left, top] * 2, axis=-1)) * scale
    sides = np.stack([width, height], axis=-1)
    beside = np.any((corners[:, 2:] <= 0) | (corners[:, :2] >= sides), axis=1)
    low = np.clip(corners[:, :2] + 1, 1, sides)
    return np.concatenate([low, np.clip(corners[:, 2:], low, sides)], axis=-1), beside
