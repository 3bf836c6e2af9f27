"""That each claim's varied trainings are listed once, and the table of what they gave."""

from types import SimpleNamespace

import numpy as np
import pytest

from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments import experiment, paired_differences, recorded_values, used
from compactvid.experiments.araujo2018 import fig_2, fig_3, fig_5, table_2, table_3, table_4
from compactvid.experiments.circulant_variations import VARIATIONS
from compactvid.training import TrainingRun

PAGES = {
    "table_2": table_2.all_claims,
    "table_3": table_3.claims,
    "table_4": table_4.claims,
    "fig_2": fig_2.claim_differences,
    "fig_3": fig_3.claim_differences,
    "fig_5": fig_5.claims,
}
TESTED = {
    "table_2": table_2.TESTED,
    "table_3": table_3.CLAIMS,
    "table_4": table_4.CLAIMS,
    "fig_2": fig_2.CLAIMS,
    "fig_3": fig_3.CLAIMS,
    "fig_5": fig_5.CLAIMS,
}


@pytest.fixture
def asked(monkeypatch):
    """The runs that are asked for; what they hold is made up."""
    found = []

    def load_or_run(config):
        found.append(config)
        history = [{"validation_gap": 0.1} for _ in range(getattr(config, "epochs", 0))]
        result = {"best_single": {"test": {"gap": 0.5}}, "history": history, "gaps": [0.1, 0.1, 0.1]}
        return SimpleNamespace(result=result, folder=None)

    def predictions(training, split):
        found.append(training)
        return np.eye(4, dtype=bool), np.full((4, 4), 0.5, "float32")

    monkeypatch.setattr(grid, "load_or_run", load_or_run)
    monkeypatch.setattr(fig_3, "load_or_run", load_or_run)
    monkeypatch.setattr(grid, "predictions", predictions)
    for cached in (fig_2.ensemble_gaps, fig_3.gaps_under_noise):
        cached.cache_clear()
    yield found
    for cached in (fig_2.ensemble_gaps, fig_3.gaps_under_noise):
        cached.cache_clear()


@pytest.mark.parametrize("profile", ["full", "real"])
@pytest.mark.parametrize("page", PAGES)
def test_what_a_claim_asks_for_is_listed_once(page, profile, asked):
    stem = f"araujo2018_{page}"
    groups = [experiment(name).runs(profile, 0) for name in (stem, *used(stem, profile))]
    listed = [run for group in groups for runs in group.values() for run in runs]
    trainings = [run for run in listed if isinstance(run, TrainingRun)]
    assert len(trainings) == len(set(trainings))
    found = sensitivity.sensitivity(PAGES[page], profile, 0)
    assert asked
    assert not set(asked) - set(listed)
    lacking = {"ensemble_wins_at_equal_bytes"} if (page, profile) == ("fig_2", "real") else set()
    assert set(found["key"]) == set(TESTED[page]) - lacking
    assert len(found) == len(VARIATIONS) * (len(TESTED[page]) - len(lacking))


@pytest.mark.parametrize("page", PAGES)
def test_what_is_listed_is_asked_for(page, asked):
    listed = experiment(f"araujo2018_{page}").runs("full", 0)["sensitivity"]
    assert len(listed) == len(set(listed))
    for name in VARIATIONS:
        PAGES[page]("full", 0, name)
    assert not set(listed) - set(asked)


def test_small_varies_nothing(asked):
    for page in PAGES:
        assert not experiment(f"araujo2018_{page}").runs("small", 0)["sensitivity"]
    found = sensitivity.sensitivity(table_4.claims, "small", 0)
    assert found["value"].isna().all()
    assert sensitivity.recordable(found).empty


def made_up(profile, seed, variation):
    """Two claims in two worlds; a variation adds a hundred times its place, a profile a thousand."""
    place = 100 * list(VARIATIONS).index(variation) + 1000 * (profile == "real")
    values = {"first": np.array([1.0, 3.0]), "second": np.array([-1.0, -2.0])}
    return paired_differences.differences({key: (f"the {key}", place + value) for key, value in values.items()})


@pytest.mark.parametrize("profile", ["full", "real", "small"])
def test_own_values_stand_where_the_profile_has_them_and_recorded_ones_elsewhere(profile, monkeypatch):
    recorded = {}
    for name, begin in (("full", ""), ("real", "real.")):
        for row in sensitivity.sensitivity(made_up, name, 0).itertuples():
            key = f"araujo2018_fig_9.{begin}varied.{row.key}.{row.variation}"
            recorded.setdefault(name, {})[key] = SimpleNamespace(value=row.value, spread=0.0)

    def recorded_file(root, stem, profiles=("real",)):
        return SimpleNamespace(results=recorded[profiles[0]])

    monkeypatch.setattr(recorded_values, "recorded_file", recorded_file)
    found = sensitivity.sensitivity(made_up, profile, 0)
    table = sensitivity.table(found, "araujo2018_fig_9", profile)
    assert list(table) == list(sensitivity.HEADINGS)
    assert table[["comparison", "frames"]].to_numpy().tolist() == [
        [f"the {key}", frames] for key in ("first", "second") for frames in ("simulated", "AudioSet")
    ]
    base = np.array([2.0, 1002.0, -1.5, 998.5])[:, None] + 100 * np.arange(len(VARIATIONS))
    np.testing.assert_allclose(table[list(VARIATIONS)].to_numpy(float), base)
    of_real, of_full = recorded.pop("real"), recorded.pop("full")
    recorded |= {"real": {}, "full": {}}
    alone = sensitivity.table(found, "araujo2018_fig_9", profile).set_index("frames")["as_tested"].isna()
    assert alone.loc["simulated"].all() == (profile != "full")
    assert alone.loc["AudioSet"].all() == (profile != "real")
    if profile != "small":
        key = sensitivity.recorded_key("araujo2018_fig_9", profile).format(key="first", variation="ones")
        assert key in {"full": of_full, "real": of_real}[profile]


def test_a_page_without_diagonals_has_no_column_for_their_start():
    found = sensitivity.sensitivity(made_up, "full", 0, fig_3.KINDS)
    assert list(sensitivity.table(found, "araujo2018_fig_9", "full")) == [
        *("comparison", "frames", "as_tested", "half_rate", "double_rate", "longer")
    ]
