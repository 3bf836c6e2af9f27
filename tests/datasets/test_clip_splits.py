"""Clips of a data folder: dealt into splits by group, read like any clips, known by their content and their folders."""

import re

import numpy as np
import pytest

from compactvid.datasets import clips
from compactvid.datasets.clip_splits import FOLDERS, ClipSplits
from compactvid.datasets.frame_choice import EvenlySpacedFrames

SPLITS = ClipSplits(train=0.6, validate=0.2, test=0.2, seed=3)
ACTIONS = ("dive", "juggle")


@pytest.fixture(params=FOLDERS)
def root(request, tmp_path, monkeypatch):
    """Two actions of five groups with two clips each, whose frames are of one colour: the clip's number."""
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    root = tmp_path / request.param
    for number, action in enumerate(ACTIONS):
        for group in range(5):
            for clip in range(2):
                path = root / action / f"g{group}" / f"v_{action}_{group}_{clip}.avi"
                path.parent.mkdir(parents=True, exist_ok=True)
                colour = 100 * number + 20 * group + 10 * clip
                clips.write(path, [np.full((16, 16, 3), colour, np.uint8)] * 8)
    return root


def test_no_group_is_in_two_splits_and_every_clip_in_one(root):
    files = SPLITS.prepare()
    assert SPLITS.present()
    assert SPLITS.class_names == ACTIONS
    assert sorted(path for paths in files.values() for path in paths) == sorted(root.glob("*/*/*.avi"))
    groups = {split: {path.parent for path in paths} for split, paths in files.items()}
    assert [len(of) for of in groups.values()] == [6, 2, 2]
    assert not groups["train"] & groups["validate"]
    assert not (groups["train"] | groups["validate"]) & groups["test"]
    other = ClipSplits(train=0.6, validate=0.2, test=0.2, seed=4).prepare()
    assert other["test"] != files["test"]


def test_clips_are_read_with_the_number_of_their_action(root):
    files = SPLITS.prepare()
    batches = SPLITS.read(
        files, "test", size=(8, 8), num_frames=2, frame_choice=EvenlySpacedFrames(), batch_size=len(files["test"])
    )
    inputs, labels = batches.batch(0)
    for path, frames, label in zip(files["test"], inputs["frames"], labels, strict=True):
        action, group, clip = re.fullmatch(r"v_(\w+)_(\d)_(\d)", path.stem).groups()
        assert label.tolist() == [action == name for name in ACTIONS]
        # The codec loses a little.
        assert np.abs(frames - (100.0 * ACTIONS.index(action) + 20 * int(group) + 10 * int(clip))).max() < 5


def test_what_identifies_the_data_has_folders_and_content_in_it(root):
    found = SPLITS.fingerprint()
    assert ClipSplits(train=0.6, validate=0.2, test=0.2, seed=4).fingerprint() != found
    clip = root / "dive" / "g0" / "v_dive_0_0.avi"
    content = clip.read_bytes()
    clip.write_bytes(content + b"\0")
    assert SPLITS.fingerprint() != found
    clip.write_bytes(content)
    assert SPLITS.fingerprint() == found
    (root / "dive").rename(root / "leap")  # every name and byte of the files is as before
    assert SPLITS.fingerprint() != found


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    assert not SPLITS.present()
    with pytest.raises(FileNotFoundError, match=r"neither ucf11/UCF11_updated_mpg nor clips, with clips as ACTION"):
        SPLITS.prepare()
    for group in ("g0", "g1"):
        (tmp_path / "clips" / "dive" / group).mkdir(parents=True)
        (tmp_path / "clips" / "dive" / group / "a.avi").touch()
    with pytest.raises(ValueError, match="dive has 2 groups, too few for the split 'test'"):
        SPLITS.prepare()
