"""What the figures of the data pages draw, read back from matplotlib."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from compactvid.report.contact_sheet import draw_contact_sheet
from compactvid.report.counts import draw_counts
from compactvid.report.feature_matrix import draw_feature_matrix
from compactvid.report.film_strips import draw_film_strips
from compactvid.report.kernel_histograms import draw_kernel_histograms
from compactvid.report.palette import OURS, OURS_REAL
from compactvid.report.panel import Panel
from compactvid.report.series import draw_panels, draw_series


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


FRAME = pd.DataFrame(
    {"panel": ["a"] * 5 + ["b"] * 2, "data": ["simulated"] * 2 + ["real one"] * 2 + ["real two"] + ["simulated"] * 2,
     "x": [1, 10, 1, 100, 5, 0, 1], "y": [0.5, 0.25, 0.75, 1, 2, 3, 4]}
)  # fmt: skip


def test_a_series_has_the_look_of_its_data():
    axes = draw_series(FRAME[FRAME.panel == "a"], "x", "y", Panel("rank", "share", "x")).axes[0]
    assert [line.get_label() for line in axes.lines] == ["simulated", "real one", "real two"]
    assert [line.get_color() for line in axes.lines] == [OURS["color"], OURS_REAL["color"], OURS_REAL["color"]]
    assert [line.get_fillstyle() for line in axes.lines] == ["full", "full", "none"]
    assert axes.lines[1].get_xydata().tolist() == [[1, 0.75], [100, 1]]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("rank", "share")
    assert axes.get_legend() is not None
    single = draw_series(FRAME[FRAME.panel == "b"], "x", "y", Panel("rank", "share", joined=False)).axes[0]
    assert single.get_legend() is None
    assert single.lines[0].get_linestyle() == "None"


def test_panels_take_their_own_rows():
    above, below = draw_panels(FRAME, {"b": Panel("x", "y"), "a": Panel("u", "v", "xy")}).axes
    assert [line.get_xydata().tolist() for line in above.lines] == [[[0, 3], [1, 4]]]
    assert len(below.lines) == 3
    assert below.get_yscale() == "log"


def test_axes_are_marked_with_plain_numbers():
    frame = pd.DataFrame({"data": "real", "x": range(1, 200), "y": [0.5, *[0.9] * 198]})
    axes = draw_series(frame, "x", "y", Panel("lag (s)", "share", "y")).axes[0]
    axes.figure.canvas.draw()
    marks = {text.get_text() for which in (False, True) for text in axes.get_yticklabels(minor=which)}
    assert {"0.5", "0.9"} <= marks
    assert all(tick == round(tick) for tick in axes.get_xticks())
    assert axes.lines[0].get_marker() == ""  # too many for marks


def test_bars_are_as_long_as_the_counts_and_the_first_is_on_top():
    frame = pd.DataFrame({"label": ["dog", "cat"], "objects": [7, 2]})
    axes = draw_counts(frame, "label", "objects", xlabel="objects").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [7, 2]
    assert axes.yaxis_inverted()


def test_the_matrix_shows_the_bytes_and_when_classes_are_seen():
    video = pd.DataFrame(
        {"frame": [1, 2, 3], "class 4": [False, True, True], "outlier": [True, False, False],
         "1": [0, 1, 2], "2": [9, 8, 255]}
    )  # fmt: skip
    above, below, _ = draw_feature_matrix(video).axes
    assert [text.get_text() for text in above.get_yticklabels()] == ["class 4", "outlier"]
    bars = [path.get_extents() for collection in above.collections for path in collection.get_paths()]
    assert [(bar.x0, bar.x1) for bar in bars] == [(1.5, 2.5), (2.5, 3.5), (0.5, 1.5)]
    assert below.images[0].get_array().tolist() == [[0, 1, 2], [9, 8, 255]]


def test_boxes_hold_their_pixels():
    images = [np.zeros((8, 8, 3), np.uint8)] * 3
    boxes = pd.DataFrame(
        {"scene": [1, 3], "label": ["disc", "star"], "x_min": [1, 2], "y_min": [1, 3], "x_max": [8, 2], "y_max": [8, 3],
         "difficult": [False, True]}
    )  # fmt: skip
    panels = draw_contact_sheet(images, boxes).axes
    whole, nothing, pixel = (axes.lines for axes in panels[:3])
    assert [len(lines) for lines in (whole, nothing, pixel)] == [1, 0, 1]
    # The whole image of 8 x 8 pixels, and pixel (2, 3), whose centre is at (1, 2) in the picture.
    assert [(min(line.get_xdata()), max(line.get_xdata())) for line in (whole[0], pixel[0])] == [
        (-0.5, 7.5),
        (0.5, 1.5),
    ]
    assert (min(pixel[0].get_ydata()), max(pixel[0].get_ydata())) == (1.5, 2.5)
    assert [line.get_linestyle() for line in (whole[0], pixel[0])] == ["-", "--"]
    assert len(panels[3].images) == 0


def test_strips_have_a_row_a_clip_in_order():
    strips = {name: [np.full((2, 4, 3), value, np.uint8) for value in values] for name, values in
              {"left": (1, 2, 3), "turn": (4, 5, 6)}.items()}  # fmt: skip
    axes = draw_film_strips(strips).axes
    assert [found.images[0].get_array()[0, 0, 0] for found in axes] == [1, 2, 3, 4, 5, 6]
    assert [found.get_title(loc="left") for found in axes] == ["left", "", "", "turn", "", ""]


def test_histograms_stand_beside_a_normal_distribution():
    centres = np.linspace(-4.875, 4.875, 40)
    kernels = pd.concat([pd.DataFrame({"layer": layer, "deviations": centres, "share": 0.025}) for layer in "abc"])
    figure = draw_kernel_histograms(kernels)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == ["a", "b", "c"]
    for axes in shown:
        assert {bar.get_height() for bar in axes.patches} == {0.025}
        assert axes.lines[0].get_ydata().sum() == pytest.approx(1, abs=1e-4)
