"""The first and the last call of a notebook, without a kernel."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from compactvid.experiments import experiment
from compactvid.notebook import ending, session
from compactvid.papers import results as papers_results
from compactvid.runs import identify, load_or_run


@pytest.fixture
def stem(tmp_path, monkeypatch):
    """A notebook of an existing experiment whose results go to a folder of the test."""
    monkeypatch.setattr(session, "project_root", lambda: tmp_path)
    monkeypatch.setattr(session, "_session", None)
    return "real_video_level"


def start(stem, **given):
    session.parameters(stem, **({"profile": "smoke", "seed": 0} | given))


def results(tmp_path, stem):
    return json.loads((tmp_path / "_build" / "results" / "smoke" / f"{stem}.json").read_text())


def test_result_file_is_incomplete_until_it_is_closed(stem, tmp_path):
    start(stem)
    assert results(tmp_path, stem)["complete"] is False
    session.record("a.b", 1.5, tolerance=0.1, reason="noise", unit="MiB", spread=0.2, seeds=5, data="simulated")
    assert results(tmp_path, stem)["complete"] is False
    session.current().write(complete=True)
    written = results(tmp_path, stem)
    assert written["complete"] is True
    assert written["results"]["a.b"] == {
        "value": 1.5,
        "unit": "MiB",
        "tolerance": 0.1,
        "reason": "noise",
        "spread": 0.2,
        "seeds": 5,
        "data": "simulated",
    }
    assert written["provenance"]["parameters"] == {"profile": "smoke", "seed": 0}
    assert written["provenance"]["packages"]


def test_columns_are_recorded_row_by_row_without_gaps(stem):
    start(stem)
    frame = pd.DataFrame({"model": ["a", "b", "c"], "gap": [0.5, None, 0.7], "gap_spread": [0.1, None, 0.2], "n": 3})
    session.record_frame(frame, ["gap", "n"], "t.{model}.{column}", tolerance=0, reason="exact")
    recorded = session.current().recorded
    assert {key: (entry["value"], entry["spread"]) for key, entry in recorded.items()} == {
        "t.a.gap": (0.5, 0.1),
        "t.a.n": (3.0, None),
        "t.b.n": (3.0, None),
        "t.c.gap": (0.7, 0.2),
        "t.c.n": (3.0, None),
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"profile": "tiny"}, r"unknown profile 'tiny'; valid profiles are smoke, small"),
        ({"seed": -1}, r"seed must be a whole number >= 0, not -1"),
        ({"seed": 1.5}, r"seed must be a whole number >= 0, not 1.5"),
        ({"seed": True}, r"seed must be a whole number >= 0, not True"),
    ],
)
def test_bad_parameters_are_refused(stem, given, message):
    with pytest.raises(ValueError, match=message):
        start(stem, **given)


def test_unknown_notebook_lists_the_known(stem):
    with pytest.raises(ValueError, match=r"unknown experiment 'nope'; there are .*liu2018_table_1"):
        start("nope")


def test_an_injected_name_that_nobody_reads_is_refused(stem, monkeypatch):
    names = {"profile": "smoke", "seed": 0, "profil": "small", "_i": "x", "In": [""], "function": len}
    monkeypatch.setattr(session, "get_ipython", lambda: SimpleNamespace(user_ns=names))
    with pytest.raises(ValueError, match=r"unknown parameter profil; valid parameters are profile, seed$"):
        start(stem)


def test_record_refuses_what_no_one_could_compare(stem):
    with pytest.raises(RuntimeError, match=r"call notebook.parameters"):
        session.record("k", 1, tolerance=0, reason="r")
    start(stem)
    session.record("k", 1, tolerance=0, reason="r")
    for key, value, tolerance, reason, message in [
        ("k", 1, 0, "r", "k is recorded twice"),
        ("n", float("nan"), 0, "r", "value must be finite"),
        ("n", 1, float("inf"), "r", "tolerance must be finite"),
        ("n", 1, -1, "r", "a tolerance >= 0 and its reason"),
        ("n", 1, 0, " ", "a tolerance >= 0 and its reason"),
    ]:
        with pytest.raises(ValueError, match=message):
            session.record(key, value, tolerance=tolerance, reason=reason)
    assert set(session.current().recorded) == {"k"}


def test_what_a_figure_plots_is_kept_to_six_digits(stem, tmp_path):
    start(stem)
    data = pd.DataFrame({"rank": [1, 2], "share": [1 / 3, None], "model": ["a", "b"], "kept": [True, False]})
    session.record_figure("shares", data)
    written = papers_results.ResultFile.model_validate(results(tmp_path, stem))
    assert written.figures == {
        "shares": {"rank": [1, 2], "share": [0.333333, None], "model": ["a", "b"], "kept": [True, False]}
    }


def test_a_figure_that_no_file_should_hold_is_refused(stem):
    start(stem)
    session.record_figure("a", pd.DataFrame({"x": range(session.MOST_ROWS)}))
    for name, values, message in [
        ("a", [1], "two figures are named a"),
        ("b", range(session.MOST_ROWS + 1), "figure b plots 1001 rows, expected at most 1000"),
        ("c", [float("inf")], "figure c, column x: inf is neither a finite number nor text"),
        ("d", [(1, 2)], r"figure d, column x: \(1, 2\) is neither"),
    ]:
        with pytest.raises(ValueError, match=message):
            session.record_figure(name, pd.DataFrame({"x": values}))
    assert set(session.current().figures) == {"a"}


def test_a_page_makes_its_own_runs_and_lists_of_others_what_is_there(stem, tmp_path, monkeypatch):
    runs = experiment("deepeye2018_fig_3").runs("smoke", 0)["equations"]
    own, there, absent = [run for run in runs if type(run).__name__ == "TransferFunctions"][:3]
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    found = SimpleNamespace(runs=lambda profile, seed: {"one": [own]}, data=lambda profile, seed: "none", __name__="x")
    monkeypatch.setattr(ending, "experiment", lambda stem: found)
    monkeypatch.setattr(ending, "all_runs", lambda stem, profile, seed: [own, absent, there])
    load_or_run(there)
    start(stem)
    ending.provenance()
    expected = sorted(identify(run).folder.name for run in (own, there))
    assert results(tmp_path, stem)["provenance"]["runs"] == expected
    assert results(tmp_path, stem)["complete"] is True
    assert sorted(path.name for path in (tmp_path / "runs").iterdir() if path.is_dir()) == expected
