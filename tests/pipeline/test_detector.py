"""Features of the 8-bit file, and boxes in pixels of pictures of any size."""

import numpy as np
import pandas as pd
import pytest

from compactvid.compression.litert import LiteRTModel
from compactvid.pipeline import OnlineDetector
from compactvid.training.detection import detections


def test_features_are_what_the_file_gives_for_pixels_from_0_to_1(detector, detector_file, pictures):
    scaled = pictures[:5, :32, :32]
    batch = LiteRTModel(detector_file)({"image": scaled.astype("float32") / 255})
    assert batch.std() > 0.05
    found = np.array([detector.features(picture) for picture in scaled])
    assert found.shape == (5, 4, 4, 14)
    np.testing.assert_array_equal(found, batch)


def one_box(row, column, anchor, label, *, width=0.0):
    """Output with one sure box, in the middle of its cell, and no other."""
    features = np.zeros((4, 4, 2, 7), "float32")
    features[..., 4] = -20  # objectness
    features[row, column, anchor] = [0, 0, width, 0, 20, *np.where(np.arange(2) == label, 20, 0)]
    return features.reshape(4, 4, 14)


@pytest.mark.parametrize(("size", "scale"), [((32, 32), (1, 1)), ((48, 80), (1.5, 2.5)), ((240, 320), (7.5, 10))])
def test_a_box_lies_where_the_stretched_picture_has_it(detector, size, scale):
    """A cell is 8 pixels of the input. Anchors are 1 x 1 and 2 x 1 cells (width x height)."""
    (found,) = detector.boxes(one_box(1, 2, 1, 1), size, least_score=0.5).to_dict("records")
    assert (found["label"], found["score"]) == ("disc", pytest.approx(1, abs=1e-6))
    # The middle is at column 2.5 and row 1.5, the box 2 x 1 cells: 12 to 28 and 8 to 16 pixels of the input.
    edges = [12 * scale[1], 8 * scale[0], 28 * scale[1], 16 * scale[0]]
    expected = [edges[0] + 1, edges[1] + 1, edges[2], edges[3]]  # pixels from 1, inclusive
    assert [found[name] for name in ("x_min", "y_min", "x_max", "y_max")] == pytest.approx(expected, abs=1e-3)


def test_a_box_beyond_the_picture_ends_with_it(detector):
    features = one_box(3, 0, 0, 0, width=3.0)
    (found,) = detector.boxes(features, (48, 80), least_score=0.5).to_dict("records")
    assert (found["label"], found["x_min"], found["x_max"], found["y_max"]) == ("box", 1, 80, 48)


def test_scores_decide_and_of_equal_boxes_one_stays(detector):
    features = one_box(1, 2, 0, 0)
    assert len(detector.boxes(features, (32, 32), least_score=0.9)) == 1
    features = features.reshape(4, 4, 2, 7)
    features[1, 2, 0, 4] = 0  # objectness of a half
    features = features.reshape(4, 4, 14)
    assert len(detector.boxes(features, (32, 32), least_score=0.51)) == 0
    assert len(detector.boxes(features, (32, 32), least_score=0.49)) == 1
    twice = features.reshape(4, 4, 2, 7).copy()
    twice[1, 2, 1] = [0, 0, np.log(0.5), 0, 10, 20, 0]  # the other anchor, half as wide: the same box
    found = detector.boxes(twice.reshape(4, 4, 14), (32, 32), least_score=0.2)
    assert found["score"].tolist() == pytest.approx([1], abs=1e-3)


def test_names_must_be_as_many_as_classes(detector_file, detector_config, tmp_path):
    with pytest.raises(ValueError, match=r"detector\.tflite: 3 class names for 2 classes"):
        OnlineDetector(detector_file, detector_config, ("a", "b", "c"))
    with pytest.raises(ValueError, match=r"nothing\.tflite: not a readable LiteRT file"):
        OnlineDetector(tmp_path / "nothing.tflite", detector_config, ("a", "b"))


def test_output_that_is_not_finite_is_refused(detector):
    features = one_box(1, 1, 0, 0)
    features[3, 3, 5] = np.nan
    with pytest.raises(ValueError, match="the detector's output has values that are not finite"):
        detector.boxes(features, (32, 32), least_score=0.5)


@pytest.mark.parametrize("least_score", [0.005, 0.3, 0.999])
def test_boxes_are_those_of_the_library_on_pictures_of_the_inputs_size(detector, detector_config, least_score):
    """Among output of large numbers: boxes of many sizes, across the border, beside the picture, on top of others."""
    for seed in range(3):
        features = np.random.default_rng(seed).normal(0, 2, (4, 4, 14)).astype("float32")
        expected = detections(
            features[None],
            [""],
            np.array([[32, 32]]),
            input_size=(32, 32),
            anchors=detector_config.anchors,
            class_names=("box", "disc"),
            score_threshold=least_score,
        ).drop(columns="image")
        found = detector.boxes(features, (32, 32), least_score=least_score)
        assert (len(found) > 0) == (least_score < 0.9)
        pd.testing.assert_frame_equal(found, expected, atol=1e-4)
