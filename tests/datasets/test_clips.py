"""Action clips as batches: which frames, which labels, and what happens to clips that cannot be read."""

import pickle

import numpy as np
import pytest

from compactvid.datasets import clips
from compactvid.datasets.frame_choice import EvenlySpacedFrames, RandomFrames
from compactvid.datasets.tfrecord import RecordError

SIZE = (32, 48)
LENGTHS = {"jump/g1/a": 20, "jump/g1/b": 7, "jump/g2/c": 6, "run/g1/d": 13, "run/g2/e": 25}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Clips whose frame number n is grey of value 10 n."""
    root = tmp_path_factory.mktemp("actions")
    for name, length in LENGTHS.items():
        frames = [np.full((*SIZE, 3), 10 * number, np.uint8) for number in range(length)]
        clips.write(root / f"{name}.avi", frames, 25)
    return root


def read(root, **options):
    return clips.read(root, **{"size": SIZE, "batch_size": 3, "num_frames": 6} | options)


def numbers(batch) -> list[list[int]]:
    """Which frames a batch holds, from their grey."""
    return np.rint(batch[0]["frames"].mean(axis=(2, 3, 4)) / 10).astype(int).tolist()


def test_evenly_spaced_frames_without_a_seed(root):
    batches = read(root)
    inputs, labels = batches.batch(0)
    assert (inputs["frames"].shape, inputs["frames"].dtype) == ((3, 6, 32, 48, 3), np.uint8)
    assert (labels.tolist(), labels.dtype) == ([[1, 0]] * 3, np.uint8)
    assert batches.batch(1)[1].tolist() == [[0, 1]] * 2
    assert batches.ids(0) + batches.ids(1) == list(LENGTHS)
    expected = [[int((part + 0.5) * length / 6) for part in range(6)] for length in LENGTHS.values()]
    assert numbers(batches.batch(0)) + numbers(batches.batch(1)) == expected
    assert numbers(batches.batch(2)) == expected[:3]
    assert numbers(read(root, num_frames=1).batch(0)) == [[10], [3], [3]]


def test_random_frames_ascend_and_depend_on_seed_epoch_and_clip(root):
    batches = read(root, seed=3, batch_size=1)
    drawn = {}
    for step in range(20):
        (name,) = batches.ids(step)
        (frames,) = numbers(batches.batch(step))
        assert frames == sorted(set(frames))
        assert len(frames) == 6
        assert frames[-1] < LENGTHS[name]
        drawn[name, step // 5] = frames
    assert len({tuple(frames) for (name, _), frames in drawn.items() if name == "run/g2/e"}) == 4
    other = pickle.loads(pickle.dumps(read(root, seed=3, batch_size=5)))
    for epoch in (3, 0, 1):
        for name, frames in zip(other.ids(epoch), numbers(other.batch(epoch)), strict=True):
            assert drawn[name, epoch] == frames
    assert numbers(read(root, seed=4, batch_size=5).batch(0)) != numbers(other.batch(0))


def test_clips_of_one_length_draw_apart(tmp_path):
    frames = [np.full((*SIZE, 3), 10 * number, np.uint8) for number in range(20)]
    for name in "abc":
        clips.write(tmp_path / "jump" / "g" / f"{name}.avi", frames)
    drawn = numbers(read(tmp_path, seed=0).batch(0))
    assert len({tuple(of_clip) for of_clip in drawn}) == 3


def test_every_frame_is_as_likely(root):
    batches = read(root, seed=0, num_frames=2, clips=clips.find(root)[:1], batch_size=1, size=(2, 2))
    counts = np.bincount([number for step in range(300) for number in numbers(batches.batch(step))[0]], minlength=20)
    assert np.sum((counts - 30) ** 2 / 30) < 43.8  # the 0.1 % point of chi-squared with 19 degrees of freedom
    assert len(counts) == 20


def test_a_choice_drawn_once_for_evaluation(root):
    batches = read(root, frame_choice=RandomFrames(7, replace=False))
    assert numbers(next(iter(batches))) == numbers(next(iter(batches)))
    assert numbers(batches.batch(0)) != numbers(read(root).batch(0))
    even = read(root, seed=1, frame_choice=EvenlySpacedFrames(), batch_size=5)
    assert numbers(even.batch(0)) == numbers(even.batch(1)) == numbers(read(root, batch_size=5).batch(0))
    repeated = numbers(read(root, frame_choice=RandomFrames(0)).batch(0))
    assert all(frames == sorted(frames) and len(frames) == 6 for frames in repeated)
    assert any(len(set(frames)) < 6 for frames in repeated)


def test_splits_keep_the_classes_of_all_folders(root):
    splits = clips.split_by_group(root, {"train": 0.5, "test": 0.5}, seed=0)
    only_runs = [clip for clip in splits["test"] if clip.action == "run"]
    assert read(root, clips=only_runs).batch(0)[1].tolist() == [[0, 1]]
    labels = read(root, class_names=["walk", "run", "jump"]).batch(0)[1]
    assert labels.tolist() == [[0, 0, 1]] * 3


def test_real_clips(real_clips):
    batches = clips.read(real_clips, batch_size=2, seed=0)
    inputs, labels = batches.batch(0)
    assert inputs["frames"].shape == (2, 6, 120, 160, 3)
    assert labels.tolist() == [[1, 0], [0, 1]]
    assert all(len({frame.tobytes() for frame in clip}) == 6 for clip in inputs["frames"])


def test_tensorflow_and_keras_get_the_same_batches(tf, root):
    batches = read(root, seed=3)
    for (inputs, labels), from_tf, from_keras in zip(batches, batches.as_tf(), batches.as_keras(), strict=True):
        for other_inputs, other_labels in (from_tf, from_keras):
            np.testing.assert_array_equal(other_inputs["frames"], inputs["frames"])
            np.testing.assert_array_equal(other_labels, labels)


def test_a_clip_with_fewer_frames_than_asked(root):
    with pytest.raises(RecordError) as caught:
        read(root, num_frames=7, seed=0, batch_size=5).batch(0)
    assert str(caught.value) == f"{root}/jump/g2/c.avi: the clip has 6 frames, expected at least 7"
    batches = read(root, num_frames=7, on_error="skip")
    with pytest.warns(UserWarning, match=r"epoch 0: 1 examples? skipped: .*c\.avi: the clip has 6 frames"):
        assert [len(labels) for _, labels in batches] == [2, 2]


def test_clips_that_are_missing_or_damaged(root, tmp_path):
    clips.write(tmp_path / "jump" / "g1" / "a.avi", np.zeros((6, *SIZE, 3), np.uint8))
    batches = read(tmp_path)
    path = tmp_path / "jump" / "g1" / "a.avi"
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(RecordError, match=r"a\.avi: cut off: its header promises "):
        batches.batch(0)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a video clip: '.*a\.avi'"):
        batches.batch(0)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"num_frames": 0}, "num_frames must be at least 1, got 0"),
        ({"size": (0, 4)}, "height must be at least 1, got 0"),
        ({"clips": []}, "clips is empty; expected at least one"),
        ({"class_names": ["run"]}, r"a\.avi: 'jump' is none of run"),
        ({"class_names": ["run", "jump", "run"]}, "class_names must be different names"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_wrong_parameters(root, options, problem):
    with pytest.raises(ValueError, match=problem):
        read(root, **options)
