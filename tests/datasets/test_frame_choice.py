"""Choices of frames."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.frame_choice import FIRST_FRAMES, RandomFrames

COUNTS = st.integers(1, 40)
CHOICES = [
    RandomFrames,
    lambda seed: RandomFrames(seed, replace=False),
]


@given(COUNTS, COUNTS)
def test_first_frames_are_the_first(num_frames, max_frames):
    frames = list(range(num_frames))
    assert frames[FIRST_FRAMES(num_frames, max_frames, 3, 4)] == frames[:max_frames]


@given(COUNTS, COUNTS, st.integers(0, 2**40), st.integers(0, 99), st.integers(0, 2**40))
def test_draws_without_replacement_are_a_subset_in_the_videos_order(num_frames, max_frames, seed, epoch, example):
    drawn = RandomFrames(seed, replace=False)(num_frames, max_frames, epoch, example).tolist()
    assert len(drawn) == min(num_frames, max_frames)
    assert drawn == sorted(set(drawn) & set(range(num_frames)))


@given(COUNTS, COUNTS, st.integers(0, 2**40), st.integers(0, 99), st.integers(0, 2**40))
def test_draws_with_replacement_fill_every_place(num_frames, max_frames, seed, epoch, example):
    drawn = RandomFrames(seed)(num_frames, max_frames, epoch, example)
    assert drawn.shape == (max_frames,)
    assert set(drawn.tolist()) <= set(range(num_frames))


@pytest.mark.parametrize("replace", [True, False])
def test_draws_are_uniform(replace):
    """Each of 10 frames equally often within five standard deviations, for every place drawn together."""
    draws = 3000
    drawn = np.concatenate([RandomFrames(1, replace)(10, 4, epoch, 5) for epoch in range(draws)])
    deviation = np.sqrt(draws * 4 * 0.1 * 0.9)
    counts = np.bincount(drawn, minlength=10)
    assert len(counts) == 10
    assert np.abs(counts - draws * 4 / 10).max() < 5 * deviation


@pytest.mark.parametrize("make", CHOICES)
def test_draws_are_a_function_of_seed_epoch_and_example(make):
    keys = list(itertools.product(range(3), range(3), range(3)))
    drawn = [tuple(make(seed)(100_000, 7, epoch, example).tolist()) for seed, epoch, example in keys]
    again = [tuple(make(seed)(100_000, 7, epoch, example).tolist()) for seed, epoch, example in reversed(keys)]
    assert drawn == again[::-1]
    assert len(set(drawn)) == len(keys)


@pytest.mark.parametrize("make", CHOICES)
def test_negative_seed_is_refused(make):
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        make(-1)
