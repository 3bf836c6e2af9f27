"""The mean over ten thresholds, by hand and against detection AP at each of them."""

import numpy as np
import pandas as pd
import pytest

from compactvid.metrics import coco_style_average_precision, detection_average_precision

COLUMNS = ["image", "label", "x_min", "y_min", "x_max", "y_max"]


def scene(objects=200, seed=0):
    """Objects in two classes, some difficult, and detections that overlap them more or less."""
    rng = np.random.default_rng(seed)
    low = rng.integers(1, 100, (objects, 2))
    truth = pd.DataFrame(np.hstack([low, low + rng.integers(5, 60, (objects, 2))]), columns=COLUMNS[2:])
    truth = truth.assign(image=rng.integers(0, 30, objects), label=rng.choice(["cat", "dog"], objects))
    detected = pd.concat([truth] * 2, ignore_index=True)
    detected[COLUMNS[2:]] += np.tile(rng.integers(-6, 7, (len(detected), 2)), 2)
    detected["score"] = rng.integers(0, 50, len(detected))
    return truth.assign(difficult=rng.random(objects) < 0.2), detected


@pytest.mark.parametrize("use_difficult", [False, True])
def test_is_the_mean_of_detection_average_precision(use_difficult):
    truth, detected = scene()
    result = coco_style_average_precision(truth, detected, use_difficult=use_difficult)
    at_threshold = []
    for threshold in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        single = detection_average_precision(truth, detected, iou_threshold=threshold, use_difficult=use_difficult)
        assert result.label.tolist() == single.label.tolist() == ["cat", "dog"]
        assert result.num_ground_truth.tolist() == single.num_ground_truth.tolist()
        at_threshold.append(single.average_precision)
    np.testing.assert_array_equal(np.stack(result.at_threshold), np.transpose(at_threshold))
    np.testing.assert_allclose(result.average_precision, np.mean(at_threshold, axis=0), rtol=1e-14)
    assert result.average_precision.between(0.1, 0.6).all()


@pytest.mark.parametrize(
    ("pixels", "passed"),
    [(10, 10), (9, 9), (6, 3), (5, 1), (4, 0)],  # 0.6 passes 0.50, 0.55 and 0.60 itself
)
def test_counts_the_thresholds_that_a_box_passes(pixels, passed):
    truth = pd.DataFrame([("a", "cat", 1, 1, 10, 1)], columns=COLUMNS)
    detected = pd.DataFrame([("a", "cat", 1, 1, pixels, 1, 0.5)], columns=[*COLUMNS, "score"])
    result = coco_style_average_precision(truth, detected)
    assert result.average_precision[0] == pytest.approx(passed / 10)
    assert result.at_threshold[0].tolist() == [1] * passed + [0] * (10 - passed)


def test_errors_are_those_of_detection_average_precision():
    truth, detected = scene(10)
    with pytest.raises(ValueError, match="detections has no column score"):
        coco_style_average_precision(truth, detected.drop(columns="score"))
    with pytest.raises(ValueError, match="is none of the 1 evaluated images"):
        coco_style_average_precision(truth, detected, images=[10**6])
    with pytest.raises(ValueError, match="use_difficult must be True or False, got 1"):
        coco_style_average_precision(truth, detected, use_difficult=1)
