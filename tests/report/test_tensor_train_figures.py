import matplotlib
import pandas as pd

from compactvid.report.cost_by_size import described_cost_by_size, draw_cost_by_size
from compactvid.report.tensor_train_diagram import described_tensor_train, draw_tensor_train

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
