"""The pooled curve against a slow count at each threshold, and against GAP."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.metrics import global_average_precision, precision_recall_curve


def slow_curve(y_true, y_score, top_k):
    """For each distinct kept score: the share of positives at or above it, and the share of hits among those kept."""
    kept = []
    for labels, scores in zip(y_true, y_score, strict=True):
        best = sorted(range(len(scores)), key=lambda index: (-scores[index], index))[:top_k]
        kept += [(scores[index], labels[index]) for index in best]
    recall, precision = [], []
    for threshold in sorted({score for score, _ in kept}, reverse=True):
        through = [label for score, label in kept if score >= threshold]
        recall.append(sum(through) / y_true.sum())
        precision.append(sum(through) / len(through))
    return recall, precision


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 5), st.integers(1, 7))
def test_equals_a_slow_count_with_ties(seed, videos, top_k, levels):
    rng = np.random.default_rng(seed)
    y_true = rng.random((videos, 5)) < 0.4
    y_true[0, 0] = True
    y_score = rng.integers(0, levels, (videos, 5)) / levels
    recall, precision = precision_recall_curve(y_true, y_score, top_k=top_k, points=10_000)
    slow_recall, slow_precision = slow_curve(y_true, y_score, top_k)
    # Thresholds that add no recall are not all shown; the first to reach each recall is.
    first = np.unique(slow_recall, return_index=True)[1]
    np.testing.assert_allclose(recall, np.array(slow_recall)[first])
    np.testing.assert_allclose(precision, np.array(slow_precision)[first])


def test_area_is_gap():
    rng = np.random.default_rng(0)
    y_true = rng.random((300, 40)) < 0.1
    y_score = rng.random((300, 40)) + 0.5 * y_true
    recall, precision = precision_recall_curve(y_true, y_score, points=100_000)
    area = np.sum(np.diff(recall, prepend=0) * precision)
    assert area == pytest.approx(global_average_precision(y_true, y_score), abs=1e-12)


def test_points_bound_the_curve_and_keep_its_ends():
    rng = np.random.default_rng(1)
    y_true, y_score = rng.random((200, 30)) < 0.2, rng.random((200, 30))
    every = precision_recall_curve(y_true, y_score, points=100_000)
    few = precision_recall_curve(y_true, y_score, points=11)
    assert len(few[0]) <= 11 < len(every[0])
    assert (few[0][0], few[0][-1]) == (every[0][0], every[0][-1])


def test_errors():
    with pytest.raises(ValueError, match="points must be at least 2"):
        precision_recall_curve([[1]], [[0.5]], points=1)
    with pytest.raises(ValueError, match="undefined without a positive label"):
        precision_recall_curve([[0]], [[0.5]])
