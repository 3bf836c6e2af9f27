"""mAP by hand: classes count alike, those without an object not at all."""

import pandas as pd
import pytest

from compactvid.metrics import mean_detection_average_precision

OBJECTS = pd.DataFrame(
    [
        ("a", "cat", 1, 1, 10, 10, 0),
        ("a", "cat", 21, 1, 30, 10, 0),
        ("b", "dog", 1, 1, 10, 10, 0),
        ("b", "emu", 1, 1, 10, 10, 1),
    ],
    columns=["image", "label", "x_min", "y_min", "x_max", "y_max", "difficult"],
)
DETECTIONS = OBJECTS.iloc[1:, :6].assign(score=1.0, x_max=[30, 4, 10])  # one of two cats, 0.4 of the dog, the emu


def test_is_the_mean_over_classes_with_an_object_that_counts():
    assert mean_detection_average_precision(OBJECTS, DETECTIONS) == pytest.approx((1 / 2 + 0) / 2)
    assert mean_detection_average_precision(OBJECTS, DETECTIONS, iou_threshold=0.4) == pytest.approx((1 / 2 + 1) / 2)
    assert mean_detection_average_precision(OBJECTS, DETECTIONS, use_difficult=True) == pytest.approx((1 / 2 + 1) / 3)
    eleven = mean_detection_average_precision(OBJECTS, DETECTIONS, interpolation="11-point")
    assert eleven == pytest.approx((6 / 11 + 0) / 2)  # recalls 0 to 0.5


def test_errors_are_those_of_detection_average_precision():
    with pytest.raises(ValueError, match="detections: image 'b' is none of the 1 evaluated images"):
        mean_detection_average_precision(OBJECTS[:2], DETECTIONS, images=["a"])
