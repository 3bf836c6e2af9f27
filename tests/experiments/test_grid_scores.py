"""What the grid's scores are turned into, against slow transcriptions and closed forms."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments import grid_scores, recorded_values

MODELS = ["K24-H1440", "K32-H1024", "K20-H960", "K16-H256"]
SIZES = pd.DataFrame({"model": [*MODELS, "K8-H800"], "float32_mib": [714.9, 549.2, 469.2, 158.6, 357.6]})
# (model, draw): averaged and single, on validation and test
AVERAGED = {"validation": [[0.62, 0.64], [0.60, 0.59], [0.58, 0.60], [0.50, 0.51]]}
AVERAGED["test"] = [[0.60, 0.61], [0.57, 0.58], [0.57, 0.59], [0.49, 0.47]]
SINGLE = {"validation": [[0.61, 0.60], [0.60, 0.58], [0.58, 0.57], [0.49, 0.50]]}
SINGLE["test"] = [[0.58, 0.57], [0.55, 0.58], [0.57, 0.55], [0.46, 0.46]]
HALF_WIDTH = 12.706204736  # of two values one apart: t(0.975, 1) * (1 / sqrt(2)) / sqrt(2), doubled


@pytest.fixture
def scores():
    return pd.DataFrame(
        [
            {"model": name, "draw": draw, "checkpoint": checkpoint}
            | {split: values[split][row][draw] for split in ("validation", "test")}
            for row, name in enumerate(MODELS)
            for draw in (0, 1)
            for checkpoint, values in (("best_averaged", AVERAGED), ("best_single", SINGLE))
        ]
    )


def printed_sizes():
    return grid_scores.printed_scores()["float32_mib"].rename_axis("model").reset_index()


def slow_inferior(sizes, gaps):
    """The rule in the paper's words, model by model."""
    marked = []
    for size, gap in zip(sizes, gaps, strict=True):
        others = zip(sizes, gaps, strict=True)
        marked.append(any(size > other_size and gap <= other_gap for other_size, other_gap in others))
    return marked


def slow_tau_b(first, second):
    """Kendall's tau-b by pairs, ties in either order left out of its side of the denominator."""
    signs = np.array([np.sign([a[0] - b[0], a[1] - b[1]]) for a, b in combinations(zip(first, second, strict=True), 2)])
    return signs.prod(axis=1).sum() / np.sqrt((signs != 0).sum(axis=0).prod())


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=8))
def test_the_rule_is_the_papers(models):
    sizes, gaps = np.array(models).reshape(-1, 2).T
    assert grid_scores.inferior(sizes, gaps).tolist() == slow_inferior(sizes, gaps)


def test_the_rule_eliminates_a_member_of_the_winner_from_the_printed_table():
    printed = grid_scores.printed_scores()
    marked = grid_scores.inferior(printed["float32_mib"].to_numpy(), printed["best_averaged_gap"].to_numpy())
    assert printed.index[marked].tolist() == ["K32-H1024"]
    assert printed["code"]["K32-H1024"] in "YHLS"


def test_gaps_are_means_over_draws_with_their_intervals(scores):
    frame = grid_scores.gaps(scores, SIZES).set_index("model")
    assert list(frame.index) == list(SIZES["model"])
    averaged, single = np.array(AVERAGED["test"]), np.array(SINGLE["test"])
    for column, values in (("best_averaged_gap", averaged), ("best_single_gap", single)):
        np.testing.assert_allclose(frame.loc[MODELS, column], values.mean(axis=1))
        half_widths = HALF_WIDTH * np.abs(values[:, 0] - values[:, 1]) / 2
        np.testing.assert_allclose(frame.loc[MODELS, f"{column}_spread"], half_widths, atol=1e-12)
    assert frame.loc["K8-H800", ["best_averaged_gap", "inferior", "paper_averaged"]].isna().all()
    assert frame.loc["K24-H1440", ["paper_averaged", "paper_single"]].tolist() == [0.8744, 0.8682]
    # K32-H1024 ties with the smaller K20-H960 in the first draw, and is worse in the second.
    assert frame.loc[MODELS, "inferior"].tolist() == [0, 1, 0, 0]


def test_selection_bias_is_validation_minus_test_of_what_was_chosen(scores):
    frame = grid_scores.selection(scores).set_index("checkpoint")
    by_draw = {
        (name, split): np.mean(values[split], axis=0)
        for name, values in (("best_averaged", AVERAGED), ("best_single", SINGLE))
        for split in ("validation", "test")
    }
    for name in ("best_averaged", "best_single"):
        lucky = by_draw[name, "validation"] - by_draw[name, "test"]
        assert frame.loc[name, "test"] == pytest.approx(by_draw[name, "test"].mean())
        assert frame.loc[name, "optimism"] == pytest.approx(lucky.mean())
        assert frame.loc[name, "optimism_spread"] == pytest.approx(HALF_WIDTH * abs(lucky[0] - lucky[1]) / 2)
    gain = by_draw["best_averaged", "test"] - by_draw["best_single", "test"]
    assert frame.loc["gain", "test"] == pytest.approx(gain.mean())
    assert frame.loc["gain", "test_spread"] == pytest.approx(HALF_WIDTH * abs(gain[0] - gain[1]) / 2)


def test_orders_are_compared_by_kendalls_tau_b(scores):
    printed = grid_scores.printed_scores()
    frame = grid_scores.ordering(scores, printed_sizes()).set_index("order")
    clusters = [24, 32, 20, 16]
    taus = [slow_tau_b(draw, clusters) for draw in np.array(AVERAGED["test"]).T]
    assert frame.loc["cluster_size", "tau"] == pytest.approx(np.mean(taus))
    against_paper = [
        slow_tau_b(draw, printed.loc[MODELS, "best_averaged_gap"]) for draw in np.array(AVERAGED["test"]).T
    ]
    assert frame.loc["paper", "tau"] == pytest.approx(np.mean(against_paper))
    assert np.isnan(frame.loc["paper", "paper_tau"])


def test_the_order_that_the_paper_prints_follows_size_but_for_a_tie():
    sizes = printed_sizes()
    scores = pd.DataFrame(
        [
            {"model": name, "draw": draw, "checkpoint": "best_averaged", "test": size * (-1) ** draw}
            for name, size in sizes.itertuples(index=False)
            for draw in (0, 1)
        ]
    )
    row = grid_scores.ordering(scores, sizes).set_index("order").loc["size"]
    printed = grid_scores.printed_scores()
    assert row["paper_tau"] == pytest.approx(slow_tau_b(printed["float32_mib"], printed["best_averaged_gap"]))
    assert row["paper_tau"] > 0.99
    assert row["tau"] == pytest.approx(0)  # 1 in one draw, -1 in the other
    assert row["tau_spread"] == pytest.approx(HALF_WIDTH)


def test_recorded_values_stand_beside_ours(scores, tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_values, "project_root", lambda: tmp_path)
    frame = grid_scores.gaps(scores, SIZES)
    judged, key = ["best_averaged_gap", "inferior"], grid_scores.key_prefix("full") + ".{model}.{column}"
    nothing = grid_scores.beside_recorded(frame, judged, key)
    assert nothing[["recorded_best_averaged_gap", "full_best_averaged_gap"]].isna().all(axis=None)
    about = {"tolerance": 0.1, "reason": "r"}
    content = {
        "stem": "liu2018_table_1",
        "profile": "real",
        "complete": True,
        "provenance": {"seed": 0},
        "results": {
            "liu2018.table_1.audioset.K20-H960.best_averaged_gap": {"value": 0.31, "spread": 0.02, **about},
            "liu2018.table_1.audioset.K20-H960.inferior": {"value": 0.5, **about},
            "liu2018.table_1.K24-H1440.best_averaged_gap": {"value": 0.9, **about},
        },
    }
    simulated = {
        "liu2018.table_1.K24-H1440.best_averaged_gap": {"value": 0.7, "spread": 0.01, **about},
        "liu2018.table_1.audioset.K20-H960.inferior": {"value": 0.125, **about},
    }
    for of_profile in (content, content | {"profile": "full", "results": simulated}):
        path = tmp_path / "results" / of_profile["profile"] / "liu2018_table_1.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(of_profile))
    beside = grid_scores.beside_recorded(frame, judged, key)
    found = beside.set_index("model")
    recorded = [name for name in found if name.startswith("recorded_")]
    assert recorded == ["recorded_best_averaged_gap", "recorded_best_averaged_gap_spread", "recorded_inferior"]
    assert found.loc["K20-H960", recorded].tolist() == [0.31, 0.02, 0.5]
    assert found.drop(index="K20-H960")[recorded].isna().all(axis=None)
    of_full = ["full_best_averaged_gap", "full_best_averaged_gap_spread"]
    assert found.loc["K24-H1440", of_full].tolist() == [0.7, 0.01]
    assert found["full_inferior"].isna().all()
    # The figure: five worlds in place of a build's own, AudioSet's beside; at the other two profiles what they made.
    plotted = grid_scores.plotted(beside, judged, key, "small").set_index("model")
    assert plotted["best_averaged_gap"].dropna().to_dict() == {"K24-H1440": 0.7}
    assert plotted.loc["K20-H960", "recorded_best_averaged_gap"] == 0.31
    for profile in ("full", "real"):
        shown = grid_scores.plotted(beside, judged, key, profile)
        assert list(shown) == [*frame, *recorded]
        pd.testing.assert_frame_equal(shown[list(frame)], frame)


def test_simulated_and_real_scores_have_keys_of_their_own():
    assert grid_scores.key_prefix("real") != grid_scores.key_prefix("small") == grid_scores.key_prefix("smoke")


def test_models_of_the_table_that_only_real_trains_answer_its_rows_there(scores):
    frame = grid_scores.gaps(scores, SIZES)
    assert grid_scores.answered_by_real_alone(frame, "real")["model"].tolist() == ["K20-H960"]
    assert grid_scores.answered_by_real_alone(frame, "small").empty


def test_real_trains_all_28_models_and_small_those_of_the_ensembles():
    names = grid.trained_models("real")
    assert len(set(names)) == 28
    assert names[0] == "K24-H1440"
    assert names[18] == "K20-H1600"
    assert set(names) - set(grid.trained_models("full")) >= {"K20-H960", "K10-H400", "K10-H300"}
    assert [len(grid.trained_models(name)) for name in ("smoke", "small", "full")] == [6, 8, 16]


@pytest.mark.parametrize(("profile", "clusters"), [("real", 12), ("small", 6)])
def test_what_stands_for_a_model_has_its_proportions(profile, clusters):
    training = grid.training("K24-H1440", profile, 3).training
    model = training.model
    assert (model.hidden_size, training.seed) == (90, 3)
    assert model.cluster_size // 2 == clusters
    assert (model.rgb_size is None) == (profile == "real")
