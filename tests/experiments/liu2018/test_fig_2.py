"""Figure 2's frames where scores and weights are known by construction."""

import copy

import numpy as np
import pandas as pd
import pytest

from compactvid.experiments import ensembles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.liu2018 import fig_2
from compactvid.metrics import global_average_precision

TUNED = {0: [0.4, 0.3, 0.2, 0.1], 1: [0.5, 0.3, 0.1, 0.1]}
PRINTED = [0.39, 0.26, 0.21, 0.14]


def scores(draw, split):
    random = np.random.default_rng([draw, len(split)])
    labels = random.random((60, 12)) < 0.2
    return labels, (labels + random.normal(size=(4, 60, 12)) * np.array([0.8, 1, 1.2, 1.4])[:, None, None])


GRAPH = {
    "weights": TUNED[0],
    "layers": [
        {"layer": layer, "type": kind, "inputs": [], "parameters": 10 + number, "settings": settings, "operations": []}
        for number, name in enumerate(("tower", "model1", "model2", "model3"))
        for layer, kind, settings in (
            (f"{name}_video_vlad", "NetVLAD", {"cluster_size": 4 + number}),
            (f"{name}_hidden1", "Dense", {"units": 20 + number}),
        )
    ]
    + [
        {
            "layer": "operations",
            "inputs": [f"{name}_probability_gating" for name in ("tower", "model1", "model2", "model3")],
            "parameters": 0,
            "settings": {},
            "operations": ["Multiply"] * 4 + ["Add"] * 3,
        }
    ],
    "members": [{"float16_bytes": 1024 * (number + 1)} for number in range(4)],
    "tensors": 128,
    "overwritten": 128,
    "graph_difference": 1e-7,
}


@pytest.fixture(autouse=True)
def planted(monkeypatch):
    monkeypatch.setattr(ensembles, "evaluation", lambda ensemble, profile, draw: {"weights": TUNED[draw]})
    monkeypatch.setattr(ensembles, "float16_bytes", lambda model: 2**20)
    monkeypatch.setattr(grid, "run_folder", lambda name, profile, draw: draw)
    monkeypatch.setattr(fig_2, "member_scores", lambda folders, split: scores(folders[0], split))
    monkeypatch.setattr(fig_2, "graph", lambda profile, draw: copy.deepcopy(GRAPH))
    fig_2.gaps.cache_clear()
    yield
    fig_2.gaps.cache_clear()


def test_weights_are_averaged_over_the_worlds():
    found = fig_2.members("smoke", 0).set_index("letter")
    assert list(found["model"]) == ["K24-H1440", "K32-H1024", "K16-H800", "K32-H512"]
    assert found["paper_weight"].tolist() == PRINTED
    assert found["paper_size_mib"].tolist() == [381.40, 286.85, 199.61, 151.85]
    assert found["weight"].tolist() == pytest.approx([0.45, 0.3, 0.15, 0.1])
    # The t quantile of one degree of freedom is 12.706; two values that differ by d have standard error d / 2.
    assert found["weight_spread"].tolist() == pytest.approx([12.7062 * 0.05, 0, 12.7062 * 0.05, 0], abs=1e-4)


def test_gaps_are_those_of_the_weighted_sums():
    found = fig_2.gaps("smoke", 0)
    expected = {"tuned": None, "uniform": [0.25] * 4, "printed": PRINTED}
    for draw in (0, 1):
        for split in ("validate", "test"):
            labels, members = scores(draw, split)
            for name, weights in expected.items():
                mixed = np.tensordot(weights or TUNED[draw], members, 1)
                assert found.loc[draw, [(split, name)]].item() == global_average_precision(labels, mixed)
    table = fig_2.gap_table(found).set_index("weights")
    gains = found["test", "printed"] - found["test", "uniform"]
    assert table.loc["the paper's", "gain_on_test"] == pytest.approx(gains.mean())
    assert table.loc["equal", ["gain_on_validate", "gain_on_test"]].tolist() == [0, 0]
    each, summary = fig_2.comparisons(found)
    assert each.loc[each["comparison"] == "the paper's − equal weights", "difference"].tolist() == gains.tolist()
    assert summary["value"].tolist() == pytest.approx(each.groupby("comparison", sort=False)["difference"].mean())
    assert summary["comparison"][0] == "tuned − equal weights"
    assert f"{summary['value'][0]:+.4f} ±" in fig_2.differences_in_words(summary)


def test_the_diagram_is_read_off_the_graph():
    found = fig_2.diagram("smoke", 0)
    assert found["scope"].tolist() == ["tower", "model1", "model2", "model3"]
    assert found["cluster_size"].tolist() == [4, 5, 6, 7]
    assert found["hidden_size"].tolist() == [20, 21, 22, 23]
    assert found["parameters"].tolist() == [20, 22, 24, 26]
    assert found["kib"].tolist() == [1, 2, 3, 4]
    assert (found["weight"].tolist(), found["paper_weight"].tolist()) == (TUNED[0], PRINTED)
    words = fig_2.alternative_text(found)
    assert "H, which is K32-H1024 of 286.85 MiB in print, as model1 with K = 5, H = 21, 22 values in 2 KiB" in words


@pytest.mark.parametrize("change", [{"inputs": ["tower_probability_gating"]}, {"operations": ["Multiply", "Maximum"]}])
def test_a_graph_that_ends_otherwise_is_refused(monkeypatch, change):
    other = copy.deepcopy(GRAPH)
    other["layers"][-1] |= change
    monkeypatch.setattr(fig_2, "graph", lambda profile, draw: other)
    with pytest.raises(ValueError, match="expected the weighted sum of tower_probability_gating, model1_"):
        fig_2.diagram("smoke", 0)


def test_the_record_is_of_the_printed_sizes():
    """What the page shows of the paper's size: tensors of 1019.7 MiB, as Table 2 prints, in files below the limit."""
    record = fig_2.recorded()
    stored = sum(member["float16_bytes"] for member in record["members"]) / 2**20
    assert round(stored, 1) == ensembles.printed().set_index("ensemble").loc["YHLS", "size_mib"]
    found = fig_2.files().set_index("file")["mib"]
    assert stored < found["all files"] < found["limit"] == 1024
    assert found.drop(["all files", "limit"]).sum() == pytest.approx(found["all files"])
    assert "make test-paper-size" in fig_2.recorded_at()["value"].tolist()


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"bytes": 2**30 + 1}, "winner_fits"),
        ({"overwritten": 127}, "weights_overwritten"),
        ({"differences": {"saved_model": 0.0, "meta_graph": 1e-3}}, "four_models_in_one_graph"),
        ({}, None),
    ],
)
def test_statements_can_be_false(monkeypatch, change, claim):
    record = fig_2.recorded() | change
    monkeypatch.setattr(fig_2, "recorded", lambda: record)
    found = fig_2.statements("smoke", 0).set_index("claim")["value"]
    assert found.to_dict() == {name: int(name != claim) for name in found.index}
    assert isinstance(found, pd.Series)
    assert len(found) == 4
