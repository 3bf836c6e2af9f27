import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.metrics import GlobalAveragePrecision, global_average_precision


def slow_global_average_precision(y_true, y_score, top_k=20):
    """GAP by the challenge's conventions, one prediction at a time.

    Of each video the `top_k` largest scores are kept whatever their value, of equal ones the lowest class index first.
    All kept predictions are sorted together; precision at each hit, over the number of all positive labels. A position
    in a group of t equal scores with h hits holds a hit with probability h/t, and then the other h - 1 hits lie with
    equal probability at each of the other t - 1 positions.
    """
    predictions = []
    for labels, scores in zip(y_true.tolist(), y_score.tolist(), strict=True):
        by_rank = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        predictions += [(scores[index], labels[index]) for index in by_rank[:top_k]]
    predictions.sort(key=lambda prediction: -prediction[0])
    total, rank, hits_so_far = 0.0, 0, 0
    for _, group in itertools.groupby(predictions, key=lambda prediction: prediction[0]):
        labels = [label for _, label in group]
        hits, size = int(sum(labels)), len(labels)
        if hits:
            for position in range(size):
                hits_before = hits_so_far + (position * (hits - 1) / (size - 1) if size > 1 else 0)
                total += hits / size * (hits_before + 1) / (rank + position + 1)
        rank, hits_so_far = rank + size, hits_so_far + hits
    return total / y_true.sum()


def all_tie_orders(y_true, y_score, top_k):
    """GAP for every order of the kept predictions that descends in score."""
    kept = []
    for labels, scores in zip(y_true, y_score, strict=True):
        by_rank = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        kept += [(scores[index], labels[index]) for index in by_rank[:top_k]]
    values = []
    for order in itertools.permutations(kept):
        if all(first[0] >= second[0] for first, second in itertools.pairwise(order)):
            hits = np.array([hit for _, hit in order])
            values.append((np.cumsum(hits) / np.arange(1, hits.size + 1) * hits).sum() / y_true.sum())
    return values


@st.composite
def predictions(draw, max_side=10):
    """Labels with at least one positive, some videos without any, and scores that mostly tie, zeros among them."""
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=max_side))
    y_true = draw(hnp.arrays(np.int8, shape, elements=st.integers(0, 1)).filter(np.any))
    y_score = draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([-0.5, 0.0, 0.0, 0.25, 0.5, 1.0])))
    return y_true, y_score


@settings(deadline=None, max_examples=200)
@given(predictions(), st.integers(1, 12))
def test_agrees_with_the_slow_transcription(arrays, top_k):
    assert global_average_precision(*arrays, top_k=top_k) == pytest.approx(
        slow_global_average_precision(*arrays, top_k), abs=1e-13
    )


@settings(deadline=None, max_examples=60)
@given(predictions(max_side=3), st.integers(1, 2))
def test_is_the_mean_over_all_tie_orders_and_within_their_range(arrays, top_k):
    values = all_tie_orders(*arrays, top_k)
    result = global_average_precision(*arrays, top_k=top_k)
    assert result == pytest.approx(np.mean(values), abs=1e-13)
    assert min(values) - 1e-13 <= result <= max(values) + 1e-13  # both sides are rounded


@settings(deadline=None, max_examples=100)
@given(predictions(), st.randoms(use_true_random=False))
def test_any_order_and_any_chunks_of_videos_give_the_very_same_number(arrays, random):
    y_true, y_score = arrays
    order = random.sample(range(len(y_true)), len(y_true))
    result = global_average_precision(y_true, y_score, top_k=4)
    assert global_average_precision(y_true[order], y_score[order], top_k=4) == result
    cuts = sorted(random.choices(range(len(y_true) + 1), k=3))  # may leave chunks without a video
    chunks = list(zip(np.split(y_true[order], cuts), np.split(y_score[order], cuts), strict=True))
    streamed = GlobalAveragePrecision(top_k=4)
    for chunk in chunks:
        streamed.update(*chunk)
    assert streamed.result() == result

    a, b, c, d = (lambda chunk=chunk: GlobalAveragePrecision(4).update(*chunk) for chunk in chunks)
    assert reduce(GlobalAveragePrecision.merge, [a(), b(), c(), d()]).result() == result
    assert a().merge(b().merge(c().merge(d()))).result() == result
    assert d().merge(b()).merge(a().merge(c())).result() == result


def large_case():
    """3,000 videos of 1,000 classes: several blocks; labels score higher; two decimals, so that ties are everywhere."""
    generator = np.random.default_rng(0)
    y_true = generator.random((3000, 1000)) < 0.003
    y_score = np.round(generator.random(y_true.shape) ** 4 + y_true * generator.random(y_true.shape), 2)
    return y_true, y_score.astype(np.float32)


def test_agrees_with_the_slow_transcription_over_several_blocks_of_videos():
    arrays = large_case()
    assert global_average_precision(*arrays) == pytest.approx(slow_global_average_precision(*arrays), abs=1e-13)


def test_type_and_memory_layout_of_the_arrays_do_not_matter():
    y_true, y_score = large_case()
    y_score = y_score.astype(np.float16)
    result = global_average_precision(y_true, y_score)
    for labels, scores in [(np.uint8, np.float32), (np.float32, np.float64), (np.int64, np.float16)]:
        assert global_average_precision(y_true.astype(labels), y_score.astype(scores)) == result
    assert global_average_precision(np.asfortranarray(y_true), np.asfortranarray(y_score)) == result
    mixed = GlobalAveragePrecision().update(y_true[:7], y_score[:7])
    assert mixed.update(y_true[7:].astype(int), y_score[7:].astype(np.float64)).result() == result
    assert global_average_precision([[1, 0, 0]], [[1, 2, 0]]) == 0.5


def test_labels_outside_the_top_k_count_in_the_denominator():
    assert global_average_precision([[1, 1, 1, 0]], [[0.9, 0.8, 0.1, 0.2]], top_k=2) == pytest.approx(2 / 3)


def test_videos_without_labels_add_false_positives():
    assert global_average_precision([[1, 0], [0, 0]], [[0.5, 0.0], [0.9, 0.8]], top_k=1) == 0.5
    assert global_average_precision([[1, 0], [0, 0]], [[0.5, 0.0], [0.9, 0.8]], top_k=2) == pytest.approx(1 / 3)


def test_fewer_classes_than_top_k_keeps_them_all():
    y_true, y_score = [[1, 0, 1]], [[0.9, 0.8, 0.7]]
    assert global_average_precision(y_true, y_score) == global_average_precision(y_true, y_score, top_k=3)
    assert global_average_precision(y_true, y_score) == pytest.approx((1 + 2 / 3) / 2)


def test_zero_scores_are_kept_and_the_lowest_class_index_stays_at_the_cut():
    assert global_average_precision([[0, 1, 0]], np.zeros((1, 3)), top_k=2) == 0.75  # classes 0 and 1, either first
    assert global_average_precision([[0, 0, 1]], np.zeros((1, 3)), top_k=2) == 0.0


def test_perfect_scores_give_exactly_one():
    y_true = large_case()[0]
    assert global_average_precision(y_true, y_true.astype(np.float32)) == 1.0


def test_result_may_be_asked_for_between_batches_and_merging_leaves_the_other_alone():
    y_true, y_score = large_case()
    metric, other = GlobalAveragePrecision(), GlobalAveragePrecision()
    metric.update(y_true[:100], y_score[:100])
    assert metric.result() == global_average_precision(y_true[:100], y_score[:100])
    other.update(y_true[100:200], y_score[100:200])
    assert metric.merge(other).result() == global_average_precision(y_true[:200], y_score[:200])
    assert other.result() == global_average_precision(y_true[100:200], y_score[100:200])
    assert metric.update(y_true[200:], y_score[200:]).result() == global_average_precision(y_true, y_score)


def test_merging_a_metric_with_itself_doubles_its_videos():
    y_true, y_score = large_case()
    y_true, y_score = y_true[:50], y_score[:50]
    doubled = GlobalAveragePrecision().update(y_true, y_score)
    twice = global_average_precision(np.tile(y_true, (2, 1)), np.tile(y_score, (2, 1)))
    assert doubled.merge(doubled).result() == twice


def test_a_refused_batch_leaves_the_metric_as_it_was():
    y_true, y_score = large_case()
    metric = GlobalAveragePrecision().update(y_true[:100], y_score[:100])
    before = metric.result()
    broken = y_score[100:].copy()
    broken[-1, 3] = np.nan  # in the last block, after others were read
    with pytest.raises(ValueError, match=r"y_score\[2899, 3\] is nan"):
        metric.update(y_true[100:], broken)
    assert metric.result() == before


def test_refuses_what_has_no_result():
    with pytest.raises(ValueError, match="GAP is undefined without a positive label"):
        global_average_precision(np.zeros((3, 4)), np.ones((3, 4)))
    with pytest.raises(ValueError, match="expected at least one video"):
        GlobalAveragePrecision().result()
    with pytest.raises(ValueError, match="expected at least one video"):
        GlobalAveragePrecision().update(np.zeros((0, 4)), np.zeros((0, 4))).result()


def test_refuses_metrics_and_batches_that_do_not_belong_together():
    metric = GlobalAveragePrecision(top_k=2).update([[1, 0, 0]], [[0.3, 0.2, 0.1]])
    with pytest.raises(ValueError, match="expected a metric with top_k=2, got one with top_k=3"):
        metric.merge(GlobalAveragePrecision(top_k=3))
    with pytest.raises(ValueError, match="expected 3 classes as before, got 2"):
        metric.update([[1, 0]], [[0.3, 0.2]])
    with pytest.raises(ValueError, match="top_k must be a whole number of at least 1, got 0"):
        GlobalAveragePrecision(top_k=0)
    assert metric.result() == 1.0
