"""What the figures of ensembles show, read back from their axes."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from compactvid.report.difference_noise import draw_difference_noise
from compactvid.report.ensemble_frontier import draw_ensemble_frontier
from compactvid.report.ensemble_gaps import draw_ensemble_gaps


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_gaps_stand_on_the_row_of_their_ensemble_the_first_on_top():
    gaps = pd.DataFrame(
        {"ensemble": ["YHLS", "GF"], "paper_behind": [0, -0.004], "behind": [0, -0.02], "behind_spread": [0, 0.01]}
    )
    left, right = draw_ensemble_gaps(gaps, "YHLS").axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["YHLS", "GF"]
    assert left.get_ylim()[0] > left.get_ylim()[1]
    assert left.lines[0].get_xydata().tolist() == [[0, 0], [-0.004, 1]]
    assert right.containers[0].lines[0].get_xydata().tolist() == [[0, 0], [-0.02, 1]]
    assert right.containers[0].lines[2][0].get_segments()[1][:, 0] == pytest.approx([-0.03, -0.01])


def test_noise_is_a_bar_of_95_percent_around_nothing():
    pairs = pd.DataFrame({"pair": ["a − b", "b − c"], "paper_difference": [0.0002, 0.003], "noise": [0.001, 0.0005]})
    (axes,) = draw_difference_noise(pairs).axes
    assert [bar.get_x() for bar in axes.patches] == pytest.approx([-0.00196, -0.00098])
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.00392, 0.00196])
    assert axes.lines[0].get_xdata().tolist() == [0.0002, 0.003]


def test_frontier_has_a_band_and_names_what_is_undominated():
    frontier = pd.DataFrame({"mib": [100.0, 700.0, 1000.0], "score": [0.80, 0.88, 0.885]})
    printed = pd.DataFrame(
        {"ensemble": ["AB", "CD"], "mib": [700.0, 900.0], "local_gap": [0.88, 0.87], "undominated": ["yes", "no"]}
    )
    (axes,) = draw_ensemble_frontier(frontier, printed, error=0.001, budget_mib=1024).axes
    assert [text.get_text() for text in axes.texts] == ["AB"]
    assert axes.lines[0].get_xdata().tolist() == [700, 1000]  # what lies far below the printed ones is not shown
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.879, 0.886))
    assert axes.lines[1].get_xydata().tolist() == [[700, 0.88], [900, 0.87]]
