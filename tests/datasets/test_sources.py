"""Which frames, halves and labels an example has, beside plain loops over the examples that were written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets import youtube8m
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.sources import dequantize
from compactvid.datasets.tfrecord import write_records

SIZES = {"rgb": 5, "audio": 2}
CLASSES = 4


def videos(lengths: list[int]) -> list[dict]:
    random = np.random.default_rng(len(lengths))
    return [
        {"id": f"v{index}", "labels": [index % CLASSES]}
        | {name: random.integers(0, 256, (frames, size), np.uint8) for name, size in SIZES.items()}
        for index, frames in enumerate(lengths)
    ]


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    return tmp_path_factory.mktemp("shards") / "file.tfrecord"


def read(path, **options):
    defaults = {"num_classes": CLASSES, "feature_sizes": SIZES, "dequantized": False, "batch_size": 3}
    return youtube8m.read_frame_level(path, **defaults | options)


def split_as_released(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As the code of Araujo et al. splits a video: into n / 2 and n / 2 frames, or n // 2 + 1 and n // 2."""
    half = len(frames) // 2
    sizes = [half, half] if len(frames) % 2 == 0 else [half + 1, half]
    first, second = frames[: sizes[0]], frames[sizes[0] : sizes[0] + sizes[1]]
    return first, second if len(second) else first


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 6), st.integers(1, 5))
def test_halves_are_examples_of_their_own(shard, lengths, max_frames, batch_size):
    examples = videos(lengths)
    youtube8m.write_frame_level(shard, examples)
    batches = read(shard, max_frames=max_frames, halves=True, batch_size=batch_size)
    assert batches.num_examples == 2 * len(examples)
    halves = [(example, half) for example in examples for half in (0, 1)]
    for step, (inputs, labels) in enumerate(batches):
        expected = halves[step * batch_size : (step + 1) * batch_size]
        assert batches.ids(step) == [example["id"] for example, _ in expected]
        assert labels.argmax(axis=1).tolist() == [example["labels"][0] for example, _ in expected]
        for row, (example, half) in enumerate(expected):
            for name, size in SIZES.items():
                frames = split_as_released(example[name])[half][:max_frames]
                padding = np.zeros((max_frames - len(frames), size), np.uint8)
                np.testing.assert_array_equal(inputs[name][row], np.concatenate([frames, padding]))
                assert inputs["num_frames"][row] == len(frames)


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("choice", [RandomFrames(3), RandomFrames(3, replace=False)], ids=["random", "subset"])
def test_chosen_frames_are_drawn_for_each_epoch_and_example(shard, choice, halves):
    examples = videos([4, 1, 9, 2, 7])
    youtube8m.write_frame_level(shard, examples)
    batches = read(shard, frames=choice, max_frames=3, halves=halves)
    floats = read(shard, frames=choice, max_frames=3, halves=halves, dequantized=True)
    for step in (0, 1, len(batches), 5 * len(batches) + 1):
        epoch, place = divmod(step, len(batches))
        inputs, _ = batches.batch(step)
        dequantized, _ = floats.batch(step)
        for row in range(len(inputs["num_frames"])):
            number = 3 * place + row
            video = examples[number // 2 if halves else number]
            for name in SIZES:
                frames = split_as_released(video[name])[number % 2] if halves else video[name]
                expected = frames[choice(len(frames), 3, epoch, number)]
                kept = len(expected)
                assert inputs["num_frames"][row] == kept
                np.testing.assert_array_equal(inputs[name][row, :kept], expected)
                assert not inputs[name][row, kept:].any()
                np.testing.assert_array_equal(dequantized[name][row, :kept], dequantize(expected))
                assert not dequantized[name][row, kept:].any()


def test_resumed_reading_draws_the_same_frames(shard):
    youtube8m.write_frame_level(shard, videos([9] * 7))
    options = {"frames": RandomFrames(5), "max_frames": 4, "seed": 1}
    undisturbed = [read(shard, **options).batch(step)[0]["rgb"] for step in range(6)]
    resumed = read(shard, **options)
    for step in (5, 3, 4):
        np.testing.assert_array_equal(resumed.batch(step)[0]["rgb"], undisturbed[step])


@pytest.mark.parametrize("labels", [[1], None], ids=["labels there", "no labels"])
def test_frames_without_labels(shard, tensorflow_sequence_example, labels):
    context = {"id": b"v"} | ({"labels": labels} if labels else {})
    write_records(shard, [tensorflow_sequence_example(context, rgb=[b"12345"], audio=[b"12"])] * 2)
    batches = read(shard, num_classes=None)
    ((inputs, found),) = batches
    assert (found.shape, found.dtype) == ((2, 0), np.uint8)
    assert inputs["rgb"][1, 0].tobytes() == b"12345"
    assert batches.ids(0) == ["v", "v"]


@pytest.mark.parametrize("labels", [[1], None], ids=["labels there", "no labels"])
def test_videos_without_labels(shard, tensorflow_example, labels):
    context = {"id": b"v"} | ({"labels": labels} if labels else {})
    write_records(shard, [tensorflow_example(**context, mean_rgb=np.arange(3, dtype=np.float32))] * 2)
    batches = youtube8m.read_video_level(shard, num_classes=None, feature_sizes={"mean_rgb": 3})
    ((inputs, found),) = batches
    assert (found.shape, found.dtype) == ((2, 0), np.uint8)
    assert inputs["mean_rgb"].tolist() == [[0, 1, 2]] * 2
    assert batches.ids(0) == ["v", "v"]
