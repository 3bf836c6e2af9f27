import matplotlib
import numpy as np
import pandas as pd
import pytest

from compactvid.report.precision_recall_bands import draw_precision_recall_bands
from compactvid.report.score_by_bits import draw_score_by_bits

matplotlib.use("agg")


def test_a_panel_a_class_with_both_curves_and_their_bands():
    rows = [
        (panel, network, recall, height * (1 - recall), 0.3)
        for panel, network, height in (
            ("disc", "float", 1.0),
            ("disc", "8", 0.5),
            ("ring", "float", 0.8),
            ("ring", "8", 0.4),
        )
        for recall in (0.0, 0.5, 1.0)
    ]
    columns = ["panel", "network", "recall", "precision", "precision_spread"]
    figure = draw_precision_recall_bands(pd.DataFrame(rows, columns=columns))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["disc", "ring"]
    first, second = figure.axes[0].lines
    assert (first.get_label(), second.get_label()) == ("float", "8")
    np.testing.assert_allclose(second.get_ydata(), [0.5, 0.25, 0.0])
    band = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (0.0, 1.0), "precision ends at 0 and 1, and so does its band"


def test_bits_fall_to_the_right_and_full_precision_is_a_line():
    scores = pd.DataFrame(
        {"scheme": ["a", "a", "b", "b"], "bits": [8, 4, 8, 4], "map": [0.5, 0.3, 0.4, 0.1], "map_spread": 0.05}
    )
    (axes,) = draw_score_by_bits(scores, full_precision=0.55).axes
    assert axes.get_xlim()[0] > axes.get_xlim()[1]
    assert axes.lines[0].get_ydata()[0] == 0.55
    drawn = {container.get_label(): container.lines[0].get_ydata().tolist() for container in axes.containers}
    assert drawn == {"a": [0.5, 0.3], "b": [0.4, 0.1]}
    (low, high) = axes.containers[0].lines[2][0].get_segments()[0][:, 1]
    assert (low, high) == (pytest.approx(0.45), pytest.approx(0.55))
    assert axes.get_ylabel() == "mAP on test"
