import matplotlib
import pandas as pd
import pytest

from compactvid.report.paired_differences import draw_paired_differences

matplotlib.use("agg")


def test_draws_each_world_and_each_interval_under_its_name():
    differences = pd.DataFrame(
        {"comparison": ["first", "first", "second", "second"], "difference": [0.1, 0.3, -0.2, 0.0]}
    )
    summary = pd.DataFrame({"comparison": ["first", "second"], "value": [0.2, -0.1], "value_spread": [0.05, 0.3]})
    figure = draw_paired_differences(differences, summary, tested=1)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["first", "second"]
    worlds = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "x"]
    assert worlds == [[0.1, 0.3], [-0.2, 0.0]]
    bars = [container.lines for container in axes.containers]
    assert [float(marks.get_xdata()[0]) for marks, _, _ in bars] == [0.2, -0.1]
    assert [marks.get_fillstyle() for marks, _, _ in bars] == ["full", "none"]
    ends = [segment[:, 0].tolist() for _, _, (line,) in bars for segment in line.get_segments()]
    assert ends == [pytest.approx([0.15, 0.25]), pytest.approx([-0.4, 0.2])]
    low, high = axes.get_ylim()
    assert low > high, "the first comparison stands at the top"
