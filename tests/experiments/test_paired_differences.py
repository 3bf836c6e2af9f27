"""Differences by world, their means with the t interval written out, and the words of a figure."""

import numpy as np
import pytest

from compactvid.experiments import paired_differences

DIFFERENCES = paired_differences.differences(
    {"a": ("first", np.array([0.1, 0.3])), "b": ("second", np.array([0.0, 0.2]))}
)


def test_one_row_a_comparison_and_world():
    assert DIFFERENCES["key"].tolist() == ["a", "a", "b", "b"]
    assert DIFFERENCES["world"].tolist() == [0, 1, 0, 1]
    assert DIFFERENCES["difference"].tolist() == [0.1, 0.3, 0.0, 0.2]


def test_a_summary_of_several_frames_has_the_rows_of_each():
    second = paired_differences.differences({"c": ("third", np.array([1.0, 3.0]))})
    found = paired_differences.summary(DIFFERENCES, second)
    assert found["key"].tolist() == ["a", "b", "c"]
    assert found["value"].tolist() == pytest.approx([0.2, 0.1, 2.0])
    # Of two values t of one degree of freedom, 12.7062, times half their distance.
    assert found["value_spread"].tolist() == pytest.approx([1.27062, 1.27062, 12.7062], rel=1e-5)


def test_the_words_have_every_number():
    words = paired_differences.described(paired_differences.summary(DIFFERENCES), "mAP")
    assert "test mAP" in words
    assert "first: +0.2000 ± 1.2706" in words
    assert "second: +0.1000 ± 1.2706" in words


def test_rows_that_a_summary_lacks_are_added_without_values_and_no_other_changes():
    summary = paired_differences.summary(DIFFERENCES)
    assert paired_differences.with_rows(summary, {"b": "not this name", "a": "nor this"}).equals(summary)
    found = paired_differences.with_rows(summary, {"b": "not this name", "c": "third"})
    assert found[:2].equals(summary)
    assert found["key"].tolist() == ["a", "b", "c"]
    assert found.loc[2, "comparison"] == "third"
    assert found.loc[2, ["value", "value_spread"]].isna().all()
