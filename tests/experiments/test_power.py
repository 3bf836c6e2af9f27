"""Power of the paired t test against published sample sizes and against simulated tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from compactvid.experiments.power import MOST_WORLDS, detectable_difference, power, worlds_needed


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10)])
def test_pairs_as_the_usual_tables_have_them(effect, pairs):
    # G*Power 3.1, t test of matched pairs, two-sided, alpha 0.05, power 0.8.
    assert worlds_needed(effect * 0.003, 0.003) == pairs


def test_power_is_the_share_of_simulated_tests_that_find_the_difference():
    values = np.random.default_rng(0).normal(-1.0, 0.7, size=(40_000, 5))
    found = (stats.ttest_1samp(values, 0, axis=1).pvalue < 0.05).mean()
    assert power(1.0, 0.7, 5) == pytest.approx(found, abs=0.01)


def test_without_a_difference_power_is_the_level():
    assert power(0.0, 1.0, 7) == pytest.approx(0.05, abs=1e-6)
    assert worlds_needed(0.0, 1.0) == MOST_WORLDS


@given(st.floats(1e-4, 1), st.integers(2, 60))
def test_the_detectable_difference_has_a_power_of_80_percent(deviation, worlds):
    difference = detectable_difference(deviation, worlds)
    assert power(difference, deviation, worlds) == pytest.approx(0.8, abs=1e-6)
    assert worlds_needed(difference * 1.001, deviation) <= worlds


@pytest.mark.parametrize(("deviation", "worlds"), [(0.0, 5), (-1.0, 5), (1.0, 1), (float("nan"), 5)])
def test_no_power_without_worlds_or_deviation(deviation, worlds):
    for function in (lambda: power(1.0, deviation, worlds), lambda: detectable_difference(deviation, worlds)):
        with pytest.raises(ValueError, match="at least 2 worlds and a deviation > 0"):
            function()
