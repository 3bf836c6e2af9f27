"""What the figures of Liu & Liu's conclusions draw, read back from matplotlib."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from compactvid.report.ensemble_count import draw_ensemble_count
from compactvid.report.equal_bytes import draw_equal_bytes
from compactvid.report.palette import BASELINE, OURS, PAPER
from compactvid.report.replacements import draw_replacements


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def bars(axes):
    """The ends of each container's error bars, as (low, high) a mark."""
    return [
        [tuple(round(float(y), 9) for y in segment[:, 1]) for segment in drawn[2][0].get_segments()]
        for drawn in axes.containers
    ]


def test_trades_have_intervals_and_start_from_zero():
    predicted = pd.DataFrame({"clusters": [8, 64], "gain": [-0.001, 0.0005], "gain_spread": [0.0004, 0.0006]})
    trained = pd.DataFrame(
        {"reference": ["K64-H512"] * 2 + ["K32-H400"] * 2, "clusters": [32, 8, 16, 4],
         "difference": [None, 0.02, None, -0.01], "difference_spread": [None, 0.005, None, 0.03]}
    )  # fmt: skip
    above, below = draw_equal_bytes(predicted, trained).axes
    assert bars(above) == [[(-0.0014, -0.0006), (-0.0001, 0.0011)]]
    assert bars(below) == [[(0.015, 0.025), (0.0, 0.0)], [(-0.04, 0.02), (0.0, 0.0)]]
    assert above.lines[0].get_color() == PAPER["color"]
    marks = [drawn[0] for drawn in below.containers]
    assert [line.get_xydata().tolist() for line in marks] == [[[8, 0.02], [32, 0]], [[4, -0.01], [16, 0]]]
    assert {line.get_color() for line in marks} == {OURS["color"]}
    assert [line.get_fillstyle() for line in marks] == ["full", "none"]
    assert [text.get_text() for text in below.get_legend().get_texts()] == ["K64-H512", "K32-H400"]
    assert "GAP" in above.get_ylabel()
    below.figure.canvas.draw()
    assert {"8", "16"} <= {text.get_text() for text in below.get_xticklabels()}


def test_numbers_of_models_beside_the_paper():
    printed = pd.DataFrame({"models": [4, 3, 7], "local_gap": [0.8821, 0.8819, 0.8803]})
    trained = pd.DataFrame(
        {"models": [1, 3], "gain": [0, 0.03], "gain_spread": [0, 0.01],
         "typical": [0, 0.02], "typical_spread": [0, 0.004]}
    )  # fmt: skip
    above, below = draw_ensemble_count(printed, trained).axes
    assert above.lines[0].get_xydata().tolist() == printed.to_numpy().tolist()
    assert bars(below) == [[(0, 0), (0.02, 0.04)], [(0, 0), (0.016, 0.024)]]
    assert [drawn[0].get_color() for drawn in below.containers] == [OURS["color"], BASELINE["color"]]
    assert all(tick == round(tick) for tick in below.get_xticks())


def test_replacements_that_turn_are_filled():
    frame = pd.DataFrame({"alone": [0.01, 0.01, -0.01, -0.02], "inside": [-0.005, 0.005, -0.001, 0.002]})
    axes = draw_replacements(frame).axes[0]
    turned, kept = axes.lines[:2]
    assert turned.get_xydata().tolist() == [[0.01, -0.005]]
    assert turned.get_fillstyle() == "full"
    assert kept.get_xydata().tolist() == frame.iloc[1:].to_numpy().tolist()
    assert axes.lines[2].get_xydata().tolist() == [[-0.02, -0.02], [0.01, 0.01]]


def test_labels_of_small_gains_do_not_touch():
    figure = draw_replacements(pd.DataFrame({"alone": [-0.039, 0.0004], "inside": [-0.0185, -0.003]}))
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels() if label.get_text()]
    assert len(boxes) > 3
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
