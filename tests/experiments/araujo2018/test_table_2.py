"""Table 2's numbers where each score is known by construction."""

import numpy as np
import pandas as pd
import pytest

from compactvid.experiments import (
    circulant_counts,
    circulant_grid,
    compact_layer_statements,
    mixture_costs,
    paired_differences,
)
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments.araujo2018 import table_2

COST = {"circulant": 0.01, "none": 0.02, "gating": 0.04, "circulant and gating": 0.08}


def gap(row, world):
    """0.6, less what each change costs by itself, less what two cost together; the worlds differ by a hundredth."""
    model = circulant_grid.config(f"table_2.{row}")
    circulant, ungated = model.mixture is not None, not model.context_gating
    lost = COST["circulant"] * circulant + COST["gating"] * ungated + COST["circulant and gating"] * circulant * ungated
    lost += COST["none"] * (circulant and model.mixture.diagonal == "none")
    lost += 0.005 * (model.projection is not None) - 0.003 * (model.fully_connected is not None)
    return 0.6 - lost + 0.01 * world


@pytest.fixture
def planted(monkeypatch):
    monkeypatch.setattr(
        scores,
        "world_gaps",
        lambda name, profile, seed, *, variation=None: np.array(
            [gap(name.removeprefix("table_2."), world) for world in range(2 if variation else 5)]
        ),
    )


@pytest.fixture
def counted(monkeypatch):
    """Counts without a store."""
    sizes = {
        name: circulant_counts.counting(name).execute(None, None)["tensors"]
        for name in dict.fromkeys([*compact_layer_statements.COUNTED, *(f"table_2.{row}" for row in table_2.ROWS)])
    }
    monkeypatch.setattr(
        circulant_counts, "tensors", lambda name: {tensor["tensor"]: tuple(tensor["shape"]) for tensor in sizes[name]}
    )
    monkeypatch.setattr(circulant_counts, "weights", lambda name: sum(tensor["bytes"] for tensor in sizes[name]) // 4)


def test_costs_are_those_of_one_change_each_and_every_order_adds_up(planted):
    costs = mixture_costs.costs("full", 0)
    mean = costs.groupby("key")["difference"].mean()
    both = COST["circulant and gating"]
    expected = {
        "matrices_with_gating": COST["circulant"],
        "matrices_without_gating": COST["circulant"] + both,
        "diagonal_with_gating": COST["none"],
        "diagonal_without_gating": COST["none"],
        "gating_of_dense": COST["gating"],
        "gating_of_compact": COST["gating"] + both,
        "gating_without_diagonal": COST["gating"] + both,
    }
    assert mean.to_dict() == pytest.approx(expected)
    orders = mixture_costs.orders(costs).set_index("order")
    whole = gap("Dense-Model", 0) - gap("Compact-MoE", 0)
    np.testing.assert_allclose(orders["whole"], whole)
    np.testing.assert_allclose(orders.loc["gating first"], [COST["circulant"] + both, 0.02, 0.04, whole])


def test_each_step_changes_one_thing():
    """A step leads between models that differ in one field, or in the diagonals alone."""
    for steps in mixture_costs.ORDERS.values():
        rows = [mixture_costs.COSTS[steps[0]][1], *(mixture_costs.COSTS[step][2] for step in steps)]
        assert (rows[0], rows[-1]) == ("table_2.Dense-Model", "table_2.Compact-MoE")
        assert [mixture_costs.COSTS[step][1] for step in steps] == rows[:-1]
    for key, (_, before, after) in mixture_costs.COSTS.items():
        first, second = (vars(circulant_grid.config(row)) for row in (before, after))
        changed = {field for field in first if first[field] != second[field]}
        assert changed == ({"context_gating"} if key.startswith("gating") else {"mixture"})


def test_claims_are_positive_in_their_direction(planted):
    mean = paired_differences.summary(table_2.claims("full", 0)).set_index("key")["value"]
    whole = COST["circulant"] + COST["none"] + COST["gating"] + COST["circulant and gating"]
    assert mean.to_dict() == pytest.approx(
        {
            "fc_as_good": 0.003,
            "dbof_costs_accuracy": 0.005,
            "moe_costs_accuracy": whole,
            "circulant_moe_costs_accuracy": COST["circulant"],
        }
    )
    gaps = table_2.gaps("full", 0).set_index("row")
    assert gaps.loc["Compact-MoE", "difference"] == pytest.approx(-whole)
    assert gaps.loc["Compact-MoE", "paper_difference"] == pytest.approx(-0.041)
    assert gaps["gap_spread"].to_numpy() == pytest.approx(
        2.7764451 * np.std([0, 0.01, 0.02, 0.03, 0.04], ddof=1) / 5**0.5
    )
    assert np.isnan(gaps.loc["Dense-Model", "difference"])
    assert gaps["difference_spread"].dropna().to_numpy() == pytest.approx(0, abs=1e-12)


def test_curves_are_read_early_and_late(monkeypatch):
    history = {
        "Dense-Model": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
        "Compact-FC": [0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1],
        "Compact-DBoF": [0.9, 0.1, 0.9, 0.1, 0.3, 0.1, 0.3, 0.1],
        "Compact-MoE": [0.1, 0.1, 0.1, 0.1, 0.15, 0.1, 0.15, 0.1],
    }
    monkeypatch.setattr(table_2, "training", lambda row, profile, draw: (row, draw))
    monkeypatch.setattr(circulant_grid, "history", lambda training: np.array(history[training[0]]) + training[1])
    mean = table_2.curve_claims("full", 0).groupby("key")["difference"].mean()
    assert mean.to_dict() == pytest.approx(
        {"fc_converges_faster": 0.25, "dbof_varies": 0.2 - 0.1, "moe_more_stable": 0.2 - 0.05}
    )
    np.testing.assert_allclose(table_2.movement(np.array([[0, 1, 5, 3], [3, 3, 3, 4]]), 2), [3, 0.5])


def test_ends_of_the_curves_have_the_keys_of_the_figure():
    curves = pd.DataFrame(
        [(table_2.ROWS[row], epoch, 0.1 * epoch, 0.0) for row in ("Dense-Model", "Compact-MoE") for epoch in (1, 2, 3)],
        columns=["model", "epoch", "gap", "gap_spread"],
    )
    ends = table_2.curve_ends(curves)
    found = {(row.curve, row.end): (row.gap, row.paper_gap) for row in ends.itertuples()}
    assert found["dense", "epoch_7"] == (pytest.approx(0.3), 0.845)
    assert found["dense", "epoch_1"] == (pytest.approx(0.1), 0.803)
    assert found["compact_moe", "epoch_7"][1] == 0.805
    assert np.isnan(found["compact_moe", "epoch_1"][1])


def test_counts_and_statements(counted):
    counts = table_2.counts().set_index("row")
    four = counts.iloc[:4]
    assert four["weights"].tolist() == four["paper_weights"].tolist() == [45359764, 36987540, 41181844, 12668504]
    assert four["size_mib"].astype(int).tolist() == four["paper_size_mib"].tolist()
    assert counts.loc["Compact-MoE-with-gating", "weights"] == 27_598_996
    statements = compact_layer_statements.statements(counts.reset_index()).set_index("claim")["value"]
    assert statements.round(2).to_dict() == {
        "layers_have_diagonals": 0,  # of Table 2's compact mixture and Table 3's m = 1
        "one_layer_at_a_time": 0,  # the compact mixture has lost its gating
        "square_then_sliced": 1,
        "dbof_and_moe_compress_more": 1,
        "video_only": 1,
        "blocks_of_the_embedding": 8,
        "sliced_at": 512,
        "fc_rate": 9.21,
        "fc_rate_in_table_4": 9.52,
        "moe_weights_as_described": 27_634_324,
        "moe_weights_with_gating": 27_598_996,
        "moe_rate_as_described": 39.08,
    }
