"""Robust pooling's closed form against every sample there is, the layer, and printed order statistics."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.experiments import pooling_range


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6), st.data())
def test_expected_maximum_is_the_mean_over_all_samples(values, data):
    size = data.draw(st.integers(1, len(values)))
    maxima = [max(sample) for sample in combinations(values, size)]
    assert pooling_range.expected_maximum(np.array(values), size) == pytest.approx(np.mean(maxima), abs=1e-9)


def test_the_layer_pools_as_the_closed_form_expects():
    """Many samples of robust pooling, in training, come near the expectation; all frames give the maximum."""
    import keras

    from compactvid.layers import FramePooling

    keras.utils.set_random_seed(0)
    frames = np.random.default_rng(0).standard_normal((1, 20, 3)).astype("float32")
    pooled = np.asarray(FramePooling("robust", num_samples=4000, sample_size=5)(frames, training=True))
    assert pooled[0] == pytest.approx(pooling_range.expected_maximum(frames[0], 5), abs=0.05)
    whole = np.asarray(FramePooling("robust", num_samples=1, sample_size=20)(frames, training=True))
    assert np.array_equal(whole[0], frames[0].max(axis=0))


def test_robust_pooling_lies_between(monkeypatch):
    assert pooling_range.lies_between(0) == 1
    wrong = pooling_range.expected_maximum
    monkeypatch.setattr(pooling_range, "expected_maximum", lambda values, size: wrong(values, max(1, size - 1)))
    assert pooling_range.lies_between(0) == 0, "all frames would not give the maximum"
    monkeypatch.setattr(pooling_range, "expected_maximum", lambda values, size: wrong(values, 21 - size))
    assert pooling_range.lies_between(0) == 0, "larger samples would give less"


def test_the_range_of_poolings():
    """Means of normal order statistics (Harter 1961, Table 1): the largest of 15 is at 1.736, of 150 about 2.65."""
    between = pooling_range.pooling_range()
    (paper, tenth), (paper_quarter, five) = pooling_range.places(between)
    assert paper == pytest.approx(1.736 / 2.65, abs=0.03)
    assert tenth == pytest.approx(0.564 / 1.867, abs=0.03)
    assert abs(five - paper) < 0.05 < paper - tenth
    assert paper_quarter > paper
    ends = between[between["share"] == 1]["place"]
    assert ends.tolist() == pytest.approx([1, 1])
    assert between[between["k"] == 1]["place"].tolist() == pytest.approx([0, 0], abs=1e-12)
