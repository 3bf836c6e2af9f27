"""Bad input is refused alike by every metric of labels and scores."""

import functools

import numpy as np
import pytest

from compactvid import metrics

every_metric = pytest.mark.parametrize(
    "metric",
    [
        metrics.global_average_precision,
        metrics.hit_at_one,
        metrics.precision_at_equal_recall,
        metrics.mean_average_precision,
        functools.partial(metrics.mean_average_precision, top_k=20),
        lambda y_true, y_score: metrics.GlobalAveragePrecision().update(y_true, y_score).result(),
    ],
    ids=["gap", "hit_at_one", "perr", "map", "map_at_20", "streaming_gap"],
)


def labels_and_scores():
    """3,000 videos of 1,000 classes, read in three blocks."""
    generator = np.random.default_rng(0)
    return (generator.random((3000, 1000)) < 0.003).astype(np.float32), generator.random((3000, 1000), dtype=np.float32)


@every_metric
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_must_be_finite_and_the_first_bad_one_is_named(metric, value):
    y_true, y_score = labels_and_scores()
    y_score[2500, 17] = y_score[2500, 900] = y_score[2999, 0] = value
    with pytest.raises(ValueError, match=rf"^y_score\[2500, 17\] is {value}: expected a finite number$"):
        metric(y_true, y_score)


@every_metric
@pytest.mark.parametrize("value", [2, -1, 0.5, np.nan])
def test_labels_must_be_zero_or_one_and_the_first_other_one_is_named(metric, value):
    y_true, y_score = labels_and_scores()
    y_true[2500, 17] = y_true[2999, 0] = value
    with pytest.raises(ValueError, match=rf"^y_true\[2500, 17\] is {float(value)}: expected 0 or 1$"):
        metric(y_true, y_score)


@every_metric
@pytest.mark.parametrize(
    "shapes",
    [((3, 4), (3, 5)), ((3, 4), (4, 3)), ((4,), (4,)), ((3, 4), (12,)), ((2, 3, 4), (2, 3, 4)), ((), ())],
    ids=str,
)
def test_shapes_must_be_equal_and_two_dimensional(metric, shapes):
    with pytest.raises(ValueError, match=r"must have the same shape \(videos, classes\), got y_true of shape") as error:
        metric(np.ones(shapes[0]), np.ones(shapes[1]))
    assert str(shapes[0]) in str(error.value)
    assert str(shapes[1]) in str(error.value)


@every_metric
def test_empty_arrays_are_refused(metric):
    with pytest.raises(ValueError, match="expected at least one video, got none"):
        metric(np.ones((0, 4)), np.ones((0, 4)))
    with pytest.raises(ValueError, match=r"must have at least one class, got shape \(3, 0\)"):
        metric(np.ones((3, 0)), np.ones((3, 0)))


@every_metric
@pytest.mark.parametrize("dtype", [object, str, complex])
def test_arrays_must_hold_real_numbers(metric, dtype):
    with pytest.raises(ValueError, match="y_score must hold real numbers of a NumPy type, got dtype"):
        metric(np.ones((2, 3)), np.ones((2, 3)).astype(dtype))
    with pytest.raises(ValueError, match="y_true must hold real numbers of a NumPy type, got dtype"):
        metric(np.ones((2, 3)).astype(dtype), np.ones((2, 3)))


@every_metric
def test_the_arguments_are_left_as_they_were(metric):
    y_true, y_score = labels_and_scores()
    copies = y_true.copy(), y_score.copy()
    metric(y_true, y_score)
    np.testing.assert_array_equal(y_true, copies[0])
    np.testing.assert_array_equal(y_score, copies[1])
