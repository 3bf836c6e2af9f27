"""Folders of simulated shards: official files, complete or absent."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from compactvid.datasets import youtube8m
from compactvid.datasets.simulated import VideoWorld, write_frame_level, write_video_level

WORLD = VideoWorld(seed=3)
COUNTS = {"train": 25, "validate": 10, "test": 1}
WRITER = """
import sys
from pathlib import Path
from compactvid.datasets import youtube8m
from compactvid.datasets.simulated import VideoWorld, write_frame_level
written, write = [], youtube8m.write_frame_level
youtube8m.write_frame_level = lambda path, examples: written.append(path) or write(path, examples)
print("ready", flush=True)
sys.stdin.readline()
write_frame_level(sys.argv[1], VideoWorld(seed=3), {"train": int(sys.argv[2])}, videos_per_shard=100)
print(len(written), flush=True)
"""


def _writer(folder, count) -> subprocess.Popen:
    """A process that writes when its input is closed or gets a line; it has said "ready" when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def _state(folder) -> dict:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.mark.parametrize("write", [write_frame_level, write_video_level])
def test_shards_have_official_names_and_only_the_last_is_short(tmp_path, write):
    paths = write(tmp_path / "shards", WORLD, COUNTS, videos_per_shard=10)
    assert {split: [path.name for path in shards] for split, shards in paths.items()} == {
        "train": ["train0000.tfrecord", "train0001.tfrecord", "train0002.tfrecord"],
        "validate": ["validate0000.tfrecord"],
        "test": ["test0000.tfrecord"],
    }
    expected = {path for shards in paths.values() for path in shards} | {tmp_path / "shards" / "world.json"}
    assert set((tmp_path / "shards").iterdir()) == expected


def test_tensorflow_reads_back_what_the_world_draws(tmp_path):
    import tensorflow as tf

    frame_level = write_frame_level(tmp_path / "frames", WORLD, COUNTS, videos_per_shard=10)
    video_level = write_video_level(tmp_path / "videos", WORLD, COUNTS, videos_per_shard=10)
    assert [len(list(tf.data.TFRecordDataset(str(path)))) for path in frame_level["train"]] == [10, 10, 5]
    context = {"id": tf.io.FixedLenFeature([], tf.string), "labels": tf.io.VarLenFeature(tf.int64)}
    for split, count in COUNTS.items():
        records = list(tf.data.TFRecordDataset([str(path) for path in frame_level[split]]))
        lists = {name: tf.io.FixedLenSequenceFeature([], tf.string) for name in ("rgb", "audio")}
        for record, video in zip(records, WORLD.videos(split, count), strict=True):
            example = video.frame_level_example()
            head, frames = tf.io.parse_single_sequence_example(record, context, lists)
            assert head["id"].numpy().decode() == example["id"]
            np.testing.assert_array_equal(head["labels"].values.numpy(), example["labels"])
            for name in ("rgb", "audio"):
                np.testing.assert_array_equal(tf.io.decode_raw(frames[name], tf.uint8).numpy(), example[name])

        records = list(tf.data.TFRecordDataset([str(path) for path in video_level[split]]))
        means = {
            "mean_rgb": tf.io.FixedLenFeature([64], tf.float32),
            "mean_audio": tf.io.FixedLenFeature([16], tf.float32),
        }
        for record, video in zip(records, WORLD.videos(split, count), strict=True):
            example = video.video_level_example()
            parsed = tf.io.parse_single_example(record, context | means)
            assert parsed["id"].numpy().decode() == example["id"]
            np.testing.assert_array_equal(parsed["labels"].values.numpy(), example["labels"])
            for name in means:
                np.testing.assert_array_equal(parsed[name].numpy(), example[name])


def test_a_complete_folder_is_left_as_it_is(tmp_path):
    folder = tmp_path / "shards"
    first = write_frame_level(folder, WORLD, COUNTS)
    before = _state(folder)
    assert write_frame_level(folder, VideoWorld(seed=3), dict(COUNTS)) == first
    assert _state(folder) == before


def test_an_empty_folder_and_missing_parents_are_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "not" / "yet"):
        assert all(path.is_file() for path in write_video_level(folder, WORLD, {"test": 3})["test"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: write_frame_level(folder, VideoWorld(seed=4), COUNTS), "seed is 3, wanted 4"),
        (
            lambda folder: write_frame_level(folder, WORLD, COUNTS | {"test": 2}),
            "counts is .*'test': 1}, wanted .*'test': 2}",
        ),
        (
            lambda folder: write_frame_level(folder, WORLD, COUNTS, videos_per_shard=7),
            "videos_per_shard is 500, wanted 7",
        ),
        (lambda folder: write_video_level(folder, WORLD, COUNTS), "level is frame level, wanted video level"),
    ],
)
def test_a_folder_of_other_videos_is_refused_and_kept(tmp_path, change, message):
    write_frame_level(tmp_path / "shards", WORLD, COUNTS)
    before = _state(tmp_path / "shards")
    with pytest.raises(ValueError, match=f"shards holds another simulated world: {message}"):
        change(tmp_path / "shards")
    assert _state(tmp_path / "shards") == before


def test_videos_drawn_by_other_code_are_refused(tmp_path, monkeypatch):
    write_frame_level(tmp_path / "shards", WORLD, COUNTS)
    draw = VideoWorld._video
    monkeypatch.setattr(
        VideoWorld,
        "_video",
        lambda world, split, index: draw(world, split, index)._replace(rgb=np.ones((2, 64), np.uint8)),
    )
    with pytest.raises(ValueError, match="first_items is"):
        write_frame_level(tmp_path / "shards", WORLD, COUNTS)


def test_a_missing_shard_is_named(tmp_path):
    write_frame_level(tmp_path / "shards", WORLD, COUNTS, videos_per_shard=10)["train"][1].unlink()
    with pytest.raises(ValueError, match=r"shards is incomplete: train0001\.tfrecord is missing"):
        write_frame_level(tmp_path / "shards", WORLD, COUNTS, videos_per_shard=10)


@pytest.mark.parametrize("content", [None, "{", "[1]", "3"])
def test_a_folder_of_something_else_is_refused_and_kept(tmp_path, content):
    (tmp_path / "mine").write_text("keep")
    if content is not None:
        (tmp_path / "world.json").write_text(content)
    with pytest.raises(ValueError, match=r"exists but holds no simulated world: no readable world\.json"):
        write_frame_level(tmp_path, WORLD, COUNTS)
    with pytest.raises(ValueError, match="exists but holds no simulated world"):
        write_frame_level(tmp_path / "mine", WORLD, COUNTS)
    assert (tmp_path / "mine").read_text() == "keep"


@pytest.mark.parametrize(
    ("counts", "videos_per_shard", "message"),
    [
        ({}, 500, "counts must name at least one split"),
        ({"train": 0}, 500, r"counts\['train'\] must be an integer from 1 to 1000000, got 0"),
        ({"train": 2.0}, 500, r"counts\['train'\] must be an integer .* got 2\.0"),
        ({"test": 1_000_001}, 2, r"counts\['test'\] must be an integer from 1 to 1000000, got 1000001"),
        ({"valid": 5}, 500, "split must be one of train, validate, test, got 'valid'"),
        ({"train": 5}, 0, "videos_per_shard must be an integer >= 1, got 0"),
    ],
)
def test_bad_counts_are_refused_and_nothing_is_written(tmp_path, counts, videos_per_shard, message):
    with pytest.raises(ValueError, match=message):
        write_frame_level(tmp_path / "shards", WORLD, counts, videos_per_shard=videos_per_shard)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_no_folder(tmp_path, monkeypatch):
    write = youtube8m.write_frame_level

    def fails_at_validate(path, examples):
        if path.name.startswith("validate"):
            raise OSError("disk full")
        write(path, examples)

    with monkeypatch.context() as patch:
        patch.setattr(youtube8m, "write_frame_level", fails_at_validate)
        with pytest.raises(OSError, match="disk full"):
            write_frame_level(tmp_path / "shards", WORLD, COUNTS)
    assert not (tmp_path / "shards").exists()
    write_frame_level(tmp_path / "shards", WORLD, COUNTS)
    assert json.loads((tmp_path / "shards" / "world.json").read_text())["counts"] == COUNTS


def test_a_killed_writer_leaves_nothing_that_is_taken_for_finished(tmp_path):
    folder = tmp_path / "shards"
    process = _writer(folder, 1_000_000)
    process.stdin.write("\n")
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*/train0002.tfrecord")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert list(tmp_path.glob("*/train0002.tfrecord"))
    assert not folder.exists()

    paths = write_frame_level(folder, WORLD, {"train": 250}, videos_per_shard=100)
    assert len(paths["train"]) == 3
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["shards"]


def test_of_several_writers_one_writes(tmp_path):
    processes = [_writer(tmp_path / "shards", 1000) for _ in range(2)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    written = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(written) == [0, 10]
    assert len(list((tmp_path / "shards").glob("train*.tfrecord"))) == 10
