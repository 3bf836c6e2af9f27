"""GAP of re-drawn videos, against the GAP of rows that are really repeated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compactvid.metrics import global_average_precision
from compactvid.metrics.resampled_global_average_precision import ResampledGlobalAveragePrecision


@given(data=st.data(), top_k=st.integers(1, 5))
def test_equals_gap_of_repeated_rows(data, top_k):
    """Few distinct scores, so that many tie, within a video and across videos."""
    shape = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 5)))
    labels = data.draw(arrays.arrays("bool", shape))
    scores = data.draw(arrays.arrays("float32", shape, elements=st.sampled_from([0, 0.25, 0.5, 0.75, 1])))
    counts = data.draw(arrays.arrays("int64", shape[0], elements=st.integers(0, 3)))
    gap = ResampledGlobalAveragePrecision(labels, scores, top_k=top_k)
    rows = np.repeat(np.arange(shape[0]), counts)
    if labels[rows].any():
        expected = global_average_precision(labels[rows], scores[rows], top_k=top_k)
        assert gap(counts) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    else:
        with pytest.raises(ValueError, match="no video that was drawn has one"):
            gap(counts)


def test_many_videos_drawn_to_a_larger_number():
    """More videos than there are, over several blocks of predictions, as a bootstrap draws them."""
    rng = np.random.default_rng(0)
    labels = rng.random((3000, 500)) < 0.01
    scores = (rng.random(labels.shape) + labels).astype("float32")
    counts = rng.multinomial(7000, np.full(3000, 1 / 3000))
    rows = np.repeat(np.arange(3000), counts)
    expected = global_average_precision(labels[rows], scores[rows])
    assert ResampledGlobalAveragePrecision(labels, scores)(counts) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("counts", [[1, 1], [1.0, 1.0, 1.0], [1, -1, 1], [[1, 1, 1]]])
def test_counts_that_are_none(counts):
    gap = ResampledGlobalAveragePrecision(np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match="counts must be a whole number >= 0 for each of 3 videos"):
        gap(counts)


def test_bad_predictions_are_refused_as_by_the_metric():
    for labels, scores, message in (
        ([[2]], [[1.0]], "0 or 1"),
        ([[1]], [[np.nan]], "finite"),
        ([[1]], [[1, 2]], "shape"),
    ):
        with pytest.raises(ValueError, match=message):
            ResampledGlobalAveragePrecision(labels, scores)
