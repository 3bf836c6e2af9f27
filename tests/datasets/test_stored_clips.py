import re

import numpy as np
import pytest

from compactvid.datasets.batches import Batches
from compactvid.datasets.stored_clips import StoredClips, save_clips


@pytest.fixture
def path(tmp_path):
    """Five clips of four frames, each frame filled with its clip's and its own number: 10 clip + frame."""
    numbers = 10 * np.arange(5)[:, None] + np.arange(4)
    frames = np.broadcast_to(numbers[:, :, None, None, None], (5, 4, 2, 3, 1)).astype("uint8")
    save_clips(tmp_path / "train.npz", frames, np.eye(5, dtype="uint8"), [f"clip {number}" for number in range(5)])
    return tmp_path / "train.npz"


def numbers_of(source):
    inputs, labels = source.load(np.arange(len(source)), 0)
    assert inputs["frames"].dtype == "float32"
    assert (np.ptp(inputs["frames"], axis=(2, 3, 4)) == 0).all()
    return inputs["frames"][:, :, 0, 0, 0].astype(int).tolist(), labels


def test_clips_are_what_was_saved(path):
    numbers, labels = numbers_of(StoredClips(path))
    assert numbers == [[10 * clip + frame for frame in range(4)] for clip in range(5)]
    np.testing.assert_array_equal(labels, np.eye(5))
    batches = Batches(StoredClips(path), batch_size=2)
    assert [batches.ids(step) for step in range(3)] == [["clip 0", "clip 1"], ["clip 2", "clip 3"], ["clip 4"]]


def test_shuffled_frames_are_those_of_the_clip_in_another_order_that_stays(path):
    straight, _ = numbers_of(StoredClips(path))
    shuffled, labels = numbers_of(StoredClips(path, shuffled=3))
    assert shuffled != straight
    assert [sorted(clip) for clip in shuffled] == straight
    np.testing.assert_array_equal(labels, np.eye(5))
    assert shuffled == numbers_of(StoredClips(path, shuffled=3))[0] != numbers_of(StoredClips(path, shuffled=4))[0]
    # Each clip has an order of its own.
    assert len({tuple(number % 10 for number in clip) for clip in shuffled}) > 1


def test_values_that_are_not_finite_are_named(path):
    save_clips(path, np.full((1, 2, 1, 1, 1), np.nan, "float32"), np.ones((1, 1)), ["a"])
    with pytest.raises(ValueError, match=re.escape(f"{path}: frames hold values that are not finite")):
        StoredClips(path)
