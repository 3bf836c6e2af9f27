"""Average precision of object detection over ten thresholds of overlap, after COCO."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from compactvid.metrics.detection_average_precision import interpolated
from compactvid.metrics.ranked_detections import RankedDetections

if TYPE_CHECKING:
    import pandas as pd

IOU_THRESHOLDS = np.arange(10, 20) / 20
"""0.50, 0.55 ... 0.95."""


def coco_style_average_precision(
    ground_truth: "pd.DataFrame",
    detections: "pd.DataFrame",
    *,
    use_difficult: bool = False,
    images: Iterable[Any] | None = None,
) -> "pd.DataFrame":
    """Mean of `detection_average_precision` over the IoU thresholds 0.50, 0.55 ... 0.95, for each class.

    It rewards boxes that fit closely. Only the thresholds are COCO's; all else is as in `detection_average_precision`,
    so that the numbers differ from those of pycocotools, where

    - corners aren't inclusive: no pixel is added to a box's sides;
    - a detection whose best object is taken gets the best of those that are left, where it has no second choice here;
    - precision is averaged over 101 recalls, where this is the whole area ("all-point");
    - an image's detections beyond the best 100 are dropped, where all count here;
    - objects are crowds or not, where they are difficult or not here.

    Parameters and errors are those of `detection_average_precision`.

    Returns
    -------
    pandas.DataFrame
        A row for each class with an object that counts, labels ascending. The mean over classes is
        ``result.average_precision.mean()``.

        - label
        - average_precision : float in [0, 1], the mean over the thresholds
        - num_ground_truth : int, objects that count
        - at_threshold : float64 array of shape (10,), AP at each threshold

    Notes
    -----
    Overlaps are computed once for all thresholds.
    """
    ranked = RankedDetections(ground_truth, detections, use_difficult=use_difficult, images=images)
    import pandas as pd  # here, because it takes longer to import than all the metrics together

    at_threshold = np.array(
        [
            [
                interpolated(hits, positives, "all-point")
                for hits, positives in zip(ranked.hits(threshold), ranked.num_ground_truth, strict=True)
            ]
            for threshold in IOU_THRESHOLDS
        ]
    ).T  # (classes, thresholds)
    return pd.DataFrame(
        {
            "label": ranked.labels,
            "average_precision": at_threshold.mean(axis=1),
            "num_ground_truth": ranked.num_ground_truth,
            "at_threshold": list(at_threshold),
        }
    )
