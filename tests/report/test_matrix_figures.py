import matplotlib
import numpy as np
import pandas as pd
import pytest

from compactvid.report.error_over_bytes import draw_error_over_bytes
from compactvid.report.matrix_entries import matrix_entries
from compactvid.report.matrix_pictures import draw_matrix_pictures

matplotlib.use("agg")
MATRICES = {"A": np.array([[1.0, -4.0], [0.0, 2.0]]), "B": np.array([[0.5]]), "C": np.eye(2)}


def test_entries_are_numbered_from_one():
    entries = matrix_entries(MATRICES)
    assert len(entries) == 9
    (entry,) = entries.query("picture == 'A' and row == 1 and column == 2")["value"]
    assert entry == -4


@pytest.mark.parametrize(("one_scale", "limits"), [(False, [4, 0.5, 1]), (True, [4, 4, 4])])
def test_each_matrix_is_one_picture_with_zero_in_the_middle(one_scale, limits):
    figure = draw_matrix_pictures(matrix_entries(MATRICES), columns=2, one_scale=one_scale)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in figure.axes[:3]] == list(MATRICES)
    assert not figure.axes[3].get_visible()
    for image, matrix, limit in zip(images, MATRICES.values(), limits, strict=True):
        np.testing.assert_array_equal(image.get_array(), matrix)
        assert image.get_clim() == (-limit, limit)
    assert any("value of an entry" in axes.get_xlabel() for axes in figure.axes) == one_scale


def test_errors_have_a_panel_a_kind_and_a_band_a_method():
    rows = [
        (kind, method, size, error / place, 0.1)
        for kind, error in (("drawn", 0.8), ("trained", 0.4))
        for place, method in enumerate(("circulant", "low rank", "tensor train"), 1)
        for size in (128, 256)
    ]
    errors = pd.DataFrame(rows, columns=["matrices", "method", "bytes", "error", "error_spread"])
    figure = draw_error_over_bytes(errors, dense_bytes=1024)
    drawn, trained = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["drawn", "trained"]
    assert [line.get_label() for line in drawn.lines[:3]] == ["circulant", "low rank", "tensor train"]
    assert list(trained.lines[1].get_ydata()) == [0.2, 0.2]
    assert list(drawn.lines[3].get_xdata()) == [1024, 1024]
    band = drawn.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.7, 0.9))
    assert trained.get_xlabel() == "bytes, float32"
