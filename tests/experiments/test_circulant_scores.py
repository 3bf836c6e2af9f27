"""What stands beside what: keys of the profile `real`, and its recorded values in a page's tables."""

import json

import numpy as np
import pytest

from compactvid import papers
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments import paired_differences, recorded_values

DIFFERENCES = paired_differences.differences(
    {"a": ("first", np.array([0.1, 0.3])), "b": ("second", np.array([0.0, 0.2]))}
)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Write a result file of the profile `real` with some values by key, each with a spread."""
    monkeypatch.setattr(recorded_values, "project_root", lambda: tmp_path)

    def write(stem, values, profile="real", others=None):
        about = {
            "spread": 0.01,
            "tolerance": 0.1,
            "reason": "r",
            "seeds": 5,
            "data": "AudioSet audio, 5 draws of splits",
        }
        content = {"stem": stem, "profile": profile, "complete": True, "provenance": {"seed": 0}}
        content["results"] = {
            key: {"value": value, **about, **(others or {}).get(key, {})} for key, value in values.items()
        }
        path = tmp_path / "results" / profile / f"{stem}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    return write


def test_keys_at_real_are_others_and_answer_no_row_of_the_ledger():
    assert scores.result_key("araujo2018.claims.x", "small") == "araujo2018.claims.x"
    assert scores.result_key("araujo2018.claims.x", "real") == "araujo2018.real.claims.x"
    keys = {entry.result_key for entry in papers.entries("araujo2018")}
    assert not {scores.result_key(key, "real") for key in keys} & keys


def test_answers_have_the_keys_of_the_ledger_or_of_the_page_and_what_real_recorded(recorded):
    summary = paired_differences.summary(DIFFERENCES)
    nothing = scores.answers(summary, "araujo2018_fig_9", ("a",), "small")
    assert nothing["result"].tolist() == ["araujo2018.claims.a", "araujo2018_fig_9.b"]
    assert nothing[["recorded_value", "recorded_value_spread"]].isna().all(axis=None)
    recorded("araujo2018_fig_9", {"araujo2018.real.claims.a": 0.5, "araujo2018_fig_9.real.b": 0.7, "x.real.b": 0.9})
    found = scores.answers(summary, "araujo2018_fig_9", ("a",), "small")
    assert found["recorded_value"].tolist() == [0.5, 0.7]
    assert found["recorded_value_spread"].tolist() == [0.01, 0.01]
    assert found["value"].tolist() == pytest.approx([0.2, 0.1])
    assert set(scores.ANSWER_HEADINGS) <= set(found)
    assert found[["full_value", "full_value_spread"]].isna().all(axis=None)
    recorded("araujo2018_fig_9", {"araujo2018.claims.a": 0.6, "araujo2018.real.claims.a": 0.8}, profile="full")
    found = scores.answers(summary, "araujo2018_fig_9", ("a",), "small")
    assert found["full_value"].tolist() == [0.6, pytest.approx(np.nan, nan_ok=True)]
    assert found["recorded_value"].tolist() == [0.5, 0.7]
    other = scores.answers(summary, "araujo2018_fig_9", ("a",), "real", others="x")
    assert other["result"].tolist() == ["araujo2018.real.claims.a", "x.real.b"]
    assert other["recorded_value"].tolist() == [0.5, 0.9]


def test_gaps_stand_beside_recorded_ones(recorded):
    recorded("araujo2018_table_9", {"araujo2018.real.table_9.a.value": 0.25})
    found = scores.beside_real(
        paired_differences.summary(DIFFERENCES), ["value"], "araujo2018.table_9.{key}.{column}", "araujo2018_table_9"
    )
    assert found["recorded_value"].tolist() == [0.25, pytest.approx(np.nan, nan_ok=True)]


def test_rows_of_real_alone():
    summary = paired_differences.summary(DIFFERENCES)
    assert scores.at_real(summary, "real").equals(summary)
    assert scores.at_real(summary, "full").empty


def test_captions_say_what_was_recorded_and_where_nothing_was(recorded):
    assert recorded_values.described("s") == "AudioSet: not recorded yet (make record STEM=s PROFILE=real)"
    of_two = {"seeds": 2, "data": "AudioSet audio, 2 draws of splits"}
    recorded("s", {"s.real.x": 1.0, "s.real.varied.x": 2.0}, others={"s.real.varied.x": of_two})
    assert recorded_values.described("s") == "Recorded beforehand: AudioSet audio, 5 draws of splits"
