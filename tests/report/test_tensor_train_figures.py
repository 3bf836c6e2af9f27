import matplotlib
import numpy as np
import pandas as pd
import pytest

from compactvid.report.cost_by_size import described_cost_by_size, draw_cost_by_size
from compactvid.report.tensor_train_diagram import (
    described_contraction,
    described_tensor_train,
    draw_contraction,
    draw_tensor_train,
)

matplotlib.use("agg")
CORES = pd.DataFrame(
    {
        "core": [1, 2, 3],
        "rank_before": [1, 5, 6],
        "input_mode": [8, 20, 18],
        "output_mode": [16, 4, 3],
        "rank_after": [5, 6, 1],
    }
)
GROWTH = pd.DataFrame(
    {
        "size": [100, 100, 400, 400],
        "map": ["dense", "tensor train"] * 2,
        "multiplications": [1e5, 1e4, 4e5, 2e4],
        "milliseconds": [2.0, 1.0, 8.0, 1.5],
    }
)


def test_a_chain_has_all_modes_and_the_ranks_between():
    texts = {text.get_text() for text in draw_tensor_train(CORES).axes[0].texts}
    assert {"$m_1 = 8$", "$m_2 = 20$", "$m_3 = 18$", "$n_1 = 16$", "$n_2 = 4$", "$n_3 = 3$"} <= texts
    assert {text for text in texts if text.startswith("$r")} == {"$r_1 = 5$", "$r_2 = 6$"}
    described = described_tensor_train(CORES)
    assert described.startswith("A chain of 3 cores. Core 1: input mode 8, output mode 16; core 2")
    assert described.endswith("Ranks between neighbours: 5, 6.")


def test_a_bar_is_as_long_as_the_logarithm_of_what_is_held():
    # A vector of 3 x 20 times cores (1, 3, 8, 2) and (2, 20, 4, 1), the last one first.
    dimensions = pd.DataFrame(
        [
            (0, "input mode", "m_1", 3),
            (0, "input mode", "m_2", 20),
            (1, "input mode", "m_1", 3),
            (1, "rank", "r_1", 2),
            (1, "output mode", "n_2", 4),
            (2, "output mode", "n_1", 8),
            (2, "output mode", "n_2", 4),
        ],
        columns=["step", "kind", "name", "size"],
    )
    steps = pd.DataFrame({"step": [1, 2], "cores": ["2", "1"], "multiplications": [480, 192]})
    axes = draw_contraction(dimensions, steps).axes[0]
    bars = [bar for bar in axes.patches if bar.get_width()]
    by_row = pd.Series([bar.get_width() for bar in bars]).groupby([round(bar.get_y(), 2) for bar in bars]).sum()
    assert np.exp(by_row.sort_index(ascending=False)).tolist() == pytest.approx([60, 24, 32])
    texts = {text.get_text() for text in axes.texts}
    assert {"60", "24", "32", "$r_1$\n2", "core 2: 480 multiplications", "core 1: 192 multiplications"} <= texts
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["input mode", "rank", "output mode"]
    assert described_contraction(dimensions, steps) == (
        "The vector is 3 times 20, 60 numbers. Core 2, 480 multiplications, leaves 3 times 2 times 4, 24 numbers. "
        "Core 1, 192 multiplications, leaves 8 times 4, 32 numbers."
    )


def test_costs_have_a_panel_each_and_a_curve_a_map():
    figure = draw_cost_by_size(GROWTH)
    for axes, column in zip(figure.axes, ("multiplications", "milliseconds"), strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        for line, (kind, found) in zip(axes.lines, GROWTH.groupby("map", sort=False), strict=True):
            assert line.get_label() == kind
            assert line.get_xydata().tolist() == found[["size", column]].to_numpy().tolist()
    described = described_cost_by_size(GROWTH)
    assert "dense: from 100 to 400 values, 0.1 to 0.4 million multiplications, 2 to 8 ms" in described
    assert "tensor train: from 100 to 400 values, 0.01 to 0.02 million multiplications, 1 to 1.5 ms" in described
