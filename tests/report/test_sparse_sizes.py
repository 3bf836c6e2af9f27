"""What the figures of sparse files draw, read back from their axes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from compactvid.report.sparse_sizes import draw_sparse_gaps, draw_sparse_sizes


@pytest.fixture
def sizes():
    return pd.DataFrame(
        {
            "label": ["pairs"] * 2 + ["mask"] * 2,
            "sparsity": [50.0, 90.0] * 2,
            "share": [250.0, 50.0, 53.1, 13.1],
            "difference": [0.001, -0.02, 0.001, -0.02],
            "difference_spread": [0.01, 0.02, 0.01, 0.02],
        }
    )


@pytest.mark.parametrize(
    ("draw", "x", "y"), [(draw_sparse_sizes, "sparsity", "share"), (draw_sparse_gaps, "share", "difference")]
)
def test_a_curve_a_format_and_a_line_for_each_dense_size(sizes, draw, x, y):
    figure = draw(sizes)
    (axes,) = figure.axes
    curves = {line.get_label(): line for line in axes.lines} | {
        drawn.get_label(): drawn.lines[0] for drawn in axes.containers
    }
    for label, of_format in sizes.groupby("label"):
        np.testing.assert_array_equal(curves[label].get_xydata(), of_format[[x, y]].to_numpy())
    across = "get_ydata" if y == "share" else "get_xdata"
    assert {getattr(curves[label], across)()[0] for label in ("dense float32", "dense float16")} == {100, 50}
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {"pairs", "mask", "dense float32", "dense float16"}
    assert "%" in axes.get_xlabel()
    assert axes.get_ylabel()
    plt.close(figure)
