"""Which object each detection claims, and whether it finds it."""

from typing import TYPE_CHECKING

import numpy as np

from compactvid.metrics.box_overlap import largest_overlap

if TYPE_CHECKING:
    import pandas as pd

_BOX = ["x_min", "y_min", "x_max", "y_max"]


def claimed_objects(
    ground_truth: "pd.DataFrame", detections: "pd.DataFrame", *, iou_threshold: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """By Pascal VOC's rule, as in `compactvid.metrics.detection_average_precision`, which counts what this tells apart.

    A detection claims the object of its image and class with which it overlaps most, if their IoU is at least the
    threshold. The first to claim an object, by falling score, finds it; of equal scores the one that stands first.
    Difficult objects are claimed and found as all others are.

    Parameters
    ----------
    ground_truth, detections : pandas.DataFrame
        As that function takes them.
    iou_threshold : float, default 0.5

    Returns
    -------
    claimed : int array of shape (detections,)
        The row of the object in ground_truth, by position; -1 where none is claimed.
    finds : bool array of shape (detections,)
        Whether the detection is the first to claim it.
    """
    import pandas as pd  # here, because it takes longer to import than all the metrics together

    names = pd.concat([ground_truth[["image", "label"]], detections[["image", "label"]]], ignore_index=True)
    groups = names.groupby(["image", "label"], sort=False).ngroup().to_numpy()
    boxes, objects = (table[_BOX].to_numpy("float64").T for table in (detections, ground_truth))
    count = len(ground_truth)
    rows, overlap, index = largest_overlap(boxes, groups[count:], objects, groups[:count])
    claims = overlap >= iou_threshold
    rows, index = rows[claims], index[claims]
    claimed, finds = np.full(len(detections), -1), np.zeros(len(detections), bool)
    claimed[rows] = index
    by_score = rows[np.argsort(-detections["score"].to_numpy()[rows], kind="stable")]
    finds[by_score[np.unique(claimed[by_score], return_index=True)[1]]] = True
    return claimed, finds
