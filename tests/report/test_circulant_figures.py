"""What the figures of Araujo et al.'s curves and sizes draw, read back from matplotlib."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from compactvid.report.epoch_curves import described_curves, draw_epoch_curves
from compactvid.report.palette import OURS, PAPER
from compactvid.report.trade_off import draw_trade_off


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_curves_lie_in_their_bands():
    curves = pd.DataFrame(
        {"model": ["b", "b", "a", "a"], "epoch": [1, 2, 1, 2], "gap": [0.1, 0.3, 0.2, 0.4], "gap_spread": [0.01] * 4}
    )
    (axes,) = draw_epoch_curves(curves).axes
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[1, 0.1], [2, 0.3]], [[1, 0.2], [2, 0.4]]]
    first = axes.collections[0].get_paths()[0].vertices
    assert sorted(set(np.round(first[:, 1], 9))) == [0.09, 0.11, 0.29, 0.31]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["b", "a"]
    assert len({line.get_color() for line in axes.lines} | {line.get_marker() for line in axes.lines}) == 4
    assert described_curves(curves) == (
        "Validation GAP over 2 epochs: b from 0.100 to 0.300 ± 0.010; a from 0.200 to 0.400 ± 0.010."
    )


def test_bands_of_two_worlds_do_not_flatten_the_curves():
    curves = pd.DataFrame({"model": "a", "epoch": [1, 2], "gap": [0.2, 0.4], "gap_spread": [0.01, 0.02]})
    (axes,) = draw_epoch_curves(curves).axes  # all of the bands, and a twentieth of their height beside them
    assert axes.get_ylim() == pytest.approx((0.19 - 0.0115, 0.42 + 0.0115))
    (axes,) = draw_epoch_curves(curves.assign(gap_spread=3.0)).axes  # as much again as the curves differ
    assert axes.get_ylim() == pytest.approx((0.0 - 0.03, 0.6 + 0.03))


def test_panels_of_curves_stand_below_each_other():
    gaps = [0.1, 0.2, 0.3, 0.4]
    curves = pd.DataFrame(
        {"panel": ["A", "A", "B", "B"], "model": ["x", "y"] * 2, "epoch": 1, "gap": gaps, "gap_spread": 0.01}
    )
    above, below = draw_epoch_curves(curves).axes
    assert [axes.get_title("left") for axes in (above, below)] == ["A", "B"]
    drawn = [[line.get_ydata().item() for line in axes.lines] for axes in (above, below)]
    assert drawn == [gaps[:2], gaps[2:]]
    assert [line.get_color() for line in above.lines] == [line.get_color() for line in below.lines]
    assert "; B, x from 0.300 to 0.300 ± 0.010;" in described_curves(curves)
    assert [axes.get_legend() is not None for axes in (above, below)] == [True, False]
    other = curves.assign(model=["x", "y", "x", "z"])
    assert all(axes.get_legend() is not None for axes in draw_epoch_curves(other).axes)


def test_marks_of_the_plane_are_filled_on_the_front_and_have_their_ids():
    points = pd.DataFrame(
        {"table": ["table_2", "table_4", "fig_2"], "mib": [10.0, 30.0, 20.0], "paper_gap": [0.8, 0.9, 0.7],
         "paper_front": ["yes", "yes", "no"], "gap": [0.5, 0.6, 0.7], "gap_spread": [0.1, 0.2, 0.3],
         "front": ["yes", "no", "yes"]}
    )  # fmt: skip
    above, below = draw_trade_off(points).axes
    for axes, source, gap, front, look in (
        (above, "paper", "paper_gap", "paper_front", PAPER),
        (below, "ours", "gap", "front", OURS),
    ):
        marks = {line.get_gid(): line for line in axes.lines if line.get_gid()}
        assert list(marks) == [f"{source}_{row}" for row in range(3)]
        for line, row in zip(marks.values(), points.to_dict("records"), strict=True):
            assert line.get_xydata().tolist() == [[row["mib"], row[gap]]]
            assert line.get_fillstyle() == ("full" if row[front] == "yes" else "none")
            assert line.get_color() == look["color"]
            assert line.get_marker() == {"table_2": "o", "table_4": "s", "fig_2": "D"}[row["table"]]
    assert above.lines[0].get_xydata().tolist() == [[10, 0.8], [30, 0.9]]
    assert below.lines[0].get_xydata().tolist() == [[10, 0.5], [20, 0.7]]
    segments = below.containers[0][2][0].get_segments()
    assert [segment[:, 1].round(9).tolist() for segment in segments] == [[0.4, 0.6], [0.4, 0.8], [0.4, 1.0]]
