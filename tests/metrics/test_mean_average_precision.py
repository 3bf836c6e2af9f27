import itertools
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.metrics import mean_average_precision


def slow_mean_average_precision(y_true, y_score, top_k=None):
    """Convention: with `top_k`, only each video's largest scores (of equal ones the lowest class index first) enter
    their classes' lists. A class's average precision is over all its positives, and the mean over its lists in every
    order of equal scores: every way of placing the h hits in a group of t. Classes without positives are left out."""
    lists = [[] for _ in range(y_true.shape[1])]
    for labels, scores in zip(y_true.tolist(), y_score.tolist(), strict=True):
        by_rank = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        for index in by_rank[:top_k]:
            lists[index].append((scores[index], labels[index]))
    precisions = []
    for index, predictions in enumerate(lists):
        if num_positives := int(y_true[:, index].sum()):
            total, rank, hits_so_far = Fraction(0), 0, 0
            predictions.sort(key=lambda prediction: -prediction[0])
            for _, group in itertools.groupby(predictions, key=lambda prediction: prediction[0]):
                labels = [label for _, label in group]
                placements = list(itertools.combinations(range(1, len(labels) + 1), int(sum(labels))))
                for places in placements:
                    for earlier, place in enumerate(places):
                        total += Fraction(hits_so_far + earlier + 1, rank + place) / len(placements)
                rank, hits_so_far = rank + len(labels), hits_so_far + int(sum(labels))
            precisions.append(total / num_positives)
    return float(sum(precisions) / len(precisions))


@settings(deadline=None, max_examples=200)
@given(st.data(), hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8), st.integers(1, 9) | st.none())
def test_agrees_with_the_slow_transcription_in_any_order(data, shape, top_k):
    y_true = data.draw(hnp.arrays(np.int8, shape, elements=st.integers(0, 1)).filter(np.any))
    y_score = data.draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([-1.0, 0.0, 0.0, 0.5, 1.0])))
    result = mean_average_precision(y_true, y_score, top_k=top_k)
    assert result == pytest.approx(slow_mean_average_precision(y_true, y_score, top_k), abs=1e-13)
    order = data.draw(st.permutations(range(shape[0])))
    assert mean_average_precision(y_true[order], y_score[order], top_k=top_k) == result


@pytest.mark.parametrize("top_k", [None, 20])
def test_agrees_with_the_slow_transcription_over_several_blocks(monkeypatch, top_k):
    # 300 videos of 100 classes in blocks of 11 videos and of 7 classes: neither number of blocks comes out even.
    monkeypatch.setattr(import_module("compactvid.metrics.video_blocks"), "ELEMENTS_PER_BLOCK", 1100)
    monkeypatch.setattr(import_module("compactvid.metrics.mean_average_precision"), "ELEMENTS_PER_CLASS_BLOCK", 2100)
    generator = np.random.default_rng(0)
    y_true = (generator.random((300, 100)) < 0.03).astype(np.float32)
    y_true[:, ::10] = 0
    y_score = generator.random(y_true.shape) ** 4 + y_true * generator.random(y_true.shape)
    y_score[100:200, :] = y_score[:100, :]  # pairs of ties; more would make the enumeration of placements endless
    result = mean_average_precision(y_true, y_score, top_k=top_k)
    assert result == pytest.approx(slow_mean_average_precision(y_true, y_score, top_k), abs=1e-13)


def test_classes_without_positives_are_left_out():
    assert mean_average_precision([[1, 0], [0, 0]], [[0.1, 0.5], [0.9, 0.5]]) == 0.5


def test_a_class_of_which_no_prediction_was_kept_counts_zero():
    y_true = np.array([[1, 1], [1, 0]])
    y_score = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert mean_average_precision(y_true, y_score) == pytest.approx((1 + 1 / 2) / 2)
    assert mean_average_precision(y_true, y_score, top_k=1) == pytest.approx((1 + 0) / 2)


def test_positives_that_were_cut_off_count_in_the_denominator():
    y_true = np.array([[1, 0], [1, 0]])
    y_score = np.array([[0.9, 0.1], [0.8, 0.85]])
    assert mean_average_precision(y_true, y_score, top_k=1) == 0.5


def test_top_k_of_all_classes_changes_nothing():
    generator = np.random.default_rng(0)
    y_true, y_score = generator.random((50, 30)) < 0.2, np.round(generator.random((50, 30)), 1)
    assert mean_average_precision(y_true, y_score, top_k=30) == mean_average_precision(y_true, y_score)


@pytest.mark.parametrize("top_k", [None, 20])
def test_refuses_what_has_no_result(top_k):
    with pytest.raises(ValueError, match="mAP is undefined without a positive label"):
        mean_average_precision(np.zeros((3, 4)), np.ones((3, 4)), top_k=top_k)
    with pytest.raises(ValueError, match="expected at least one video"):
        mean_average_precision(np.zeros((0, 4)), np.zeros((0, 4)), top_k=top_k)


def test_refuses_top_k_below_one():
    with pytest.raises(ValueError, match="top_k must be a whole number of at least 1, got 0"):
        mean_average_precision([[1]], [[0.5]], top_k=0)
