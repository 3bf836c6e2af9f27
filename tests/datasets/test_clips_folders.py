"""Clips in folders, and splits that no group straddles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets.clips_folders import Clip, find, split_by_group


@pytest.fixture
def root(tmp_path):
    """UCF11's layout: two actions of ten groups, with the folders and files that are no clips."""
    for action in ("basketball", "biking"):
        for group in range(10):
            folder = tmp_path / action / f"v_{action}_{group:02d}"
            folder.mkdir(parents=True)
            for number in range(1 + group % 3):
                (folder / f"v_{action}_{group:02d}_{number:02d}.{'avi' if number else 'mpg'}").touch()
        (tmp_path / action / "Annotation" / "v").mkdir(parents=True)
        (tmp_path / action / "Annotation" / "a.avi").touch()
        (tmp_path / action / "v_notes.txt").touch()
    (tmp_path / "biking" / "v_biking_00" / ".partial.avi").touch()
    (tmp_path / "README").touch()
    return tmp_path


def test_clips_are_found_by_action_group_and_name(root):
    clips = find(root)
    assert len(clips) == 2 * (4 * 1 + 3 * 2 + 3 * 3)
    assert clips[1] == Clip(
        root / "basketball" / "v_basketball_01" / "v_basketball_01_00.mpg", "basketball", "v_basketball_01"
    )
    assert clips[1].name == "basketball/v_basketball_01/v_basketball_01_00"
    assert [clip.name for clip in clips] == sorted(clip.name for clip in clips)


def test_real_clips(real_clips):
    assert [(clip.action, clip.group, clip.path.name) for clip in find(real_clips)] == [
        (action, f"v_{action}_g01", f"v_{action}_g01_c01.avi") for action in ("ApplyEyeMakeup", "BaseballPitch")
    ]


def test_folders_that_are_wrong(root, tmp_path_factory):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        find(root / "nowhere")
    with pytest.raises(NotADirectoryError, match="README"):
        find(root / "README")
    with pytest.raises(FileNotFoundError, match=r"no clip; expected ACTION/GROUP/CLIP\.avi"):
        find(tmp_path_factory.mktemp("empty"))
    (root / "biking" / "stray.AVI").touch()
    with pytest.raises(ValueError, match=r"biking/stray\.AVI: a clip outside of a group; expected"):
        find(root)
    (root / "biking" / "stray.AVI").unlink()
    (root / "diving" / "v_diving_01").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"diving: no clip; expected GROUP/CLIP with an ending of \.avi, \.mpg"):
        find(root)


def test_each_action_deals_its_groups_by_the_shares(root):
    splits = split_by_group(root, {"train": 0.6, "validate": 0.2, "test": 0.2}, seed=4)
    for action in ("basketball", "biking"):
        groups = [{clip.group for clip in clips if clip.action == action} for clips in splits.values()]
        assert [len(of_split) for of_split in groups] == [6, 2, 2]
    assert sorted((clip for clips in splits.values() for clip in clips), key=lambda clip: clip.name) == find(root)
    others = [split_by_group(root, {"train": 0.6, "validate": 0.2, "test": 0.2}, seed=seed) for seed in (4, 5)]
    assert others[0] == splits
    assert others[1] != splits


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 2**40))
def test_no_group_straddles_splits(tmp_path_factory, weights, seed):
    root = tmp_path_factory.getbasetemp() / "groups"
    if not root.exists():
        for number in range(40):
            (root / "a" / f"g{number:02d}").mkdir(parents=True)
            for clip in "xy":
                (root / "a" / f"g{number:02d}" / f"{clip}.avi").touch()
    shares = {f"s{number}": weight / sum(weights) for number, weight in enumerate(weights)}
    groups = {split: {clip.group for clip in clips} for split, clips in split_by_group(root, shares, seed=seed).items()}
    assert sorted(group for of_split in groups.values() for group in of_split) == [f"g{i:02d}" for i in range(40)]
    for split, share in shares.items():
        assert abs(len(groups[split]) - 40 * share) <= 1


@pytest.mark.parametrize(
    ("shares", "problem"),
    [
        ({}, "shares must be > 0 and add up to 1, got {}"),
        ({"a": 0.5, "b": 0.4}, "shares must be > 0 and add up to 1"),
        ({"a": 1.5, "b": -0.5}, "shares must be > 0 and add up to 1"),
        ({"a": 0.96, "b": 0.04}, "basketball has 10 groups, too few for the split 'b'"),
    ],
)
def test_shares_that_are_wrong(root, shares, problem):
    with pytest.raises(ValueError, match=problem):
        split_by_group(root, shares, seed=0)
