import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.metrics.average_precision import expected_average_precision

# Few distinct scores, so that most lists hold large groups of ties.
lists = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75]), st.booleans()), min_size=1, max_size=7)


def average_precisions_of_all_orders(predictions, num_positives):
    """Every permutation of the list that stands in descending order of score; precision at each hit by counting."""
    values = []
    for order in itertools.permutations(predictions):
        if all(first[0] >= second[0] for first, second in itertools.pairwise(order)):
            hits = [hit for _, hit in order]
            precisions = [Fraction(sum(hits[:rank]), rank) for rank in range(1, len(hits) + 1) if hits[rank - 1]]
            values.append(sum(precisions, Fraction(0)) / num_positives)
    return values


def expected(predictions, num_positives):
    scores = np.array([score for score, _ in predictions])
    hit = np.array([hit for _, hit in predictions], dtype=bool)
    return expected_average_precision(scores[hit], scores[~hit], num_positives)


@settings(deadline=None, max_examples=150)
@given(lists, st.integers(0, 2))
def test_is_the_mean_over_all_tie_orders_and_within_their_range(predictions, missed):
    num_positives = max(1, sum(hit for _, hit in predictions) + missed)
    values = average_precisions_of_all_orders(predictions, num_positives)
    result = expected(predictions, num_positives)
    assert result == pytest.approx(float(sum(values) / len(values)), abs=1e-15)
    # The bounds are exact fractions; the result is rounded to a double.
    assert min(values) - Fraction(1, 10**15) <= Fraction(result) <= max(values) + Fraction(1, 10**15)


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 2_000_000])
def test_one_hit_among_equal_scores_is_expected_at_the_harmonic_mean_of_the_ranks(size):
    harmonic = math.fsum(1 / rank for rank in range(1, size + 1))
    result = expected_average_precision(np.zeros(1), np.zeros(size - 1), 1)
    assert result == pytest.approx(harmonic / size, rel=1e-13, abs=0)


def test_small_groups_far_down_a_long_list_keep_their_precision():
    """One hit, then a pair with one hit, after a million misses: differences of running sums lose their digits."""
    misses = np.ones(10**6)
    assert expected_average_precision(np.zeros(1), misses, 1) == pytest.approx(1 / (10**6 + 1), rel=1e-15, abs=0)
    pair = float((Fraction(1, 10**6 + 1) + Fraction(1, 10**6 + 2)) / 2)
    assert expected_average_precision(np.zeros(1), np.append(misses, 0.0), 1) == pytest.approx(pair, rel=1e-14, abs=0)


def test_without_ties_it_is_the_textbook_value():
    scores, hit = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    assert expected_average_precision(scores[hit], scores[~hit], 2) == pytest.approx((1 + 2 / 3) / 2, abs=1e-15)
    assert expected_average_precision(scores[hit], scores[~hit], 4) == pytest.approx((1 + 2 / 3) / 4, abs=1e-15)


def test_a_perfect_list_gives_exactly_one_and_a_list_without_hits_exactly_zero():
    scores = np.random.default_rng(0).integers(0, 500, size=10_000) / 7
    assert expected_average_precision(scores, np.full(300, -1.0), scores.size) == 1.0
    assert expected_average_precision(np.empty(0), scores, 3) == 0.0
    assert expected_average_precision(np.empty(0), np.empty(0), 3) == 0.0


def test_negative_zero_ties_with_zero():
    assert expected_average_precision(np.array([-0.0]), np.array([0.0]), 1) == 0.75
    assert expected_average_precision(np.array([0.0]), np.array([-0.0]), 1) == 0.75
