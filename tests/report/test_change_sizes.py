import matplotlib
import pandas as pd
import pytest

from compactvid.report.change_sizes import draw_change_sizes

matplotlib.use("agg")


def test_each_change_stands_in_the_row_of_its_cause():
    changes = pd.DataFrame({"what": ["cast", "cast", "float32, again"], "size": [2e-5, 0.0, 3e-3]})
    (axes,) = draw_change_sizes(changes, margin=1e-4).axes
    assert [text.get_text().strip() for text in axes.texts] == ["paper: 0.0001", "cast", "float32, again"]
    margin, *rows = axes.lines
    assert set(margin.get_xdata()) == {1e-4}
    # What is too small for the axis stands at its end.
    assert [sorted(row.get_xdata()) for row in rows] == [pytest.approx([1e-6, 2e-5]), [3e-3]]
    assert [row.get_marker() for row in rows] == ["o", "x"]
    assert rows[0].get_ydata()[0] < rows[1].get_ydata()[0]
    assert axes.get_xscale() == "log"
    low, high = axes.get_ylim()
    assert low > high, "the first cause stands at the top"
