"""The figures of the detector's bytes, read back from matplotlib."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from compactvid.report.layer_sizes import draw_layer_sizes
from compactvid.report.palette import OURS, PAPER
from compactvid.report.size_rates import described_rates, draw_size_rates


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_sizes_of_layers_stand_beside_the_printed_ones():
    layers = pd.DataFrame({"layer": ["a", "b"], "float_kib": [4.0, 8.0], "eight_bit_kib": [1.0, 2.0]})
    layers = layers.assign(paper_float_kib=[4.1, np.nan], paper_eight_bit_kib=[1.1, np.nan])
    figure = draw_layer_sizes(layers)
    (axes,) = figure.axes
    columns = ["float_kib", "paper_float_kib", "eight_bit_kib", "paper_eight_bit_kib"]
    for line, column in zip(axes.lines, columns, strict=True):
        np.testing.assert_array_equal(np.asarray(line.get_xdata(), "float64"), layers[column])
        assert line.get_color() == (PAPER if "paper" in column else OURS)["color"]
        assert list(line.get_ydata(orig=True)) == ["a", "b"]
    assert [line.get_fillstyle() for line in axes.lines] == ["full", "none", "none", "none"]
    assert axes.get_xscale() == "log"
    assert axes.yaxis_inverted()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ours, float32", "paper", "ours, 8 bits"]


def test_rates_stand_in_the_band_of_what_is_allowed():
    long = "in so many bits that the label takes two lines"
    rates = pd.DataFrame(
        {"source": ["paper", "counted", "written"], "label": ["as printed", long, "file"], "rate": [3.9, 4.0, 3.8]}
    )
    figure = draw_size_rates(rates, (3.85, 4.05))
    (axes,) = figure.axes
    assert [line.get_xdata()[0] for line in axes.lines] == [3.9, 4.0, 3.8]
    assert [line.get_color() for line in axes.lines] == [PAPER["color"], OURS["color"], OURS["color"]]
    assert [line.get_fillstyle() for line in axes.lines] == ["full", "none", "full"]
    (band,) = axes.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((3.85, 4.05))
    assert axes.lines[1].get_ydata(orig=True)[0].replace("\n", " ") == long
    assert "\n" in axes.lines[1].get_ydata(orig=True)[0]
    assert described_rates(rates, (3.85, 4.05)) == (
        f"A mark a rate: as printed 3.900; {long} 4.000; file 3.800. "
        "Sizes that print as the paper's allow 3.850 to 4.050. Outside of that: file."
    )
