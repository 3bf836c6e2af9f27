"""Figure 3's numbers where each score is known by construction."""

from types import SimpleNamespace

import numpy as np
import pytest

from compactvid import papers
from compactvid.experiments import circulant_audio, paired_differences
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.araujo2018 import fig_3

CLEAN = {"robust": 0.60, "maximum": 0.66, "average": 0.58}
LOST = {"robust": 0.010, "maximum": 0.030, "average": 0.005}
"""Test GAP of each pooling, and what one frame in ten costs it; in world w all have w hundredths more."""


@pytest.fixture
def planted(monkeypatch):
    """Scores that are known, by the training's pooling."""
    fig_3.gaps_under_noise.cache_clear()

    def pooling(run):
        return {"max": "maximum", "mean": "average", "robust": "robust"}[run.model.pooling]

    def gap(run):
        samples = 0.001 * run.model.sample_size + 0.0001 * run.model.num_samples
        base = 0.001 * 2 + 0.0001 * 10
        other = samples - base if run.model.pooling == "robust" else 0
        return CLEAN[pooling(run)] + 0.01 * run.seed + other

    def noisy(config):
        base = gap(config.base)
        return SimpleNamespace(result={"gaps": [base - LOST[pooling(config.base)] * n for n in (1, 2, 4)]})

    monkeypatch.setattr(grid, "gap", gap)
    monkeypatch.setattr(fig_3, "load_or_run", noisy)
    yield
    fig_3.gaps_under_noise.cache_clear()


def test_claims_of_planted_scores(planted):
    found = fig_3.claims("full", 0)
    assert found["world"].nunique() == 5
    mean = found.groupby("key")["difference"].mean().to_dict()
    assert mean == pytest.approx(
        {
            "robust_beats_maximum": -0.06,
            "robust_beats_average": 0.02,
            "average_beats_maximum": -0.08,
            "average_more_robust": 0.025,
            "robust_more_robust": 0.020,
            "average_over_maximum_in_noise": -0.08 + 2 * 0.025,
            "larger_samples_over_maximum": -0.057,
            "larger_samples_over_average": 0.023,
            "larger_samples_over_robust": 0.003,
        }
    )
    ledger = {entry.id: entry.about.kind for entry in papers.entries("araujo2018")}
    assert {ledger[f"araujo2018.claims.{key}"] for key in fig_3.CLAIMS} == {"direction"}
    assert list(found["key"].unique()[: len(fig_3.CLAIMS)]) == list(fig_3.CLAIMS), "the figure fills the first"
    assert set(fig_3.claims("smoke", 0)["key"]) == {*fig_3.CLAIMS, "average_over_maximum_in_noise"}


def test_noise_is_what_is_lost(planted):
    found = fig_3.noise("full", 0).set_index("pooling")
    lost = found[[f"lost_{share}" for share in fig_3.NOISE]]
    assert lost.to_numpy() == pytest.approx(np.outer(list(LOST.values()), [1, 2, 4]))
    assert found["gap_spread"].tolist() == pytest.approx([2.7764451 * 0.01 * np.sqrt(2.5) / np.sqrt(5)] * 3)
    assert set(found) <= set(fig_3.NOISE_HEADINGS)


def test_surface_of_planted_scores(planted):
    found = fig_3.surface("full", 0).set_index(["samples", "frames"])
    assert found.loc[("10", "2")].tolist() == [0.0, 5]
    assert found.loc[("∞", "1")].tolist() == pytest.approx([-0.02, 5])
    assert found.loc[("1", "all")].tolist() == found.loc[("10", "all")].tolist() == pytest.approx([0.06, 5])
    assert found.loc[("10", "5")].tolist() == pytest.approx([0.003, 5])
    assert found.loc[("1", "10")].tolist() == pytest.approx([0.008 - 0.0009, 2])
    assert len(found) == len(fig_3.cells("full")) + 4
    assert fig_3.cells("smoke") == []


def test_at_real_robust_pooling_is_compared_in_the_papers_place(planted):
    found = fig_3.claims("real", 0)
    mean = found.groupby("key")["difference"].mean()
    assert mean["larger_samples_over_average"] == pytest.approx(0.60 + 0.004 - 0.002 - 0.58)
    assert [run.model.sample_size for run in fig_3.cell_trainings((10, 60), "real", 0)] == [4] * 5
    surface = fig_3.surface("real", 0).set_index(["samples", "frames"])
    assert set(surface.index) == {("10", "1"), ("10", "4"), ("∞", "1"), ("1", "all"), ("10", "all")}
    rates = [fig_3.training(name, "real", 0).learning_rate for name in ("maximum", "average")]
    assert rates == [circulant_audio.LEARNING_RATES[name] for name in ("maximum", "average")]


def test_rows_of_the_papers_place_are_there_for_what_real_recorded(planted):
    full, smoke = (paired_differences.summary(fig_3.claims(profile, 0)) for profile in ("full", "smoke"))
    found = paired_differences.with_rows(smoke, fig_3.SAME_PLACE_COMPARISONS)
    assert found[["key", "comparison"]].equals(full[["key", "comparison"]])
    assert found["value"].isna().sum() == 3


def test_what_is_trained():
    """Only the pooling differs; k is the paper's share of the frames, and each pooling has its rate."""
    robust, maximum, average = (fig_3.training(name, "full", 0) for name in ("robust", "maximum", "average"))
    assert (robust.model.num_samples, robust.model.sample_size) == (10, 2)
    assert [run.model.pooling for run in (robust, maximum, average)] == ["robust", "max", "mean"]
    assert robust == grid.training("table_4.DBoF-FC-Dense", "full", 0)
    sizes = {run.model.sample_size for cell in fig_3.cells("full") for run in fig_3.cell_trainings(cell, "full", 0)}
    assert sizes == {1, 2, 5, 10}
    worlds = {cell: len(fig_3.cell_trainings(cell, "full", 0)) for cell in fig_3.cells("full")}
    assert worlds.pop(fig_3.SAME_PLACE) == 5
    assert set(worlds.values()) == {2}
    runs = [run for group in fig_3.runs("full", 0).values() for run in group]
    varied = 2 * 3 * (2 + 3)  # two trainings that no other page has, and three poolings under noise
    assert len(runs) == len(set(runs)) == 10 + 5 + 2 * len(worlds) + 15 + varied
