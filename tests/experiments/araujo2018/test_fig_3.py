"""Figure 3's numbers: pooling's closed form against every sample there is, and claims of planted scores."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.araujo2018 import fig_3

CLEAN = {"robust": 0.60, "maximum": 0.66, "average": 0.58}
LOST = {"robust": 0.010, "maximum": 0.030, "average": 0.005}
"""Test GAP of each pooling, and what one frame in ten costs it; in world w all have w hundredths more."""


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6), st.data())
def test_expected_maximum_is_the_mean_over_all_samples(values, data):
    size = data.draw(st.integers(1, len(values)))
    maxima = [max(sample) for sample in combinations(values, size)]
    assert fig_3.expected_maximum(np.array(values), size) == pytest.approx(np.mean(maxima), abs=1e-9)


def test_the_layer_pools_as_the_closed_form_expects():
    """Many samples of robust pooling, in training, come near the expectation; all frames give the maximum."""
    import keras

    from compactvid.layers import FramePooling

    keras.utils.set_random_seed(0)
    frames = np.random.default_rng(0).standard_normal((1, 20, 3)).astype("float32")
    pooled = np.asarray(FramePooling("robust", num_samples=4000, sample_size=5)(frames, training=True))
    assert pooled[0] == pytest.approx(fig_3.expected_maximum(frames[0], 5), abs=0.05)
    whole = np.asarray(FramePooling("robust", num_samples=1, sample_size=20)(frames, training=True))
    assert np.array_equal(whole[0], frames[0].max(axis=0))


def test_robust_pooling_lies_between(monkeypatch):
    assert fig_3.lies_between(0) == 1
    wrong = fig_3.expected_maximum
    monkeypatch.setattr(fig_3, "expected_maximum", lambda values, size: wrong(values, max(1, size - 1)))
    assert fig_3.lies_between(0) == 0, "all frames would not give the maximum"
    monkeypatch.setattr(fig_3, "expected_maximum", lambda values, size: wrong(values, 21 - size))
    assert fig_3.lies_between(0) == 0, "larger samples would give less"


def test_the_range_of_poolings():
    """Means of normal order statistics (Harter 1961, Table 1): the largest of 15 is at 1.736, of 150 about 2.65."""
    between = fig_3.pooling_range()
    (paper, tenth), (paper_quarter, five) = fig_3.places(between)
    assert paper == pytest.approx(1.736 / 2.65, abs=0.03)
    assert tenth == pytest.approx(0.564 / 1.867, abs=0.03)
    assert abs(five - paper) < 0.05 < paper - tenth
    assert paper_quarter > paper
    ends = between[between["share"] == 1]["place"]
    assert ends.tolist() == pytest.approx([1, 1])
    assert between[between["k"] == 1]["place"].tolist() == pytest.approx([0, 0], abs=1e-12)


@pytest.fixture
def planted(monkeypatch):
    """Scores that are known, by the training's pooling."""
    fig_3.test_gaps.cache_clear()

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
    fig_3.test_gaps.cache_clear()


def test_claims_of_planted_scores(planted):
    found = fig_3.claims("small", 0)
    assert found["world"].nunique() == 5
    mean = found.groupby("key")["difference"].mean().to_dict()
    assert mean == pytest.approx(
        {
            "robust_beats_maximum": -0.06,
            "robust_beats_average": 0.02,
            "average_beats_maximum": -0.08,
            "average_more_robust": 0.025,
            "robust_more_robust": 0.020,
            "larger_samples_over_maximum": -0.057,
            "larger_samples_over_average": 0.023,
            "larger_samples_over_robust": 0.003,
        }
    )
    ledger = {entry.id: entry.about.kind for entry in papers.entries("araujo2018")}
    assert {ledger[f"araujo2018.claims.{key}"] for key in fig_3.CLAIMS} == {"direction"}
    assert list(found["key"].unique()[: len(fig_3.CLAIMS)]) == list(fig_3.CLAIMS), "the figure fills the first"
    assert set(fig_3.claims("smoke", 0)["key"]) == set(fig_3.CLAIMS)


def test_noise_is_what_is_lost(planted):
    found = fig_3.noise("small", 0).set_index("pooling")
    lost = found[[f"lost_{share}" for share in fig_3.NOISE]]
    assert lost.to_numpy() == pytest.approx(np.outer(list(LOST.values()), [1, 2, 4]))
    assert found["gap_spread"].tolist() == pytest.approx([2.7764451 * 0.01 * np.sqrt(2.5) / np.sqrt(5)] * 3)
    assert set(found) <= set(fig_3.NOISE_HEADINGS)


def test_surface_of_planted_scores(planted):
    found = fig_3.surface("small", 0).set_index(["samples", "frames"])
    assert found.loc[("10", "2")].tolist() == [0.0, 5]
    assert found.loc[("∞", "1")].tolist() == pytest.approx([-0.02, 5])
    assert found.loc[("1", "all")].tolist() == found.loc[("10", "all")].tolist() == pytest.approx([0.06, 5])
    assert found.loc[("10", "5")].tolist() == pytest.approx([0.003, 5])
    assert found.loc[("1", "10")].tolist() == pytest.approx([0.008 - 0.0009, 2])
    assert len(found) == len(fig_3.cells("small")) + 4
    assert fig_3.cells("smoke") == []


def test_what_is_trained():
    """Only the pooling differs; k is the paper's share of the frames, and each pooling has its rate."""
    robust, maximum, average = (fig_3.training(name, "small", 0) for name in ("robust", "maximum", "average"))
    assert (robust.model.num_samples, robust.model.sample_size) == (10, 2)
    assert [run.model.pooling for run in (robust, maximum, average)] == ["robust", "max", "mean"]
    assert robust == grid.training("table_4.DBoF-FC-Dense", "small", 0)
    sizes = {run.model.sample_size for cell in fig_3.cells("small") for run in fig_3.cell_trainings(cell, "small", 0)}
    assert sizes == {1, 2, 5, 10}
    worlds = {cell: len(fig_3.cell_trainings(cell, "small", 0)) for cell in fig_3.cells("small")}
    assert worlds.pop(fig_3.SAME_PLACE) == 5
    assert set(worlds.values()) == {2}
    runs = [run for group in fig_3.runs("small", 0).values() for run in group]
    assert len(runs) == len(set(runs)) == 10 + 5 + 2 * len(worlds) + 15
