"""Frames of simulated clips, against the same clips decoded whole."""

import numpy as np
import pytest

from compactvid.datasets.clip_frames import ClipFrames
from compactvid.datasets.clips_video import read_frames
from compactvid.datasets.simulated import ClipWorld
from compactvid.datasets.simulated_splits import SimulatedClips
from compactvid.datasets.voc_images import letterbox_box

WORLD = ClipWorld(height=48, width=64, min_frames=5, max_frames=9, seed=1)
FRAMES = ClipFrames(SimulatedClips(WORLD, 1, 1, 3), "test", clips=2, frames=3, size=(48, 64))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FRAMES.prepare(tmp_path_factory.mktemp("frames") / "clips")


def test_frames_are_the_first_the_middle_and_the_last(files):
    images = FRAMES.images(files)
    expected = {}
    for path, clip in zip(files["test"], WORLD.clips("test", 2), strict=False):
        last = len(clip.frames) - 1
        whole = read_frames(path, range(last + 1), (48, 64))
        expected |= {f"{path.stem}, frame {place + 1}": whole[place] for place in (0, round(last / 2), last)}
    assert list(images) == list(expected)
    for name, image in images.items():
        np.testing.assert_array_equal(image, expected[name])


def test_batches_are_letterboxed_frames_without_objects(files):
    batches = FRAMES.read(files, "test", size=(96, 96), batch_size=4)
    (inputs, objects), (rest, _) = batches
    assert inputs["image"].shape == (4, 96, 96, 3)
    assert len(rest["image"]) == 2
    assert objects.shape == (4, 0, 6)
    assert inputs["image_size"].tolist() == [[48, 64]] * 4
    assert batches.ids(1) == list(FRAMES.images(files))[4:]
    top, _, height, _ = letterbox_box((48, 64), (96, 96))
    assert (inputs["image"][:, :top] == 128).all()
    assert (inputs["image"][:, top : top + height].std(axis=(1, 2)) > 1).all()


def test_it_is_known_by_its_clips_and_refuses_others(files):
    assert FRAMES.fingerprint() is None
    with pytest.raises(ValueError, match="frames of split 'test', not 'train'"):
        FRAMES.read(files, "train", size=(96, 96))
    with pytest.raises(ValueError, match="frames must be at least 2, not 1"):
        ClipFrames(FRAMES.source, "test", frames=1)
