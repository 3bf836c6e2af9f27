import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.metrics import hit_at_one


def slow_hit_at_one(y_true, y_score):
    """Convention: the lowest class index wins a tie; a video without labels is a miss."""
    hits = 0
    for labels, scores in zip(y_true.tolist(), y_score.tolist(), strict=True):
        hits += labels[scores.index(max(scores))]
    return hits / len(y_true)


@settings(deadline=None, max_examples=100)
@given(st.data(), hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8))
def test_agrees_with_the_slow_transcription(data, shape):
    y_true = data.draw(hnp.arrays(np.int8, shape, elements=st.integers(0, 1)))
    y_score = data.draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([-1.0, 0.0, 0.5, 1.0])))
    assert hit_at_one(y_true, y_score) == slow_hit_at_one(y_true, y_score)


def test_agrees_with_the_slow_transcription_over_several_blocks_of_videos():
    generator = np.random.default_rng(0)
    y_true = generator.random((3000, 1000)) < 0.3
    y_score = np.round(generator.random(y_true.shape), 2)
    assert hit_at_one(y_true, y_score) == slow_hit_at_one(y_true, y_score)


def test_lowest_class_index_wins_a_tie():
    assert hit_at_one([[0, 1, 0]], [[0.1, 0.9, 0.9]]) == 1.0
    assert hit_at_one([[0, 0, 1]], [[0.1, 0.9, 0.9]]) == 0.0


def test_a_video_without_labels_is_a_miss():
    assert hit_at_one([[1, 0], [0, 0]], [[0.9, 0.1], [0.9, 0.1]]) == 0.5
    assert hit_at_one([[0, 0]], [[0.9, 0.1]]) == 0.0


def test_refuses_to_average_over_no_video():
    with pytest.raises(ValueError, match="expected at least one video"):
        hit_at_one(np.zeros((0, 4)), np.zeros((0, 4)))
