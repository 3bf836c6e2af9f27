"""Boxes on pictures: where they are drawn, in which look, and what the words say of them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from compactvid.report.detections import LOOKS, described_detections, draw_detections

PICTURES = {"frame 1, float": np.zeros((40, 60, 3), np.uint8), "frame 1, 8-bit": np.full((40, 60, 3), 9, np.uint8)}
BOXES = pd.DataFrame(
    [
        ("frame 1, float", "object", "ring", None, 1, 2, 10, 12),
        ("frame 1, float", "found", "ring", 0.75, 1, 1, 10, 12),
        ("frame 1, float", "wrong", "disc", 0.3, 50, 30, 60, 40),
        ("frame 1, 8-bit", "object", "ring", None, 1, 2, 10, 12),
        ("frame 1, 8-bit", "no detection", None, None, None, None, None, None),
    ],
    columns=["picture", "kind", "label", "score", "x_min", "y_min", "x_max", "y_max"],
)


@pytest.fixture
def panels():
    figure = draw_detections(PICTURES, BOXES)
    yield figure.axes
    plt.close(figure)


def test_boxes_enclose_their_pixels_in_the_look_of_their_kind(panels):
    first, second = panels
    assert [axes.get_title(loc="left") for axes in panels] == list(PICTURES)
    for line, (kind, left, top, right, bottom) in zip(
        first.lines,
        # Pixel 1 has its centre at 0 and its border at -0.5.
        [("object", -0.5, 0.5, 9.5, 11.5), ("found", -0.5, -0.5, 9.5, 11.5), ("wrong", 48.5, 28.5, 59.5, 39.5)],
        strict=True,
    ):
        assert sorted(set(line.get_xdata())) == [left, right]
        assert sorted(set(line.get_ydata())) == [top, bottom]
        assert to_hex(line.get_color()) == to_hex(LOOKS[kind]["color"])
        assert line.get_linestyle() == LOOKS[kind]["linestyle"]
    assert [text.get_text() for text in first.texts] == ["ring 0.75", "disc 0.30"]
    assert len(second.lines) == 1
    assert not second.texts
    assert (first.get_xlim(), first.get_ylim()) == ((-0.5, 59.5), (39.5, -0.5))


def test_words_count_every_kind_in_every_picture():
    assert described_detections(PICTURES, BOXES) == (
        "frame 1, float: 1 objects, 1 found, 1 wrong detections; frame 1, 8-bit: 1 objects, 0 found, 0 wrong detections"
    )
    nothing = BOXES[BOXES["kind"] == "no detection"]
    assert described_detections(PICTURES, nothing).endswith("frame 1, 8-bit: 0 detections, not judged")
