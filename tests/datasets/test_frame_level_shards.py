"""Frame-level shards that were written here: which go where, and what is read of them."""

from collections import Counter

import numpy as np
import pytest

from compactvid.datasets import youtube8m
from compactvid.datasets.frame_choice import EvenlySpacedFrames
from compactvid.datasets.frame_level_shards import FrameLevelShards
from compactvid.datasets.sources import dequantize
from compactvid.manifests import manifest


@pytest.fixture
def shards(tmp_path, monkeypatch):
    """Write shards of a split where the manifest has them, each of one video with so many frames."""
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))

    def write(split, count, frames=5):
        rng = np.random.default_rng(count)
        for file in manifest("youtube8m_frame").splits[split].local_files()[:count]:
            video = {name: rng.integers(256, size=(frames, size), dtype=np.uint8) for name, size in SIZES.items()}
            path = tmp_path / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            youtube8m.write_frame_level(path, [{"id": path.stem, "labels": [3, 3861]} | video])
        return video

    return write


SIZES = {"rgb": 1024, "audio": 128}


def kinds(paths):
    return Counter(path.parent.name for path in paths)


def test_validation_and_test_are_of_the_official_validation_shards_and_training_of_the_rest(shards):
    shards("validate", 9)
    shards("train", 6)
    shards("test", 5)
    drawn = [FrameLevelShards(8, 2, 3, seed).prepare() for seed in range(8)]
    assert drawn[3] == FrameLevelShards(8, 2, 3, 3).prepare()
    for splits in drawn:
        assert {split: len(paths) for split, paths in splits.items()} == {"train": 8, "validate": 2, "test": 3}
        assert len({path for paths in splits.values() for path in paths}) == 13
        assert set(kinds(splits["validate"] + splits["test"])) == {"validate"}
        assert set(kinds(splits["train"])) == {"train", "validate"}
    for split in ("train", "validate", "test"):
        assert len({tuple(splits[split]) for splits in drawn}) > 5


def test_shards_that_are_missing_are_named(shards):
    assert not FrameLevelShards.present()
    with pytest.raises(FileNotFoundError, match=r"yt8m/frame/validate/validate\*.tfrecord: 0 files, but 2 are needed"):
        FrameLevelShards(0, 1, 1).prepare()
    shards("train", 3)
    assert not FrameLevelShards.present()
    shards("validate", 4)
    assert FrameLevelShards.present()
    with pytest.raises(FileNotFoundError, match="4 files, but 5 are needed; set COMPACTVID_DATA"):
        FrameLevelShards(6, 1, 1).prepare()
    assert kinds(FrameLevelShards(5, 1, 1).prepare()["train"]) == {"train": 3, "validate": 2}


def test_both_modalities_whole_and_in_halves(shards):
    video = shards("validate", 1)
    files = {split: FrameLevelShards(1, 0, 0).prepare()["train"] for split in ("train", "test")}
    inputs, labels = FrameLevelShards(1, 0, 0).read(files, "train").batch(0)
    assert {name: values.shape for name, values in inputs.items()} == {
        "rgb": (1, 300, 1024), "audio": (1, 300, 128), "num_frames": (1,),
    }  # fmt: skip
    assert labels.shape == (1, 3862)
    assert np.flatnonzero(labels).tolist() == [3, 3861]
    halved = FrameLevelShards(1, 0, 0, max_frames=6, halves=True)
    (halves, labels), (whole, _) = (halved.read(files, split).batch(0) for split in ("train", "test"))
    assert halves["num_frames"].tolist() == [3, 2]
    assert labels.sum(axis=1).tolist() == [2, 2]
    for name in SIZES:
        frames = dequantize(video[name])
        np.testing.assert_array_equal(inputs[name][0, :5], frames)
        np.testing.assert_array_equal(whole[name][0], np.pad(frames, ((0, 1), (0, 0))))
        np.testing.assert_array_equal(halves[name], [frames[:3], np.pad(frames[3:], ((0, 1), (0, 0)))])


def test_frames_are_chosen_as_asked(shards):
    video = shards("validate", 1)
    dataset = FrameLevelShards(0, 0, 1, max_frames=2, frames=EvenlySpacedFrames())
    inputs, _ = dataset.read(dataset.prepare(), "test").batch(0)
    np.testing.assert_array_equal(inputs["audio"][0], dequantize(video["audio"][[1, 3]]))
