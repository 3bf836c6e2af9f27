"""Fig. 5's page: effects from made-up scores, and products D C against a search."""

import numpy as np
import pytest
from scipy.linalg import circulant

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.araujo2018 import fig_5, table_4

NOISE = np.array([0.001, -0.002, 0.0, 0.003, 0.002])


def made_up(training):
    """Scores with an order, a diagonal, both together, a start and a learning rate, and worlds of their own."""
    layer = training.model.fully_connected
    world = training.seed % 10
    gap = 0.5 + 0.05 * world
    if layer.diagonal == "none":
        return gap - 0.1
    if layer.order == "DC":
        gap += 0.02 + NOISE[world]
    if layer.diagonal == "learned":
        gap += 0.01 + (0.004 if layer.order == "DC" else 0)
        gap += {"normal": 0, "ones": 0.1, "signs": 0.2}[layer.diagonal_initializer]
        gap += 10 * (training.learning_rate - grid.family_rate(fig_5._model("fixed_cd")))
    return gap


@pytest.fixture(autouse=True)
def scores(monkeypatch):
    monkeypatch.setattr(grid, "gap", made_up)


def test_effects_and_interaction_are_told_apart():
    found = fig_5.differences("full", 0).pivot(index="world", columns="key", values="difference")
    assert found["learned_dc_beats_fixed_cd"].tolist() == pytest.approx(0.034 + NOISE)
    assert found["learned_diagonal_helps"].tolist() == pytest.approx([0.012] * 5)
    assert found["order_helps"].tolist() == pytest.approx(0.022 + NOISE)
    assert found["interaction"].tolist() == pytest.approx([0.004] * 5)
    assert found["released_pair"].tolist() == pytest.approx(-0.01 - NOISE)
    assert found["diagonal_helps"].tolist() == pytest.approx(0.134 + NOISE)
    ledger = {entry.id: entry.about.kind for entry in papers.entries("araujo2018")}
    assert {ledger[f"araujo2018.claims.{key}"] for key in fig_5.CLAIMS} == {"direction"}


def test_the_four_cells_with_their_margins():
    cells = fig_5.cells("full", 0).set_index("order")
    assert cells.loc["CD", ["learned", "signs", "gain"]].tolist() == pytest.approx([0.61, 0.60, 0.01])
    assert cells.loc["DC", "gain"] == pytest.approx(0.014)
    assert cells.loc["DC minus CD", ["learned", "signs", "gain"]].tolist() == pytest.approx(
        [0.024 + NOISE.mean(), 0.02 + NOISE.mean(), 0.004]
    )
    assert cells.loc["DC minus CD", "gain_spread"] == pytest.approx(0, abs=1e-12)
    assert cells.loc["DC minus CD", "signs_spread"] == pytest.approx(2.7764451 * NOISE.std(ddof=1) / np.sqrt(5))


def test_claims_move_with_the_start_of_what_is_learned():
    found = fig_5.claims("full", 0, "ones").groupby("key", sort=False)["difference"].mean()
    noise = NOISE[:2].mean()
    assert found.to_dict() == pytest.approx(
        {
            "learned_dc_beats_fixed_cd": 0.134 + noise,
            "learned_diagonal_helps": 0.112,
            "order_helps": 0.022 + noise,
        }
    )
    rate = grid.family_rate(fig_5._model("fixed_cd"))
    doubled = fig_5.claims("full", 0, "double_rate").groupby("key")["difference"].mean()
    assert doubled["learned_diagonal_helps"] == pytest.approx(0.012 + 10 * rate)
    assert fig_5.claims("full", 0, "signs")["world"].tolist() == [0, 1] * 3


def test_no_training_is_listed_twice():
    own = [config for group in fig_5.runs("full", 0).values() for config in group]
    assert len(set(own)) == len(own)
    assert not set(own) & {config for group in table_4.runs("full", 0).values() for config in group}
    learned = {run.training for run in own if hasattr(run, "training")}
    assert grid.training("table_4.DBoF-FC-Circulant", "full", 0) in learned


@pytest.mark.parametrize("size", [2, 5, 8])
def test_a_product_of_diagonal_and_circulant_is_its_own_nearest(size):
    drawn = np.random.default_rng(size)
    product = np.diag(drawn.normal(size=size)) @ circulant(drawn.normal(size=size))
    np.testing.assert_allclose(fig_5.nearest_pair(product), product, atol=1e-12)


def test_no_search_finds_a_nearer_product():
    drawn = np.random.default_rng(0)
    target = drawn.normal(size=(6, 6))
    nearest = np.linalg.norm(target - fig_5.nearest_pair(target))
    best = np.inf
    for _ in range(20):
        diagonal = drawn.normal(size=6)
        for _ in range(200):  # least squares for C given D, and for D given C
            column = np.array(
                [sum(diagonal[i] * target[i, (i - k) % 6] for i in range(6)) / (diagonal @ diagonal) for k in range(6)]
            )
            matrix = circulant(column)
            diagonal = (matrix * target).sum(1) / (matrix**2).sum(1)
        best = min(best, np.linalg.norm(target - np.diag(diagonal) @ circulant(column)))
    assert nearest == pytest.approx(best, rel=1e-6)


def test_of_all_signs_only_equal_and_alternating_ones_are_reached():
    products = fig_5.sign_products()
    assert len(products) == 2**7
    reached = products[products["missed"] < 1e-12]
    assert sorted(reached["signs"]) == ["++++++++", "+-+-+-+-"]
    assert products.drop(reached.index)["missed"].min() > 0.1
