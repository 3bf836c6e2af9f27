"""Fig. 7's front and hull against slow definitions, and its claim where each score is known by construction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from compactvid import papers
from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.experiments import circulant_counts, diversity_models
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments.araujo2018 import fig_7
from compactvid.experiments.circulant_grid import paper_models

SIZES = st.lists(st.integers(1, 50), min_size=3, max_size=8, unique=True)


@given(SIZES, st.data())
def test_hull_is_qhulls_upper_one(sizes, data):
    gaps = data.draw(st.lists(st.integers(0, 50), min_size=len(sizes), max_size=len(sizes)))
    at = data.draw(st.floats(min(sizes), max(sizes)))
    # Two points far below close the hull from beneath, so that all its facets above them are upper ones.
    points = [*zip(sizes, gaps, strict=True), (min(sizes), -1000), (max(sizes), -1000)]
    upper = [-(a * at + offset) / b for a, b, offset in ConvexHull(np.array(points, "float64")).equations if b > 1e-9]
    assert fig_7.hull(np.array(sizes), np.array(gaps), at) == pytest.approx(min(upper), abs=1e-6)


def test_beyond_the_hull_the_nearest_stands_for_it():
    sizes, gaps = np.array([10, 20, 30]), np.array([0.5, 0.9, 0.7])
    assert [fig_7.hull(sizes, gaps, size) for size in (1, 10, 15, 30, 99)] == pytest.approx([0.5, 0.5, 0.7, 0.7, 0.7])


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=9))
def test_front_by_definition(models):
    sizes, gaps = np.array(models).T
    slow = [not any(s <= size and g >= gap and (s, g) != (size, gap) for s, g in models) for size, gap in models]
    assert fig_7.undominated(sizes, gaps).tolist() == slow


@pytest.fixture
def planted(monkeypatch):
    """Weights as counted; GAP as printed, 0.90 for several embeddings; one model's grows by a hundredth a world."""
    both = diversity_models.MODELS[fig_7.DIVERSITY]
    configs = {name: paper_models().get(name, both) for name in fig_7.NAMES}
    counted = {
        name: sum(t["bytes"] for t in TensorSizes(model).execute(None, None)["tensors"]) // 4
        for name, model in configs.items()
    }
    monkeypatch.setattr(fig_7, "_weights", counted.get)
    monkeypatch.setattr(circulant_counts, "weights", counted.get)

    def gaps(name, profile, seed):
        table, _, row = name.partition(".")
        printed = (
            0.90 if table == "fig_2" else papers.table("araujo2018", table).frame().set_index("row").loc[row, "gap"]
        )
        return printed + np.arange(5) * (0.01 if row == fig_7.BEST else 0.0)

    monkeypatch.setattr(scores, "world_gaps", gaps)
    monkeypatch.setattr(fig_7, "_gaps", gaps)


def test_trade_off_of_the_printed_table(planted):
    """Between circulant NetVLAD, 50.8 million weights, and dense DBoF, 65.8: the line through the two, by hand."""
    line = 0.851 + (0.861 - 0.851) * (59_528_852 - 50_821_140) / (65_795_732 - 50_821_140)
    assert fig_7.printed_trade_off() == pytest.approx(0.861 - line)
    np.testing.assert_allclose(fig_7.trade_off_by_world("full", 0), 0.861 - line + 0.01 * np.arange(5))
    assert fig_7.statements().set_index("claim")["value"].to_dict() == {
        "most_compact_models": 1,
        "best_trade_off_in_print": 1,
    }


def test_at_real_models_without_audio_are_none_of_their_own(planted):
    assert set(fig_7.NAMES) - set(fig_7.names("real")) == {name for name in fig_7.NAMES if name.startswith("table_2.")}
    assert list(fig_7.points("real", 0)["model"]) == list(fig_7.names("real"))
    assert fig_7.names("small") == fig_7.NAMES


def test_the_trade_off_is_a_comparison_of_its_worlds(planted):
    found = fig_7.trade_off("full", 0)
    np.testing.assert_allclose(found["difference"], fig_7.trade_off_by_world("full", 0))
    assert f"araujo2018.claims.{found['key'].unique().item()}" in {entry.id for entry in papers.entries("araujo2018")}


def test_points_are_hinted_and_described(planted):
    points = fig_7.points("full", 0)
    assert points.loc[points["paper_front"] == "yes", "model"].tolist() == [
        "table_2.Dense-Model", "table_2.Compact-DBoF", "table_2.Compact-FC", "table_2.Compact-MoE",
        "table_3.1", "table_4.NetVLAD-FC-Dense", "table_4.NetVLAD-FC-Circulant",
    ]  # fmt: skip
    hints = fig_7.hints(points)
    assert points["front"].iloc[-1] == "yes" != points["paper_front"].iloc[-1]
    assert len(hints) == 2 * len(points) - 1  # nothing is printed of several embeddings
    assert "59,528,852 weights, 227 MiB, GAP 0.861 in print" in " ".join(hints.values())
    assert "DBoF, FC of 1 factor (227 MiB)" in fig_7.described(points)
