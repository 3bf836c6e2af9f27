"""Real files as data sets: which are drawn, what identifies them, and what is said where they are missing."""

import os
from pathlib import Path

import pytest

from compactvid.datasets import audioset
from compactvid.datasets.audioset_files import AudioSetFiles
from compactvid.datasets.audioset_splits import AudioSetSplits
from compactvid.datasets.clip_folder import ClipFolder
from compactvid.datasets.folded_weights import FoldedWeights
from compactvid.datasets.frame_level_shards import FrameLevelShards
from compactvid.datasets.real_files import content_digest, find_files, require_files
from compactvid.datasets.video_level_shards import VideoLevelShards
from compactvid.datasets.voc_folder import VocFolder

PLACES = {
    AudioSetFiles: ("audioset/balanced_train/{}.tfrecord", AudioSetFiles(train=3)),
    AudioSetSplits: ("audioset/balanced_train/{}.tfrecord", AudioSetSplits(1, 1, 1)),
    FrameLevelShards: ("yt8m/frame/validate/validate{}.tfrecord", FrameLevelShards(1, 1, 1)),
    VideoLevelShards: ("yt8m/video/validate/validate{}.tfrecord", VideoLevelShards(1, 1, 1)),
    VocFolder: ("voc100/Annotations/{}.xml", VocFolder()),
    ClipFolder: ("clips/walk/g01/{}.avi", ClipFolder()),
    FoldedWeights: ("tiny_yolov2_partial/conv{}_W.bin", FoldedWeights()),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))

    def fill(pattern, names, content="{}"):
        for name in names:
            path = tmp_path / pattern.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.format(name))
        return tmp_path

    return fill


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.__name__)
def test_present_prepared_and_identified_by_content(kind, folder):
    pattern, dataset = PLACES[kind]
    folder(pattern, [])
    assert not dataset.present()
    with pytest.raises((FileNotFoundError, OSError)):
        dataset.prepare()
    root = folder(pattern, "123")
    assert dataset.present()
    files = [path for paths in dataset.prepare().values() for path in paths]
    assert {path.relative_to(root).as_posix() for path in files} == {pattern.format(name) for name in "123"}
    before = dataset.fingerprint()
    assert dataset.fingerprint() == before
    folder(pattern, "2", content="other {}")
    assert dataset.fingerprint() != before


def test_a_digest_knows_names_splits_and_order(folder):
    root = folder("{}", "abc", content="same")
    a, b, c = (root / name for name in "abc")
    known = {
        content_digest(files)
        for files in (
            {"x": [a]},
            {"x": [b]},
            {"y": [a]},
            {"x": [a, b]},
            {"x": [b, a]},
            {"x": [a], "y": [b]},
            {"x": [c]},
        )
    }
    assert len(known) == 7


def test_files_are_sorted_and_too_few_are_named(folder):
    root = folder("some/{}.txt", "bac")
    (root / "some" / "folder.txt").mkdir()
    assert [path.stem for path in find_files("some/*.txt")] == ["a", "b", "c"]
    with pytest.raises(FileNotFoundError, match=r"some/\*.txt: 3 files, but 4 are needed; set COMPACTVID_DATA"):
        require_files("some/*.txt", 4)


def test_a_sample_is_drawn_by_its_seed(folder):
    folder(PLACES[AudioSetFiles][0], [f"{number:02d}" for number in range(30)])
    drawn = [tuple(AudioSetFiles(5, seed).prepare()["train"]) for seed in range(8)]
    assert drawn == [tuple(AudioSetFiles(5, seed).prepare()["train"]) for seed in range(8)]
    assert len(set(drawn)) == 8
    assert all(list(files) == sorted(set(files)) for files in drawn)


def test_splits_are_drawn_by_their_seed_and_share_no_file(folder):
    folder(PLACES[AudioSetSplits][0], [f"{number:02d}" for number in range(30)])
    drawn = [AudioSetSplits(12, 8, 5, seed).prepare() for seed in range(8)]
    assert drawn[3] == AudioSetSplits(12, 8, 5, 3).prepare()
    for splits in drawn:
        assert {split: len(paths) for split, paths in splits.items()} == {"train": 12, "validate": 8, "test": 5}
        assert len(set().union(*splits.values())) == 25
    assert len({tuple(splits["test"]) for splits in drawn}) == 8


@pytest.fixture
def real_audioset():
    folder = Path(os.environ.get("COMPACTVID_DATA", "nowhere")) / "audioset" / "balanced_train"
    if not folder.is_dir():
        pytest.skip(f"no AudioSet files: {folder} (set COMPACTVID_DATA to a folder that has them)")


def test_splits_of_real_clips_have_the_readers_content_under_youtube8ms_name(real_audioset):
    dataset = AudioSetSplits(1, 2, 3)
    files = dataset.prepare()
    for split in ("train", "validate", "test"):
        inputs, labels = dataset.read(files, split).batch(0)
        expected, expected_labels = audioset.read_frame_level(files[split]).batch(0)
        assert set(inputs) == {"audio", "num_frames"}
        assert inputs["audio"].tobytes() == expected["audio_embedding"].tobytes()
        assert inputs["num_frames"].tolist() == expected["num_frames"].tolist()
        assert (labels == expected_labels).all()


def test_real_clips_of_audioset_are_read(real_audioset):
    files = AudioSetFiles(2)
    batches = files.read(files.prepare(), "train", batch_size=4, dequantized=False)
    inputs, labels = batches.batch(0)
    assert inputs["audio_embedding"].shape == (4, 10, 128)
    assert inputs["audio_embedding"].dtype == "uint8"
    assert labels.shape == (4, 527)
    assert (labels.sum(axis=1) > 0).all()
