import matplotlib
import numpy as np
import pandas as pd

from compactvid.report.level_histograms import draw_level_histograms
from compactvid.report.palette import OURS, OURS_REAL
from compactvid.report.panel import Panel
from compactvid.report.signal_to_noise import draw_signal_to_noise
from compactvid.report.transfer_functions import draw_transfer_functions

matplotlib.use("agg")


def test_narrow_lines_lie_upon_wide_ones_where_quantisers_agree():
    curves = pd.DataFrame(
        [
            (panel, name, x, level * x)
            for panel in ("weights", "maps")
            for name, level in (("floor", 1), ("nearest", 2), ("third", 3))
            for x in (0.0, 1.0)
        ],
        columns=["panel", "quantizer", "input", "output"],
    )
    panels = {"weights": Panel("weight", "level"), "maps": Panel("before", "after")}
    figure = draw_transfer_functions(curves, panels)
    assert [(axes.get_title(loc="left"), axes.get_xlabel()) for axes in figure.axes] == [
        ("weights", "weight"),
        ("maps", "before"),
    ]
    for axes in figure.axes:
        assert [line.get_ydata().tolist() for line in axes.lines] == [[0, 1], [0, 2], [0, 3]]
        widths = [line.get_linewidth() for line in axes.lines]
        assert widths == sorted(widths, reverse=True)


def test_a_scheme_has_one_look_in_all_panels_and_a_gap_where_nothing_is_known():
    rows = [
        (panel, scheme, layer, value + offset, 0.5)
        for panel, offset in (("ours", 0), ("published", 10))
        for layer, value in (("conv1", 30.0), ("conv2", np.nan if offset else 20.0), ("conv3", 25.0))
        for scheme in ("printed", "affine")
    ]
    ratios = pd.DataFrame(rows, columns=["panel", "scheme", "layer", "decibels", "decibels_spread"])
    figure = draw_signal_to_noise(ratios)
    colors = []
    for axes, expected in zip(figure.axes, ([30, 20, 25], [40, np.nan, 35]), strict=True):
        drawn = [container.lines[0] for container in axes.containers]
        for line in drawn:
            np.testing.assert_array_equal(line.get_ydata(), expected)
        places = [line.get_xdata() for line in drawn]
        np.testing.assert_allclose(sum(places) / 2, [0, 1, 2])
        np.testing.assert_allclose(places[1] - places[0], 0.05)
        colors.append([line.get_color() for line in drawn])
    assert colors[0] == colors[1]
    assert colors[0][0] != colors[0][1]
    assert [text.get_text() for text in figure.axes[-1].get_xticklabels()] == ["conv1", "conv2", "conv3"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["printed", "affine"]
    low, high = figure.axes[0].containers[0].lines[2][0].get_segments()[0][:, 1]
    assert (low, high) == (29.5, 30.5)


def test_histograms_stand_in_a_grid_of_quantisers_and_sources():
    rows = [
        (panel, scheme, level, share)
        for panel in ("trained detectors", "published weights")
        for scheme, shares in (("printed", (0.5, 0.0, 0.5)), ("symmetric", (0.1, 0.8, 0.1)))
        for level, share in zip((-1, 0, 1), shares, strict=True)
    ]
    figure = draw_level_histograms(pd.DataFrame(rows, columns=["panel", "scheme", "level", "share"]))
    heights = [[bar.get_height() for bar in axes.patches] for axes in figure.axes]
    assert heights == 2 * [[0.5, 0.0, 0.5]] + 2 * [[0.1, 0.8, 0.1]]
    colors = [matplotlib.colors.to_hex(axes.patches[0].get_facecolor()) for axes in figure.axes]
    assert colors == 2 * [OURS["color"], OURS_REAL["color"]]
    assert [axes.get_xlabel() for axes in figure.axes[2:]] == ["level, trained detectors", "level, published weights"]
