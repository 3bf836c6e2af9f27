"""Folders of simulated clips: what the world drew, in UCF11's layout, complete or absent."""

import av
import numpy as np
import pytest

from compactvid.datasets import clips
from compactvid.datasets.simulated import ClipWorld, write_clips

WORLD = ClipWorld(seed=3, height=48, width=64, min_frames=6, max_frames=10, clips_per_group=2)
COUNTS = {"train": 30, "validate": 7, "test": 7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips") / "world"
    write_clips(folder, WORLD, COUNTS)
    return folder


def test_the_layout_is_ucf11_s(folder):
    paths = write_clips(folder, WORLD, COUNTS)  # found, not written again
    assert {split: len(files) for split, files in paths.items()} == COUNTS
    names = [path.relative_to(folder).as_posix() for path in paths["train"]]
    assert names[0] == "train/left/v_left_01/v_left_01_01.avi"
    assert names[7] == "train/left/v_left_01/v_left_01_02.avi"
    assert names[15] == "train/right/v_right_02/v_right_02_01.avi"
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert files == {folder / "world.json"} | {path for split in paths.values() for path in split}


def test_the_official_reader_finds_actions_and_groups(folder):
    found = clips.find(folder / "train")
    assert sorted({clip.action for clip in found}) == sorted(WORLD.class_names)
    by_name = {clip.name: clip for clip in found}
    for drawn in WORLD.clips("train", 30):
        clip = by_name.pop(drawn.id)
        assert (clip.action, clip.group) == (drawn.action, f"v_{drawn.action}_{drawn.group:02d}")
    assert not by_name


def test_videos_hold_the_frames_that_the_world_drew(folder):
    for split in COUNTS:
        for drawn in WORLD.clips(split, 7):
            with av.open(str(folder / split / f"{drawn.id}.avi")) as container:
                stream = container.streams.video[0]
                assert stream.codec_context.name == "mpeg4"
                assert stream.average_rate == 25
                frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            assert len(frames) == len(drawn.frames)
            # Colour at half the resolution and noise of 3 cost some grey values; luma alone, fewer.
            error = np.array(frames).astype(float) - drawn.frames
            assert np.abs(error).mean() < 6
            assert np.abs(error.mean(axis=-1)).mean() < 3


def test_bytes_are_the_same_anywhere_and_whatever_the_counts(folder, tmp_path):
    for path in write_clips(tmp_path / "fewer", WORLD, {"train": 9})["train"]:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path / "fewer")).read_bytes()


@pytest.mark.parametrize(
    ("world", "counts", "message"),
    [
        (ClipWorld(seed=3), COUNTS, "height is 48, wanted 120"),
        (WORLD, COUNTS | {"test": 8}, "counts is .*'test': 7}, wanted .*'test': 8}"),
    ],
)
def test_a_folder_of_other_clips_is_refused(folder, world, counts, message):
    with pytest.raises(ValueError, match=f"world holds another simulated world: {message}"):
        write_clips(folder, world, counts)


def test_a_missing_clip_is_named(tmp_path):
    write_clips(tmp_path / "world", WORLD, {"test": 3})["test"][1].unlink()
    missing = r"test/right/v_right_01/v_right_01_01\.avi"
    with pytest.raises(ValueError, match=f"world is incomplete: {missing} is missing"):
        write_clips(tmp_path / "world", WORLD, {"test": 3})


def test_clips_drawn_by_other_code_are_refused(folder, monkeypatch):
    draw = ClipWorld._clip
    monkeypatch.setattr(
        ClipWorld, "_clip", lambda world, split, index: draw(world, split, index)._replace(frames=np.zeros(1))
    )
    with pytest.raises(ValueError, match="first_items is"):
        write_clips(folder, WORLD, COUNTS)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "counts must name at least one split"),
        ({"train": 1.0}, r"counts\['train'\] must be an integer from 1 to 1000000, got 1\.0"),
        ({"val": 5}, "split must be one of train, validate, test, got 'val'"),
    ],
)
def test_bad_counts_are_refused_and_nothing_is_written(tmp_path, counts, message):
    with pytest.raises(ValueError, match=message):
        write_clips(tmp_path / "world", WORLD, counts)
    assert list(tmp_path.iterdir()) == []
