"""Frames of panned scenes: the camera moves and nothing else does, and the truth is what a frame shows."""

import numpy as np
import pytest

from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated.panned_scene_world import PannedSceneWorld

WORLD = PannedSceneWorld(seed=3)


@pytest.fixture(scope="module")
def frames():
    return list(WORLD.scenes("test", 36))


@pytest.fixture(scope="module")
def panoramas():
    """The same three scenes, drawn as a world of twice the side and half the relative sizes."""
    world = SceneWorld(height=192, width=192, min_objects=4, max_objects=16, min_size=0.1, max_size=0.35, seed=3)
    return list(world.scenes("test", 3))


def place(panorama, image):
    """Where an image lies in a larger one, by trying all places."""
    windows = np.lib.stride_tricks.sliding_window_view(panorama[..., 0], image.shape[:2])
    (found,) = np.argwhere((windows[:, :, ::31, ::31] == image[::31, ::31, 0]).all(axis=(2, 3)))
    return found


def test_a_clip_is_a_straight_pan_over_one_scene(frames, panoramas):
    assert [frame.id for frame in frames] == [f"test_{number:06d}" for number in range(36)]
    for clip, scene in enumerate(panoramas):
        places = np.array([place(scene.image, frame.image) for frame in frames[12 * clip : 12 * clip + 12]])
        for (top, left), frame in zip(places, frames[12 * clip :], strict=False):
            np.testing.assert_array_equal(scene.image[top : top + 96, left : left + 96], frame.image)
        line = places[0] + np.arange(12)[:, None] / 11 * (places[-1] - places[0])
        assert np.abs(places - line).max() <= 0.5
        assert np.abs(places[-1] - places[0]).max() > 5


def test_truth_is_what_the_frame_shows_of_each_object(frames, panoramas):
    left_out = cut = 0
    for clip, scene in enumerate(panoramas):
        for frame in frames[12 * clip : 12 * clip + 12]:
            top, left = place(scene.image, frame.image)
            expected = []
            for label, mask, share in zip(scene.classes, scene.masks, scene.visible_shares, strict=True):
                rows, columns = np.nonzero(mask)
                seen = (top <= rows) & (rows < top + 96) & (left <= columns) & (columns < left + 96)
                visible = share * seen.sum() / len(rows)
                left_out += 0 < visible < 0.2
                if seen.any() and visible >= 0.2:
                    rows, columns = rows[seen] - top + 1, columns[seen] - left + 1
                    box = [columns.min(), rows.min(), columns.max(), rows.max()]
                    expected.append((label, box, visible < 0.5, seen.mean() < 0.85))
            assert frame.classes.tolist() == [label for label, *_ in expected]
            assert frame.boxes.tolist() == [box for _, box, *_ in expected]
            assert frame.difficult.tolist() == [difficult for *_, difficult, _ in expected]
            assert frame.truncated[[truncated for *_, truncated in expected]].all()
            assert frame.masks.shape == (len(expected), 96, 96)
            cut += frame.truncated.sum()
    assert left_out
    assert cut


def test_a_frame_is_the_same_whatever_the_count(frames):
    for frame, expected in zip(WORLD.scenes("test", 14), frames, strict=False):
        np.testing.assert_array_equal(frame.image, expected.image)
        np.testing.assert_array_equal(frame.boxes, expected.boxes)
    assert len(list(WORLD.scenes("test", 14))) == 14
    other = next(PannedSceneWorld(seed=4).scenes("test", 1))
    assert (other.image != frames[0].image).any()


def test_bad_input():
    with pytest.raises(ValueError, match="frames must be an integer >= 1, got 0"):
        PannedSceneWorld(frames=0)
    with pytest.raises(ValueError, match="split must be one of train, validate, test, got 'val'"):
        WORLD.scenes("val", 1)
    with pytest.raises(ValueError, match="count must be at least 0, got -1"):
        WORLD.scenes("test", -1)
