"""What the figures of a detector's grid draw, read back from matplotlib."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from compactvid.report.confidence_curves import draw_confidence_curves
from compactvid.report.detection_grid import described_cells, draw_anchor_targets, draw_detection_grid
from compactvid.report.palette import BASELINE, OURS

PICTURE = np.zeros((32, 48, 3), np.uint8)
GRID = (2, 3)
COLUMNS = ["what", "label", "row", "column", "x_min", "y_min", "x_max", "y_max", "confidence"]
FOUND = pd.DataFrame(
    [
        ("object", "star", 1, 3, 2.0, 0.0, 3.0, 0.5, None),
        ("box", "disc", 1, 1, -0.5, 0.0, 1.0, 1.0, 0.2),
        ("box", "star", 1, 1, 0.0, 0.0, 1.0, 1.0, 0.9),
        ("box", "disc", 2, 3, 2.0, 1.0, 3.0, 2.0, 0.4),
        ("detection", "star", None, None, 0.5, 0.25, 1.0, 1.0, 0.81),
    ],
    columns=COLUMNS,
)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def rectangles(axes):
    return [(patch.get_bbox().bounds, patch) for patch in axes.patches if isinstance(patch, Rectangle)]


def test_four_panels_from_the_grid_to_the_detections():
    figure = draw_detection_grid(PICTURE, FOUND, GRID)
    cells, boxes, classes, detections = figure.axes
    for axes in figure.axes:
        # One cell is one unit; the first row is on top, and boxes that reach out of the picture are cut off.
        assert (axes.get_xlim(), axes.get_ylim()) == ((0, 3), (2, 0))
        assert tuple(axes.images[0].get_extent()) == (0, 3, 2, 0)
        assert sorted(line.get_xdata()[0] for line in axes.lines[1:3]) == [1, 2]
    (((*place, _, _), filled),) = rectangles(cells)
    assert place == [2, 0]
    assert filled.get_facecolor()[:3] == to_rgba(OURS["color"])[:3]
    outline, centre = cells.lines[3:]
    assert (min(outline.get_xdata()), max(outline.get_ydata())) == (2.0, 0.5)
    assert centre.get_xydata().tolist() == [[2.5, 0.25]]
    drawn = rectangles(boxes)
    assert [bounds for bounds, _ in drawn] == [(-0.5, 0, 1.5, 1), (2, 1, 1, 1), (0, 0, 1, 1)]
    widths = [patch.get_linewidth() for _, patch in drawn]
    assert widths == sorted(widths), "the most confident box is drawn last and widest"
    assert [patch.get_alpha() for _, patch in drawn] == pytest.approx([0.3, 0.5, 1.0])
    colors = {text.get_text(): handle.get_facecolor()[:3] for text, handle in
              zip(figure.legends[0].get_texts(), figure.legends[0].legend_handles, strict=True)}  # fmt: skip
    assert list(colors) == ["disc", "star"]
    assert {bounds[:2]: patch.get_facecolor()[:3] for bounds, patch in rectangles(classes)} == {
        (0, 0): colors["star"],
        (2, 1): colors["disc"],
    }
    assert [text.get_text() for text in detections.texts] == ["star 0.81"]
    assert (min(detections.lines[-1].get_xdata()), min(detections.lines[-1].get_ydata())) == (0.5, 0.25)


def test_a_picture_without_detections_has_an_empty_last_panel():
    axes = draw_detection_grid(PICTURE, FOUND[:-1], GRID).axes[-1]
    assert (len(axes.texts), len(axes.lines)) == (0, 3)


def test_targets_show_object_cell_and_anchor():
    targets = pd.DataFrame(
        {"label": ["cat"], "row": [2], "column": [1], "x_min": [0.25], "y_min": [0.5], "x_max": [1.0], "y_max": [2.0],
         "anchor_x_min": [0.0], "anchor_y_min": [1.0], "anchor_x_max": [1.5], "anchor_y_max": [1.75],
         "overlap": [0.456]}
    )  # fmt: skip
    (axes,) = draw_anchor_targets(PICTURE, targets, GRID).axes
    assert [bounds for bounds, _ in rectangles(axes)] == [(0, 1, 1, 1)]
    outline, anchor = axes.lines[3:]
    assert (outline.get_linestyle(), anchor.get_linestyle()) == ("-", "--")
    assert [(min(line.get_xdata()), max(line.get_ydata())) for line in (outline, anchor)] == [(0.25, 2.0), (0.0, 1.75)]
    assert anchor.get_color() == OURS["color"]
    assert axes.texts[0].get_text() == "cat, overlap 0.46"
    assert described_cells(targets) == "cat in row 2, column 1"


def test_each_curve_is_marked_where_it_is_smallest_unless_it_is_flat():
    curves = pd.concat(
        [
            pd.DataFrame({"box": box, "role": role, "confidence": [0.1, 0.5, 0.9], "loss": losses})
            for box, role, losses in (
                ("right", "responsible", [1.0, 0.0, 1.0]),
                ("empty", "others", [0.0, 1.0, 2.0]),
                ("flat", "others", [0.0, 0.0, 0.0]),
            )
        ]
    )
    (axes,) = draw_confidence_curves(curves).axes
    lines = {line.get_label(): line for line in axes.lines}
    assert {name: lines[name].get_color() for name in ("right", "empty", "flat")} == {
        "right": OURS["color"],
        "empty": BASELINE["color"],
        "flat": BASELINE["color"],
    }
    assert lines["empty"].get_linestyle() != lines["flat"].get_linestyle()
    marks = [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == OURS["marker"]]
    assert marks == [[[0.5, 0.0]], [[0.1, 0.0]]]
