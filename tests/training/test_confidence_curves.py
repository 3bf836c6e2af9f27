"""The loss over one confidence, against the parabolas that it is made of."""

import numpy as np
import pytest

from compactvid.models import TinyYOLOv2
from compactvid.training.confidence_curves import ConfidenceCurves

MODEL = TinyYOLOv2(num_classes=3, anchors=((1.0, 1.0), (2.0, 1.5), (0.5, 3.0)), input_size=(160, 224))
CURVES = ConfidenceCurves(MODEL, overlaps=(0.2, 0.6, 0.95))


@pytest.fixture(scope="module")
def found():
    return CURVES.execute(None, None)


def above(values):
    return values - values.min()


def test_the_box_that_answers_for_an_object_is_pulled_to_its_overlap(found):
    confidence = np.array(found["confidence"])
    np.testing.assert_allclose(confidence, np.arange(1, 100) / 100)
    assert len(found["responsible"]) == 3
    for overlap, curve in zip(CURVES.overlaps, found["responsible"], strict=True):
        # float32 of a loss of order 100: all other boxes have a confidence of a half.
        np.testing.assert_allclose(curve, above(5 / 2 * (confidence - overlap) ** 2), atol=2e-5)


def test_the_boxes_of_an_empty_cell_are_pulled_to_0_and_a_box_beside_the_right_one_nowhere(found):
    confidence = np.array(found["confidence"])
    assert len(found["empty"]) == len(MODEL.anchors)
    for curve in found["empty"]:
        np.testing.assert_allclose(curve, above(1 / 2 * confidence**2), atol=2e-5)
    assert found["beside"] == [0.0] * len(confidence)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"overlaps": (0.5, 1.0)}, r"overlaps must lie between 0 and 1, not \(0.5, 1.0\)"),
        ({"anchor": 3}, "there is no anchor 3 beside another one"),
        ({"model": TinyYOLOv2(anchors=((1.0, 1.0),)), "anchor": 0}, "there is no anchor 0 beside another one"),
    ],
)
def test_impossible_settings_are_named(fields, message):
    with pytest.raises(ValueError, match=f"ConfidenceCurves: {message}"):
        ConfidenceCurves(**({"model": MODEL} | fields))
