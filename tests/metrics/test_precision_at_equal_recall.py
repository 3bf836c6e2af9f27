from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.metrics import precision_at_equal_recall


def slow_precision_at_equal_recall(y_true, y_score):
    """Convention: of a video with n labels, the share of hits among its n largest scores (of equal ones the lowest
    class index first); only scores above 0 can hit; 0 for a video without labels, which stays in the mean."""
    precisions = []
    for labels, scores in zip(y_true.tolist(), y_score.tolist(), strict=True):
        count = sum(labels)
        by_rank = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        hits = sum(1 for index in by_rank[:count] if labels[index] and scores[index] > 0)
        precisions.append(Fraction(hits, count) if count else Fraction(0))
    return float(sum(precisions) / len(precisions))


@settings(deadline=None, max_examples=200)
@given(st.data(), hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10))
def test_agrees_with_the_slow_transcription_in_any_order(data, shape):
    y_true = data.draw(hnp.arrays(np.int8, shape, elements=st.integers(0, 1)))
    y_score = data.draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0])))
    result = precision_at_equal_recall(y_true, y_score)
    assert result == pytest.approx(slow_precision_at_equal_recall(y_true, y_score), abs=1e-15)
    order = data.draw(st.permutations(range(shape[0])))
    assert precision_at_equal_recall(y_true[order], y_score[order]) == result


def test_agrees_with_the_slow_transcription_over_several_blocks_of_videos():
    generator = np.random.default_rng(0)
    y_true = (generator.random((3000, 1000)) < 0.003).astype(np.int64)  # 3 labels a video, none for one in twenty
    y_score = np.round(generator.random(y_true.shape) ** 4 + y_true * generator.random(y_true.shape), 2)
    result = precision_at_equal_recall(y_true, y_score)
    assert result == pytest.approx(slow_precision_at_equal_recall(y_true, y_score), abs=1e-15)
    order = generator.permutation(3000)  # other videos then share a block, and the sum is still the same
    assert precision_at_equal_recall(y_true[order], y_score[order]) == result


def test_counts_hits_among_as_many_predictions_as_there_are_labels():
    assert precision_at_equal_recall([[1, 1, 0, 0]], [[0.9, 0.1, 0.8, 0.0]]) == 0.5
    assert precision_at_equal_recall([[1, 1, 0, 0], [0, 0, 0, 1]], [[0.9, 0.1, 0.8, 0.0], [0.1, 0.2, 0.3, 0.4]]) == 0.75


def test_only_scores_above_zero_can_hit():
    assert precision_at_equal_recall([[1, 1, 0]], [[0.5, 0.0, -0.1]]) == 0.5
    assert precision_at_equal_recall([[1, 1, 1]], [[0.0, 0.0, 0.0]]) == 0.0


def test_a_video_without_labels_scores_zero_and_stays_in_the_mean():
    assert precision_at_equal_recall([[1, 0], [0, 0]], [[0.9, 0.1], [0.9, 0.1]]) == 0.5


def test_lowest_class_index_stays_at_the_cut():
    assert precision_at_equal_recall([[0, 1, 0]], [[0.1, 0.9, 0.9]]) == 1.0
    assert precision_at_equal_recall([[0, 0, 1]], [[0.1, 0.9, 0.9]]) == 0.0


def test_refuses_to_average_over_no_video():
    with pytest.raises(ValueError, match="expected at least one video"):
        precision_at_equal_recall(np.zeros((0, 4)), np.zeros((0, 4)))
