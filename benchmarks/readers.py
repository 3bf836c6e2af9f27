"""How fast shards are read, as ratios against TensorFlow's parsers in the same process.

    python benchmarks/readers.py [--rounds 7] [--frame-videos 1024]

Every candidate makes the same batches (checked first): video level 1,024 videos, frame level 128 videos of 300 padded
frames. The candidates take turns, so that a busy machine slows all of them; medians over the rounds. The peers:

- per example: `tf.data` map of `tf.io.parse_single_example` (frame level: `parse_single_sequence_example`, decode,
  dequantise, pad), then batch: what the challenge's readers.py does to each example, without its queues;
- batched: `tf.io.parse_example` on 1,024 records, that code's path at video level;
- each with one call after the other, and with `num_parallel_calls=AUTOTUNE`; ours in one thread, and with two threads
  that ask for batches in turn;
- at frame level also the challenge's own pipeline (`challenge_pipeline`), with 1 and its default of 8 readers. Its
  queues fill up in the background, so it cannot take turns: its batches are timed once the queue has run down.

Real video-level shards are read where COMPACTVID_DATA points at them; else, and at frame level, shards written here.
"""

import argparse
import importlib.metadata
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from challenge_pipeline import challenge_batches

from compactvid.datasets import youtube8m
from compactvid.datasets.batches import Batches

SIZES = {"mean_rgb": 1024, "mean_audio": 128}
FRAME_SIZES = {"rgb": 1024, "audio": 128}
MAX_FRAMES = 300
CLOCKS = time.perf_counter, time.process_time


def label_vector(labels: tf.SparseTensor) -> tf.Tensor:
    """One example's labels as a boolean vector (classes,)."""
    ones = tf.ones_like(labels.values, tf.bool)
    sparse = tf.SparseTensor(labels.values[:, None], ones, (youtube8m.NUM_CLASSES,))
    return tf.sparse.to_dense(sparse, default_value=False, validate_indices=False)


VIDEO_FEATURES = {name: tf.io.FixedLenFeature([size], tf.float32) for name, size in SIZES.items()} | {
    "id": tf.io.FixedLenFeature([], tf.string),
    "labels": tf.io.VarLenFeature(tf.int64),
}


def parse_video(record: tf.Tensor):
    features = tf.io.parse_single_example(record, VIDEO_FEATURES)
    return {name: features[name] for name in SIZES}, label_vector(features["labels"])


def parse_videos(records: tf.Tensor):
    features = tf.io.parse_example(records, VIDEO_FEATURES)
    return {name: features[name] for name in SIZES}, tf.sparse.to_indicator(features["labels"], youtube8m.NUM_CLASSES)


def parse_frames(record: tf.Tensor):
    context, lists = tf.io.parse_single_sequence_example(
        record,
        {"id": tf.io.FixedLenFeature([], tf.string), "labels": tf.io.VarLenFeature(tf.int64)},
        {name: tf.io.FixedLenSequenceFeature([], tf.string) for name in FRAME_SIZES},
    )
    inputs = {}
    for name, size in FRAME_SIZES.items():
        frames = tf.cast(tf.reshape(tf.io.decode_raw(lists[name], tf.uint8), [-1, size]), tf.float32)
        frames = (frames * (4 / 255.0) + (4 / 512.0 - 2))[:MAX_FRAMES]
        inputs["num_frames"] = tf.shape(frames)[0]
        padded = tf.pad(frames, [[0, MAX_FRAMES - tf.shape(frames)[0]], [0, 0]])
        inputs[name] = tf.ensure_shape(padded, [MAX_FRAMES, size])
    return inputs, label_vector(context["labels"])


def write_video_shard(path: Path, videos: int) -> None:
    random = np.random.default_rng(0)
    youtube8m.write_video_level(
        path,
        (
            {"id": f"v{index:03}", "labels": random.choice(youtube8m.NUM_CLASSES, 3, replace=False)}
            | {name: random.uniform(-2, 2, size).astype(np.float32) for name, size in SIZES.items()}
            for index in range(videos)
        ),
    )


def write_frame_shard(path: Path, videos: int) -> None:
    """Videos of 120 to 300 frames, as in the data set."""
    random = np.random.default_rng(0)
    lengths = random.integers(120, 301, videos)
    youtube8m.write_frame_level(
        path,
        (
            {"id": f"v{index:03}", "labels": random.choice(youtube8m.NUM_CLASSES, 3, replace=False)}
            | {name: random.integers(0, 256, (frames, size), np.uint8) for name, size in FRAME_SIZES.items()}
            for index, frames in enumerate(lengths.tolist())
        ),
    )


def in_threads(batches: Batches, threads: int = 2) -> Iterator:
    """An epoch whose batches are made by some threads, no more than one ahead each."""
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(batches.batch, step) for step in range(min(threads, len(batches)))]
        for step in range(threads, len(batches) + threads):
            yield waiting.pop(0).result()
            if step < len(batches):
                waiting.append(pool.submit(batches.batch, step))


def time_challenge(frames: str, ours: Batches, readers: int, batches: int) -> tuple[float, float]:
    """Elapsed and processor seconds a video of the challenge's pipeline, whose first batch is compared with ours."""
    with challenge_batches(frames, FRAME_SIZES, MAX_FRAMES, youtube8m.NUM_CLASSES, ours.batch_size, readers) as theirs:
        batch = next(theirs)
        for row, video_id in enumerate(batch["video_ids"]):
            inputs, labels = ours.source.load(np.array([int(video_id[1:])]), 0)
            expected = np.concatenate([inputs[name][0] for name in FRAME_SIZES], axis=1)
            np.testing.assert_array_equal(batch["video_matrix"][row], expected)
            np.testing.assert_array_equal(batch["labels"][row], labels[0])
        for _ in range(8):  # more than the queue holds
            next(theirs)
        start = [clock() for clock in CLOCKS]
        for _ in range(batches):
            next(theirs)
        elapsed, processor = (clock() - begun for clock, begun in zip(CLOCKS, start, strict=True))
    videos = batches * ours.batch_size
    return elapsed / videos, processor / videos


def race(
    title: str,
    videos: int,
    candidates: dict[str, Callable[[], Iterable]],
    rounds: int,
    peers: list[str],
    timed: dict[str, tuple[float, float]],
) -> None:
    """Time an epoch of each candidate, in turns, and print medians and how many times as fast as the peers it is.

    Elapsed time, and in brackets the processor's time, all threads together. `timed` holds what was timed before.
    """
    seconds: dict[str, list[tuple[float, ...]]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, make in candidates.items():
            start = [clock() for clock in CLOCKS]
            for _ in make():
                pass
            if number:  # the first round warms up
                seconds[name].append(tuple(clock() - begun for clock, begun in zip(CLOCKS, start, strict=True)))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in seconds.items()
    } | {name: [videos * value for value in values] for name, values in timed.items()}
    print(f"\n{title}, {videos:,} videos, median of {rounds} epochs, elapsed (processor)")
    print(f"{'':42}{'µs/video':>18}" + "".join(f"{'x ' + peer:>36}" for peer in peers))
    for name, (elapsed, processor) in medians.items():
        times = f"{1e6 * elapsed / videos:.1f} ({1e6 * processor / videos:.1f})"
        ratios = [f"{medians[peer][0] / elapsed:.2f} ({medians[peer][1] / processor:.2f})" for peer in peers]
        print(f"{name:42}{times:>18}" + "".join(f"{ratio:>36}" for ratio in ratios))


def assert_equal(ours, theirs) -> None:
    for name, values in theirs[0].items():
        np.testing.assert_array_equal(ours[0][name], values.numpy(), err_msg=name)
    np.testing.assert_array_equal(ours[1], theirs[1].numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--frame-videos", type=int, default=1024)
    arguments = parser.parse_args()
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "google-crc32c", "tensorflow")
    )
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores, {platform.machine()}")

    with tempfile.TemporaryDirectory() as folder:
        videos = sorted(map(str, Path(os.environ.get("COMPACTVID_DATA", folder)).glob("yt8m/video/*/*.tfrecord")))
        source = "real shards"
        if not videos:
            videos, source = [f"{folder}/videos.tfrecord"], "written shard"
            write_video_shard(Path(videos[0]), 10_000)
        frames = f"{folder}/frames.tfrecord"
        write_frame_shard(Path(frames), arguments.frame_videos)

        auto = {"num_parallel_calls": tf.data.AUTOTUNE}
        records = tf.data.TFRecordDataset(videos)
        ours = youtube8m.read_video_level(videos)
        shuffled = youtube8m.read_video_level(videos, seed=0)
        peers = {
            "TensorFlow per example": records.map(parse_video).batch(1024),
            "TensorFlow per example, parallel": records.map(parse_video, **auto).batch(1024).prefetch(2),
            "TensorFlow batched": records.batch(1024).map(parse_videos),
            "TensorFlow batched, parallel": records.batch(1024).map(parse_videos, **auto).prefetch(2),
        }
        for peer in peers.values():
            assert_equal(ours.batch(0), next(iter(peer)))
        candidates = {name: (lambda peer=peer: peer) for name, peer in peers.items()}
        candidates |= {
            "compactvid, order of the files": lambda: ours,
            "compactvid, shuffled": lambda: shuffled,
            "compactvid, scanning the files included": lambda: youtube8m.read_video_level(videos),
        }
        race(f"Video level, {source}", ours.num_examples, candidates, arguments.rounds, list(peers)[::2], {})

        record = tf.data.TFRecordDataset(frames)
        floats = youtube8m.read_frame_level(frames)
        bytes_ = youtube8m.read_frame_level(frames, dequantized=False)
        peers = {
            "TensorFlow per example": record.map(parse_frames).batch(128),
            "TensorFlow per example, parallel": record.map(parse_frames, **auto).batch(128).prefetch(2),
        }
        for peer in peers.values():
            assert_equal(floats.batch(0), next(iter(peer)))
        candidates = {name: (lambda peer=peer: peer) for name, peer in peers.items()}
        candidates |= {
            "compactvid, float32": lambda: floats,
            "compactvid, float32, two threads": lambda: in_threads(floats),
            "compactvid, kept uint8 (less work)": lambda: bytes_,
            "compactvid, kept uint8, two threads": lambda: in_threads(bytes_),
        }
        pipelines = {
            f"challenge's pipeline, {readers} readers": time_challenge(frames, floats, readers, 16)
            for readers in (1, 8)
        }
        race(
            "Frame level, written shard",
            floats.num_examples,
            candidates,
            arguments.rounds,
            ["TensorFlow per example", *pipelines],
            pipelines,
        )


if __name__ == "__main__":
    main()
