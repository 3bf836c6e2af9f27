from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.ops import max_pooling, mean_pooling, robust_max_pooling

FRAMES = 6


def example(counts=(6, 4, 1, 0)):
    frames = np.random.default_rng(0).normal(size=(len(counts), FRAMES, 3))
    return frames, np.arange(FRAMES) < np.array(counts)[:, None]


def numpy(function, *arguments):
    return ops.convert_to_numpy(function(*[ops.convert_to_tensor(argument) for argument in arguments]))


def robust_sample_by_sample(frames, mask, ranks, sample_size):
    """Section 4.2 for one video after the other; a sample is the `sample_size` real frames of the smallest ranks."""
    result = np.zeros((len(frames), frames.shape[2]))
    for video, real in enumerate(mask):
        for row in ranks[video % len(ranks)]:
            sample = sorted(np.flatnonzero(real), key=lambda frame: row[frame])[:sample_size]
            if sample:
                result[video] += frames[video][sample].max(axis=0) / ranks.shape[1]
    return result


@pytest.mark.parametrize(("function", "expected"), [(max_pooling, np.max), (mean_pooling, np.mean)])
def test_pools_the_real_frames(function, expected):
    frames, mask = example()
    pooled = numpy(function, np.where(mask[..., None], frames, np.nan), mask)
    for video in range(3):
        np.testing.assert_allclose(pooled[video], expected(frames[video][mask[video]], axis=0), rtol=1e-12)
    np.testing.assert_array_equal(pooled[3], 0)


@settings(max_examples=12)
@given(
    counts=st.lists(st.integers(0, FRAMES), min_size=3, max_size=3),
    sample_size=st.sampled_from([1, 2, 4, 8]),
    seed=st.integers(0, 1000),
)
def test_robust_pooling_is_the_equation(counts, sample_size, seed):
    frames, mask = example(counts)
    ranks = np.random.default_rng(seed).random((len(counts), 4, FRAMES))
    pooled = ops.convert_to_numpy(robust_max_pooling(*map(ops.convert_to_tensor, (frames, mask, ranks)), sample_size))
    # float32 is the widest that either backend's mean is sure to keep.
    np.testing.assert_allclose(pooled, robust_sample_by_sample(frames, mask, ranks, sample_size), atol=1e-6)


def test_many_samples_come_to_the_mean_over_all_subsets():
    frames, mask = example(counts=(6,))
    ranks = np.random.default_rng(3).random((1, 20_000, FRAMES))
    pooled = ops.convert_to_numpy(robust_max_pooling(*map(ops.convert_to_tensor, (frames, mask, ranks)), 3))
    subsets = [frames[0][list(subset)].max(axis=0) for subset in combinations(range(FRAMES), 3)]
    # Maxima of order 1 over 20,000 draws: a standard error of 0.007.
    np.testing.assert_allclose(pooled[0], np.mean(subsets, axis=0), atol=0.03)


def test_robust_pooling_lies_between_its_two_ends():
    """One frame a sample and many samples: the mean. All frames in a sample: the maximum."""
    frames, mask = example(counts=(6, 5))
    ranks = np.random.default_rng(4).random((2, 20_000, FRAMES))
    tensors = [ops.convert_to_tensor(x) for x in (frames, mask, ranks)]
    np.testing.assert_allclose(
        ops.convert_to_numpy(robust_max_pooling(*tensors, 1)), numpy(mean_pooling, frames, mask), atol=0.03
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(robust_max_pooling(*tensors, FRAMES)), numpy(max_pooling, frames, mask), atol=1e-6
    )
