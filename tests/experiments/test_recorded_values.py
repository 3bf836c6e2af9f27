"""What stands beside or in place of a page's own numbers, from a result file that is made up."""

import json

import numpy as np
import pandas as pd
import pytest

from compactvid.experiments import recorded_values

FRAME = pd.DataFrame({"key": ["a", "b"], "gain": [0.1, np.nan], "name": ["first", "second"]})


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """`full` recorded two of the three values that the frame could have."""
    monkeypatch.setattr(recorded_values, "project_root", lambda: tmp_path)
    results = {
        name: {"value": value, "unit": "GAP", "tolerance": 0.0, "reason": "made up", "seeds": 2, "spread": spread}
        for name, value, spread in [("page.rows.a.gain", 0.5, 0.125), ("page.rows.b.gain", -0.25, None)]
    }
    content = {
        "stem": "page",
        "profile": "full",
        "complete": True,
        "provenance": {"commit": "a"},
        "results": results,
        "figures": {"curves": {"epoch": [1, 2, 3], "gap": [0.25, None, 0.75]}},
    }
    path = tmp_path / "results" / "full" / "page.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))


def own_or_full(frame, profile):
    return recorded_values.own_or_full(frame, ["gain"], "page.rows.{key}.{column}", "page", profile)


def test_elsewhere_than_at_full_the_recorded_values_take_the_place_of_the_own(recorded):
    pd.testing.assert_frame_equal(own_or_full(FRAME, "small"), FRAME.assign(gain=[0.5, -0.25]))


def test_a_recorded_value_brings_its_own_half_width(recorded):
    shown = own_or_full(FRAME.assign(gain_spread=[0.01, 0.02]), "small")
    assert shown["gain_spread"].tolist() == pytest.approx([0.125, np.nan], nan_ok=True)


def test_at_full_the_own_values_stay_for_they_are_what_is_recorded(recorded):
    pd.testing.assert_frame_equal(own_or_full(FRAME, "full"), FRAME)


def test_what_was_not_recorded_is_absent_and_never_an_own_value(recorded):
    more = pd.concat([FRAME, pd.DataFrame({"key": ["c"], "gain": [0.7], "name": ["third"]})], ignore_index=True)
    assert own_or_full(more, "smoke")["gain"].tolist() == pytest.approx([0.5, -0.25, np.nan], nan_ok=True)


OWN = pd.DataFrame({"epoch": [1], "gap": [0.5]})


@pytest.mark.parametrize("profile", ["smoke", "small"])
def test_a_light_builds_figure_shows_what_full_recorded_and_says_so(recorded, profile):
    shown, words = recorded_values.figure_at_full(OWN, "page", "curves", profile)
    expected = pd.DataFrame({"epoch": [1, 2, 3], "gap": [0.25, np.nan, 0.75]})
    pd.testing.assert_frame_equal(shown, expected)
    assert "recorded" in words


@pytest.mark.parametrize(
    ("profile", "stem", "name"),
    [
        ("full", "page", "curves"),
        ("real", "page", "curves"),
        ("paper", "page", "curves"),
        ("small", "page", "surface"),
        ("small", "other", "curves"),
    ],
)
def test_a_figure_is_the_pages_own_where_it_is_recorded_anew_or_nothing_was(recorded, profile, stem, name):
    shown, words = recorded_values.figure_at_full(OWN, stem, name, profile)
    assert shown is OWN
    assert words == "this build's own"
