"""The figure of GAP over size: a panel for each source of scores that there is."""

import numpy as np
import pandas as pd
import pytest

from compactvid.report.size_and_gap import draw_size_and_gap


@pytest.fixture
def gaps():
    columns = ("best_averaged_gap", "best_single_gap")
    frame = pd.DataFrame({"float32_mib": [700.0, 300.0, 200.0], "paper_averaged": [0.87, 0.86, np.nan]})
    frame["paper_single"] = frame["paper_averaged"] - 0.01
    for number, name in enumerate((*columns, *(f"recorded_{column}" for column in columns))):
        frame[name] = 0.5 + np.arange(3) / 10 - number / 100
        frame[f"{name}_spread"] = 0.02
    return frame


def test_each_source_has_a_panel_with_its_scores_and_intervals(gaps):
    panels = draw_size_and_gap(gaps).axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "Paper: YouTube-8M",
        "Ours: scaled down",
        "Ours: scaled down, AudioSet",
    ]
    names = [("paper_averaged", "paper_single"), ("best_averaged_gap", "best_single_gap")]
    names.append(("recorded_best_averaged_gap", "recorded_best_single_gap"))
    for axes, columns in zip(panels, names, strict=True):
        for container, column in zip(axes.containers, columns, strict=True):
            marks, _, bars = container.lines
            np.testing.assert_array_equal(np.asarray(marks.get_ydata(), "float64"), gaps[column])
            if column.startswith("paper"):
                assert not bars
            else:
                low, high = bars[0].get_segments()[0][:, 1]
                assert (low, high) == pytest.approx((gaps[column][0] - 0.02, gaps[column][0] + 0.02))


def test_a_source_without_scores_has_none(gaps):
    without = gaps.assign(recorded_best_averaged_gap=np.nan, recorded_best_single_gap=np.nan)
    assert len(draw_size_and_gap(without).axes) == 2
    assert len(draw_size_and_gap(gaps.drop(columns=[name for name in gaps if "recorded" in name])).axes) == 2
