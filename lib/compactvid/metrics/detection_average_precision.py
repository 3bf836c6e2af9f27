"""Average precision of object detection, by the conventions of Pascal VOC."""

from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from compactvid.metrics.ranked_detections import RankedDetections

if TYPE_CHECKING:
    import pandas as pd

Interpolation = Literal["all-point", "11-point"]


def detection_average_precision(
    ground_truth: "pd.DataFrame",
    detections: "pd.DataFrame",
    *,
    iou_threshold: float = 0.5,
    interpolation: Interpolation = "all-point",
    use_difficult: bool = False,
    images: Iterable[Any] | None = None,
) -> "pd.DataFrame":
    r"""Average precision (AP) of each class over all images.

    Reference: Everingham et al. 2010, section 4.2; `VOCevaldet.m` of the development kits of VOC 2007 and 2012.

    As the kit counts:

    - Corners are inclusive, so that a box is ``x_max - x_min + 1`` pixels wide, in areas and in intersections.
    - The detections of a class claim objects in falling order of score; equal scores in the order of the table. Each
      claims the object of its image and class with which its IoU is largest (of equal ones the first in the table).
    - It is a hit if that IoU is at least `iou_threshold` and the object was not claimed before. Otherwise it is a false
      positive: there is no second choice if the object is taken. (Several ports to Python ask for more than the
      threshold; the kit for at least that.)
    - If the claimed object is difficult, the detection counts neither as a hit nor as a false positive.
    - "all-point", VOC's since 2010, is the area under the largest precision at recall :math:`r` or more, over
      :math:`r`. "11-point", that of VOC 2007, is its mean over the recalls 0, 0.1 ... 1. These are, as in the toolkits,
      multiples of the float 0.1: a recall of exactly 3 / 10 stays below ``3 * 0.1``.

    Where we deviate:

    - Precision and recall have no points for detections that don't count, which repeat a point in the kit, or have a
      precision of 0 / 0. AP is the same.
    - The kit refuses a detection whose image is not in its list of images. Here such a list is optional, see `images`.

    Parameters
    ----------
    ground_truth : pandas.DataFrame
        A row an object: image, label (both text or whole numbers), x_min, y_min, x_max, y_max (pixels, inclusive), and
        optionally difficult (bool, or 0 and 1; False where there is no such column). Other columns are passed over.
        `compactvid.datasets.voc.read_annotations` gives such a table.
    detections : pandas.DataFrame
        A row a detection: image, label, x_min, y_min, x_max, y_max and score (larger is more confident). May be empty.
    iou_threshold : float, default 0.5
        In (0, 1].
    interpolation : {"all-point", "11-point"}
    use_difficult : bool, default False
        Whether difficult objects count as all others do.
    images : iterable of names, optional
        All images that are evaluated, also those without objects. A row of either table from another image is then an
        error. Without this list an image that ground_truth doesn't name is taken for one without objects, so that all
        its detections are false positives.

    Returns
    -------
    pandas.DataFrame
        A row for each class with an object that counts, labels ascending. Classes without one have no AP and are left
        out, with their detections.

        - label
        - average_precision : float in [0, 1], 0 if nothing was detected
        - num_ground_truth : int, objects that count
        - precision, recall : float64 arrays of shape (detections of the class that count,), by falling score

    Raises
    ------
    ValueError
        If a column is missing or of another type, a corner or score is not finite, a corner lies beyond 2**31 pixels, a
        maximum is less than its minimum, a name is missing, names are text in one table and numbers in the other, no
        object counts, an image is not among `images`, or a parameter is out of its range.

    Notes
    -----
    Memory beside the tables: about 80 bytes a detection (16 of them the result's) and 10 MB, whatever the number of
    objects in an image. It is 36 MiB for 5,000 images with 100 detections each.
    """
    check_detection_parameters(iou_threshold, interpolation)
    ranked = RankedDetections(ground_truth, detections, use_difficult=use_difficult, images=images)
    import pandas as pd  # here, because it takes longer to import than all the metrics together

    rows = []
    for hits, label, positives in zip(ranked.hits(iou_threshold), ranked.labels, ranked.num_ground_truth, strict=True):
        found = np.cumsum(hits)
        precision, recall = found / np.arange(1, len(hits) + 1), found / positives
        rows.append((label, interpolated(hits, positives, interpolation), positives, precision, recall))
    return pd.DataFrame(rows, columns=["label", "average_precision", "num_ground_truth", "precision", "recall"])


def interpolated(hits: np.ndarray, num_ground_truth: int, interpolation: Interpolation) -> float:
    """AP of one class whose detections, by falling score, are hits or not: a bool array of shape (detections,)."""
    listed = np.flatnonzero(hits) + 1  # detections up to each hit; elsewhere precision is less and recall doesn't grow
    found = np.arange(1, len(listed) + 1)
    best_from_here = np.maximum.accumulate((found / listed)[::-1])[::-1]
    if interpolation == "all-point":
        return float(best_from_here.sum() / num_ground_truth)
    reached = np.searchsorted(found / num_ground_truth, np.linspace(0, 1, 11))
    return float(np.append(best_from_here, 0.0)[reached].mean())


def check_detection_parameters(iou_threshold: float, interpolation: str) -> None:
    """Raise a ValueError unless both are what `detection_average_precision` takes."""
    number = isinstance(iou_threshold, Real) and not isinstance(iou_threshold, bool)
    if not (number and 0 < iou_threshold <= 1):
        raise ValueError(f"iou_threshold must be more than 0 and at most 1, got {iou_threshold!r}")
    if interpolation not in ("all-point", "11-point"):
        raise ValueError(f"interpolation must be 'all-point' or '11-point', got {interpolation!r}")
