"""Simulated clips: the class is in the order of the frames and nowhere else."""

import dataclasses
import hashlib
import itertools
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from compactvid.datasets.simulated import ClipWorld
from compactvid.datasets.simulated.splits import stream

ACTIONS = ("left", "right", "up", "down", "grow", "shrink", "turn")
DIGESTS = """
import hashlib
from compactvid.datasets.simulated import ClipWorld
for clip in ClipWorld(seed=5, height=36, width=48).clips("validate", 3):
    print(clip.id, hashlib.sha256(clip.frames.tobytes()).hexdigest())
"""
SMALL = ClipWorld(seed=5, height=36, width=48, min_frames=8, max_frames=14)


def _digest(clip) -> str:
    return hashlib.sha256(clip.frames.tobytes()).hexdigest()


def test_a_clip_is_a_function_of_fields_split_and_index():
    world = ClipWorld(seed=5, height=36, width=48)
    printed = subprocess.run([sys.executable, "-c", DIGESTS], capture_output=True, text=True, check=True).stdout
    here = [f"{clip.id} {_digest(clip)}" for clip in world.clips("validate", 12)]
    assert printed.splitlines() == here[:3]


def test_seeds_and_splits_are_different_draws():
    clips = [
        _digest(clip)
        for seed in (0, 1)
        for split in ("train", "validate", "test")
        for clip in dataclasses.replace(SMALL, seed=seed).clips(split, 4)
    ]
    assert len(set(clips)) == 24


def test_classes_take_turns_and_groups_are_filled_one_after_the_other():
    clips = list(SMALL.clips("train", 63))
    assert [clip.action for clip in clips] == list(SMALL.class_names) * 9 == list(ACTIONS) * 9
    assert [clip.group for clip in clips[::7]] == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert [clip.id for clip in clips[1::7]][3:5] == [
        "right/v_right_01/v_right_01_04",
        "right/v_right_02/v_right_02_01",
    ]
    assert len({clip.id for clip in clips}) == 63


def test_lengths_are_uniform_and_shapes_right():
    clips = list(SMALL.clips("train", 350))
    assert stats.chisquare(np.bincount([len(clip.frames) for clip in clips], minlength=15)[8:]).pvalue > 0.001
    for clip in clips[:20]:
        assert clip.frames.dtype == np.uint8
        assert clip.frames.shape[1:] == (36, 48, 3)
        assert len(clip.frames) == len(clip.centres) == len(clip.sizes) == len(clip.angles)


def test_paths_are_straight_and_only_the_class_s_own_runs():
    world = ClipWorld(seed=1)
    for clip in world.clips("test", 14):
        count = len(clip.frames)
        moves = {"x": clip.centres[:, 0], "y": clip.centres[:, 1], "size": np.log(clip.sizes), "angle": clip.angles}
        axis, change = {
            "left": ("x", -30.0),
            "right": ("x", 30.0),
            "up": ("y", -30.0),
            "down": ("y", 30.0),
            "grow": ("size", np.log(1.5)),
            "shrink": ("size", -np.log(1.5)),
            "turn": ("angle", np.pi),
        }[clip.action]
        for name, values in moves.items():
            if name != axis:
                assert np.ptp(values) == 0
            else:
                sign = np.sign(values[-1] - values[0]) if axis == "angle" else 1
                np.testing.assert_allclose(np.diff(values), sign * change / (count - 1), rtol=1e-9)
        assert 16 - 1e-9 <= clip.centres[:, 0].min() <= clip.centres[:, 0].max() <= 144 + 1e-9
        assert 12 - 1e-9 <= clip.centres[:, 1].min() <= clip.centres[:, 1].max() <= 108 + 1e-9
        assert 18 - 1e-9 <= clip.sizes.min() <= clip.sizes.max() <= 72 + 1e-9
    turning = (SMALL._clip("train", index) for index in range(6, 420, 7))
    turns = [clip.angles[-1] > clip.angles[0] for clip in turning]
    assert 15 < sum(turns) < 45  # of 60, either way round


def test_frames_show_what_the_truth_says():
    """The object is the lightest thing: its pixels' centre, area and main direction against the truth."""
    ratios = []
    for clip in ClipWorld(seed=2, noise_std=0.0, margin=0.3, max_clutter=0).clips("train", 28):
        y, x = np.mgrid[:120, :160] + 0.5
        light = clip.frames.mean(axis=-1) > 130  # the background reaches 120, the object 135
        areas = light.sum(axis=(1, 2))
        for frame, (mask, centre) in enumerate(zip(light, clip.centres, strict=True)):
            assert x[mask].mean() == pytest.approx(centre[0], abs=1.0), (clip.id, frame)
            assert y[mask].mean() == pytest.approx(centre[1], abs=1.0), (clip.id, frame)
        if clip.action in ("grow", "shrink"):
            ratios.append(areas.max() / areas.min())
            assert (areas[-1] > areas[0]) == (clip.action == "grow")
        else:
            assert areas.max() < 1.2 * areas.min()
        if clip.action == "turn":
            there = light[0] | light[len(light) // 2]
            assert (light[0] ^ light[len(light) // 2]).sum() > 0.2 * there.sum()
    assert np.mean(ratios) == pytest.approx(1.5**2, rel=0.1)


def test_a_turn_is_clockwise_where_angles_ascend():
    """A frame turned back by its angle is the first one turned back by its own."""
    from PIL import Image

    for clip in itertools.islice(
        ClipWorld(seed=3, noise_std=0.0, margin=0.35, max_size=0.5, max_clutter=0).clips("train", 28), 6, None, 7
    ):
        upright = []
        for frame, centre, angle in zip(clip.frames, clip.centres, clip.angles, strict=True):
            light = Image.fromarray(((frame.mean(axis=-1) > 130) * 255).astype(np.uint8))
            # Pillow turns counter-clockwise.
            upright.append(np.asarray(light.rotate(np.degrees(angle), Image.Resampling.BILINEAR, center=tuple(centre))))
        differing = np.mean([np.abs(u.astype(float) - upright[0]).sum() / upright[0].sum() for u in upright[1:]])
        assert differing < 0.25  # turned the wrong way: more than 0.5


def test_clips_of_a_group_share_their_scene_and_others_do_not():
    world = dataclasses.replace(SMALL, noise_std=0.0)
    clips = list(world.clips("train", 84)) + list(world.clips("test", 28))
    firsts = {
        (split, clip.id): clip.frames[0] for split, clip in zip(["train"] * 84 + ["test"] * 28, clips, strict=True)
    }

    def equal(one, other) -> float:
        return (firsts[one] == firsts[other]).all(axis=-1).mean()

    same, different = [], []
    for one, other in itertools.combinations(firsts, 2):
        group = (one[0], one[1].rsplit("_", 1)[0]) == (other[0], other[1].rsplit("_", 1)[0])
        (same if group else different).append(equal(one, other))
    assert len(same) == 7 * 4 * 6
    assert min(same) > 0.4  # all but two objects
    assert np.mean(different) < 0.02


def _states(world, count):
    """Of `count` clips a class: (class, clip, x / y / size / angle) at a frame drawn at random, and at the first."""
    rng, somewhere, first = np.random.default_rng(0), [], []
    for label, action in enumerate(ACTIONS):
        for index in range(count):
            paths = world._paths(stream(1, label, index), action, int(rng.integers(24, 48, endpoint=True)))
            somewhere.append(paths[:, rng.integers(paths.shape[1])])
            first.append(paths[:, 0])
    return np.array(somewhere).reshape(7, count, 4), np.array(first).reshape(7, count, 4)


def test_a_frame_drawn_at_random_has_the_same_state_in_every_class():
    somewhere, first = _states(ClipWorld(), 1500)
    somewhere[..., 3] %= 2 * np.pi
    first[..., 3] %= 2 * np.pi
    for label in range(7):
        others = np.delete(somewhere, label, axis=0).reshape(-1, 4)
        for axis in range(4):
            assert stats.ks_2samp(somewhere[label, :, axis], others[:, axis]).pvalue > 0.001, (label, axis)
        # Jointly: x, y, size and angle are independent in each class, so that the marginals are all there is.
        assert np.abs(np.corrcoef(somewhere[label].T) - np.eye(4)).max() < 4 / np.sqrt(1500)
    # The control: the same test sees that a right-moving object's first place is on the left.
    assert stats.ks_2samp(first[1, :, 0], np.delete(first, 1, axis=0)[..., 0].ravel()).pvalue < 1e-6


def test_what_a_frame_of_known_time_tells():
    """The best guess from exact place and size, by the closed form of their densities, is as the docstring says."""
    rng, count = np.random.default_rng(0), 40_000
    halves = np.array([64.0, 48.0, np.log(4) / 2])  # of the ranges of x, y and logarithmic size
    lengths = np.array([30.0, 30.0, np.log(1.5)])
    reach = halves - lengths / 2  # of the paths' middles

    def density(values, signs, time):
        """Product over axes: uniform about a shifted middle where the path runs, a trapezoid where it stands still."""
        running = (np.abs(values - signs * lengths * (time - 0.5)) <= reach) / (2 * reach)
        still = np.clip(np.minimum(halves - np.abs(values), np.minimum(lengths, 2 * reach)), 0, None)
        return np.where(signs, running, still / (2 * reach * lengths)).prod(axis=-1)

    signs = np.array([sign * np.eye(3)[axis] for axis in range(3) for sign in (-1, 1)] + [np.zeros(3)])
    for time, expected in ((0.0, 0.29), (1 / 7, 0.25), (0.5, 0.18)):
        right = 0.0
        for label, own in enumerate(signs):
            place = np.where(own, own * lengths * (time - 0.5), lengths * (rng.random((count, 3)) - 0.5))
            values = place + reach * rng.uniform(-1, 1, (count, 3))
            densities = np.array([density(values, other, time) for other in signs])
            best = densities >= densities.max(axis=0) * (1 - 1e-9)
            right += (best[label] / best.sum(axis=0)).mean()  # ties are broken at random
        assert right / 7 == pytest.approx(expected, abs=0.006), time


@pytest.fixture(scope="module")
def six_frames():
    """Six random frames in ascending order of each clip, grey, one value for 3 x 3 pixels; train and test."""

    def drawn(split, count):
        rng, kept = np.random.default_rng(0), []
        for clip in SMALL.clips(split, count):
            chosen = np.sort(rng.choice(len(clip.frames), 6, replace=False))
            kept.append(clip.frames[chosen].mean(axis=-1).reshape(6, 12, 3, 16, 3).mean(axis=(2, 4)) / 64)
        return np.array(kept), np.arange(count) % 7

    return *drawn("train", 840), *drawn("test", 420)


def _ridge(train, labels, test) -> np.ndarray:
    train, test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    mean = train.mean(axis=0)
    kernel = (train - mean).T @ (train - mean) + 30 * np.eye(train.shape[1])
    return ((test - mean) @ np.linalg.solve(kernel, (train - mean).T @ np.eye(7)[labels])).argmax(axis=1)


def _nearest(train, labels, test) -> np.ndarray:
    train, test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    return labels[((train**2).sum(axis=1) - 2 * test @ train.T).argmin(axis=1)]


@pytest.mark.parametrize("classify", [_ridge, _nearest])
def test_one_frame_does_not_tell_the_class(six_frames, classify):
    train, labels, test, truth = six_frames
    rng = np.random.default_rng(1)
    one, other = (frames[np.arange(len(frames)), rng.integers(6, size=len(frames))] for frames in (train, test))
    right = (classify(one, labels, other) == truth).mean()
    # By chance 1 / 7, known to 0.017; clips of one group are right or wrong together at times, so a little wider.
    assert right == pytest.approx(1 / 7, abs=0.07)


def test_six_frames_in_order_do_and_shuffled_ones_do_not(six_frames):
    train, labels, test, truth = six_frames

    def right(train, test) -> float:
        return (_ridge(train[:, -1] - train[:, 0], labels, test[:, -1] - test[:, 0]) == truth).mean()

    rng = np.random.default_rng(2)
    assert right(train, test) > 0.5
    assert right(*(np.array([clip[rng.permutation(6)] for clip in clips]) for clips in (train, test))) < 0.3


def test_splitting_by_clip_instead_of_group_would_leak(six_frames):
    train, labels, _, _ = six_frames
    first_of_group = np.arange(len(train)) // 7 % 4 < 2
    guessed = _nearest(train[first_of_group, 2], labels[first_of_group], train[~first_of_group, 2])
    assert (guessed == labels[~first_of_group]).mean() > 0.4


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("height", 15, "height must be an integer >= 16, got 15"),
        ("width", 161, "height and width must be even, got 120 x 161"),
        ("min_frames", 1, "min_frames must be an integer >= 2, got 1"),
        ("max_frames", 23, "min_frames must be at most max_frames, got 24 > 23"),
        ("frames_per_second", 29.97, "frames_per_second must be an integer from 1 to 1000, got 29.97"),
        ("clips_per_group", 0, "clips_per_group must be an integer >= 1, got 0"),
        ("min_size", 0.03, r"min_size must be a number from 0\.033.* to 1, got 0\.03"),
        ("max_size", 1.5, "max_size must be a number from 0 to 1, got 1.5"),
        ("max_size", 0.1, "min_size must be at most max_size, got 0.15 > 0.1"),
        ("margin", 0.6, "margin must be a number from 0 to 0.5, got 0.6"),
        ("margin", 0.4, r"displacement must be at most 1 - 2 margin = 0\.2, got 0\.25"),
        ("displacement", -0.1, "displacement must be a number from 0 to 1, got -0.1"),
        ("growth", 0.9, "growth must be a number from 1 to 100, got 0.9"),
        ("growth", 4.1, "growth must be at most max_size / min_size = 4, got 4.1"),
        ("turn_degrees", float("nan"), "turn_degrees must be a number from 0 to 360, got nan"),
        ("max_clutter", -1, "max_clutter must be an integer from 0 to 100, got -1"),
        ("noise_std", "3", "noise_std must be a number from 0 to 100, got '3'"),
        ("seed", True, "seed must be an integer >= 0, got True"),
    ],
)
def test_fields_out_of_range_are_refused(field, value, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        dataclasses.replace(ClipWorld(), **{field: value})


def test_unknown_split_and_negative_count_are_refused_at_the_call():
    with pytest.raises(ValueError, match="split must be one of train, validate, test, got 'val'"):
        ClipWorld().clips("val", 3)
    with pytest.raises(ValueError, match="count must be at least 0, got -1"):
        ClipWorld().clips("train", -1)


@pytest.mark.parametrize(
    "extreme",
    [
        {"height": 16, "width": 200, "min_size": 0.25},
        {"min_size": 0.6, "growth": 1.0, "displacement": 0.0, "turn_degrees": 0},
        {"min_size": 1.0, "max_size": 1.0, "growth": 1},
        {"margin": 0.0, "displacement": 1.0, "growth": 4.0},
        {"max_clutter": 0, "noise_std": 0},
        {"max_clutter": 20, "noise_std": 100.0},
        {"clips_per_group": 1},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_are_worlds_too(extreme):
    world = ClipWorld(**{"height": 40, "width": 60, "min_frames": 2, "max_frames": 3} | extreme)
    for clip in world.clips("test", 14):
        assert clip.frames.shape == (len(clip.sizes), world.height, world.width, 3)
