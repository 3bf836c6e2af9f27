import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.metrics.top_predictions import check_top_k, top_predictions


def slow_top_predictions(scores, counts):
    """Convention: largest score first, of equal scores the lowest class index first; the first `count` are kept."""
    kept = np.zeros(scores.shape, dtype=bool)
    for video, row in enumerate(scores):
        by_rank = sorted(range(len(row)), key=lambda index: (-row[index], index))
        kept[video, by_rank[: counts[video]]] = True
    return kept


@settings(deadline=None, max_examples=200)
@given(
    st.data(),
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    st.sampled_from([np.float16, np.float32, np.float64]),
)
def test_keeps_what_sorting_each_video_keeps(data, shape, dtype):
    values = st.sampled_from([-1.0, -0.0, 0.0, 0.25, 0.5, 1.0])
    scores = data.draw(hnp.arrays(dtype, shape, elements=values))
    counts = data.draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, 15)))
    np.testing.assert_array_equal(top_predictions(scores, counts), slow_top_predictions(scores, counts))
    np.testing.assert_array_equal(top_predictions(scores, 3), slow_top_predictions(scores, np.full(shape[0], 3)))


def test_agrees_with_sorting_on_rows_of_the_datasets_width():
    generator = np.random.default_rng(0)
    scores = generator.random((40, 3862), dtype=np.float32)
    scores[::2] = np.round(scores[::2], 2)  # about 39 equal scores at each value: every cut of these rows is tied
    np.testing.assert_array_equal(top_predictions(scores, 20), slow_top_predictions(scores, [20] * 40))


def test_does_not_change_the_scores():
    scores = np.random.default_rng(0).random((5, 50))
    before = scores.copy()
    top_predictions(scores, 7)
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("top_k", [0, -1, 2.0, "20", None, True])
def test_top_k_must_be_a_positive_whole_number(top_k):
    with pytest.raises(ValueError, match=r"top_k must be a whole number of at least 1, got "):
        check_top_k(top_k)


def test_top_k_may_be_a_numpy_integer():
    assert check_top_k(np.int32(20)) == 20
