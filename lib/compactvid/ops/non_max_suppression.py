"""Of the boxes that show the same object, the best one."""

import numpy as np
from keras import ops

from compactvid.ops.boxes import intersection_over_union


def class_wise_non_max_suppression(
    boxes: np.ndarray, scores: np.ndarray, *, iou_threshold: float = 0.45, score_threshold: float = 0.005
) -> np.ndarray:
    """Which boxes are detections of which classes.

    In each image and for each class by itself, boxes are taken in falling order of score, of equal ones the first. One
    that overlaps with a box that was kept before goes.

    Reference: `do_nms_sort` in src/box.c of https://github.com/pjreddie/darknet; the thresholds are those of its
    `validate_detector`, which VOC's evaluation gets. `tf.image.non_max_suppression` does the same for one class.

    Parameters
    ----------
    boxes
        Corners of shape (images, boxes, 4).
    scores
        Of shape (images, boxes, classes).
    iou_threshold
        A box goes if its IoU with a kept one is larger.
    score_threshold
        Only larger scores are considered.

    Returns
    -------
    numpy.ndarray
        Booleans of the shape of `scores`.

    Raises
    ------
    ValueError
        A score or corner is not a number, or a threshold is outside of [0, 1].

    Notes
    -----
    The pairs of boxes of all images are held at once, images * boxes**2 values.
    """
    for name, threshold in (("iou_threshold", iou_threshold), ("score_threshold", score_threshold)):
        if not 0 <= threshold <= 1:
            raise ValueError(f"non-maximum suppression: {name} must lie in [0, 1], not {threshold}")
    for name, values in (("scores", scores), ("boxes", boxes)):
        if np.isnan(values).any():
            wrong = int(np.argmax(np.isnan(values).reshape(len(values), -1).any(axis=1)))
            raise ValueError(f"non-maximum suppression: {name} of image {wrong} (from 0) hold a NaN")
    overlap = ops.convert_to_numpy(intersection_over_union(boxes[:, :, None], boxes[:, None])) > iou_threshold
    overlap &= ~np.eye(boxes.shape[1], dtype=bool)
    kept = scores > score_threshold
    order = np.argsort(-scores, axis=1, kind="stable")
    image, label = np.ix_(np.arange(len(scores)), np.arange(scores.shape[2]))
    for rank in range(int(kept.sum(axis=1).max(initial=0))):
        best = order[:, rank]  # (images, classes)
        gone = overlap[image, best] & kept[image, best, label][..., None]  # (images, classes, boxes)
        kept &= ~np.moveaxis(gone, 1, 2)
    return kept
