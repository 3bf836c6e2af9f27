"""Choices of frames, beside the set of everything that the challenge's code may draw."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.frame_choice import FIRST_FRAMES, RandomFrames, RandomSequence

COUNTS = st.integers(1, 40)
CHOICES = [
    RandomFrames,
    lambda seed: RandomFrames(seed, replace=False),
    RandomSequence,
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


@pytest.mark.parametrize(("num_frames", "max_frames"), [(1, 1), (1, 4), (3, 4), (4, 4), (5, 4), (9, 4)])
def test_sequences_are_all_that_the_challenge_draws(num_frames, max_frames):
    """Its start is uniform in [0, max(frames - samples, 0)], its places are cut at the last frame."""
    starts = range(max(num_frames - max_frames, 0) + 1)
    possible = {tuple(min(start + place, num_frames - 1) for place in range(max_frames)) for start in starts}
    choice = RandomSequence(seed=0)
    drawn = {tuple(choice(num_frames, max_frames, 0, example).tolist()) for example in range(200)}
    assert drawn == possible


@pytest.mark.parametrize(
    ("choice", "places"),
    [(RandomFrames(1), 4), (RandomFrames(1, replace=False), 4), (RandomSequence(1), 1)],
    ids=["with replacement", "without replacement", "starts of sequences"],
)
def test_draws_are_uniform(choice, places):
    """Each of 10 frames (7 starts) equally often within five standard deviations, for every place drawn together."""
    draws = 3000
    drawn = np.concatenate([choice(10, 4, epoch, 5)[:places] for epoch in range(draws)])
    values = 10 if places == 4 else 7
    share = 1 / values
    deviation = np.sqrt(draws * places * share * (1 - share))
    counts = np.bincount(drawn, minlength=values)
    assert len(counts) == values
    assert np.abs(counts - draws * places * share).max() < 5 * deviation


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
