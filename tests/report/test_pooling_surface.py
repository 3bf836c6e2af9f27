import matplotlib
import pandas as pd

from compactvid.report.pooling_surface import draw_pooling_surface

matplotlib.use("agg")


def test_a_cell_stands_at_its_number_and_size_of_samples():
    surface = pd.DataFrame(
        [("10", "2", 0.0), ("∞", "1", -0.01), ("1", "all", 0.25), ("10", "all", 0.25), ("10", "10", 0.1)],
        columns=["samples", "frames", "difference"],
    )
    (axes,) = draw_pooling_surface(surface).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert (rows, columns) == (["1", "10", "∞"], ["1", "2", "10", "all"]), "numbers by size, words last"
    shown = {
        (rows[int(text.get_position()[1])], columns[int(text.get_position()[0])]): text.get_text()
        for text in axes.texts
    }
    assert shown == {
        ("10", "2"): "+0.000",
        ("∞", "1"): "-0.010",
        ("1", "all"): "+0.250",
        ("10", "all"): "+0.250",
        ("10", "10"): "+0.100",
    }
