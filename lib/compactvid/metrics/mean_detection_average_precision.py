"""Mean average precision (mAP) of object detection."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from compactvid.metrics.detection_average_precision import Interpolation, detection_average_precision

if TYPE_CHECKING:
    import pandas as pd


def mean_detection_average_precision(
    ground_truth: "pd.DataFrame",
    detections: "pd.DataFrame",
    *,
    iou_threshold: float = 0.5,
    interpolation: Interpolation = "all-point",
    use_difficult: bool = False,
    images: Iterable[Any] | None = None,
) -> float:
    """VOC's mAP: mean of `detection_average_precision` over the classes that have an object that counts.

    Reference: Cheng et al. 2018, section 5.1, which calls AP the area under the curve of precision over recall; that is
    "all-point".

    Parameters and errors are those of `detection_average_precision`.

    Returns
    -------
    float in [0, 1].
    """
    classes = detection_average_precision(
        ground_truth,
        detections,
        iou_threshold=iou_threshold,
        interpolation=interpolation,
        use_difficult=use_difficult,
        images=images,
    )
    return float(classes["average_precision"].mean())
