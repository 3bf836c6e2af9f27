"""Batches by number: the order of examples, and what Keras and TensorFlow get."""

import itertools
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets import audioset, youtube8m
from compactvid.datasets.batches import Batches
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.protobuf import encode_sequence_example
from compactvid.datasets.tfrecord import index_records, write_records

SIZES = {"mean_rgb": 3, "mean_audio": 2}


class Numbers:
    """A source whose examples are their own numbers."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def load(self, indices, epoch):
        return {"x": indices.astype(np.float32)[:, None]}, indices[:, None].astype(np.uint8)

    def ids(self, indices):
        return [str(index) for index in indices]


def numbers(batch) -> list[int]:
    return batch[0]["x"][:, 0].astype(int).tolist()


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder, random, paths = tmp_path_factory.mktemp("shards"), np.random.default_rng(0), []
    for number, count in enumerate((5, 1, 4)):
        paths.append(folder / f"{number}.tfrecord")
        youtube8m.write_video_level(
            paths[-1],
            [
                {"id": f"{number}{index}", "labels": [number]}
                | {name: random.normal(size=size).astype(np.float32) for name, size in SIZES.items()}
                for index in range(count)
            ],
        )
    clips = [{"video_id": f"c{index}".encode(), "labels": np.array([index % 4])} for index in range(7)]
    frames = [{"audio_embedding": [random.bytes(3) for _ in range(1 + index)]} for index in range(7)]
    write_records(folder / "clips.tfrecord", map(encode_sequence_example, clips, frames))
    data = bytearray((folder / "clips.tfrecord").read_bytes())
    data[index_records(folder / "clips.tfrecord")[0][2] + 20] ^= 1
    (folder / "clips.tfrecord").write_bytes(data)
    return paths


def read(shards, **options):
    return youtube8m.read_video_level(shards, num_classes=4, feature_sizes=SIZES, **{"batch_size": 3} | options)


@given(st.integers(1, 40), st.integers(1, 12), st.one_of(st.none(), st.integers(0, 2**64)), st.integers(0, 3))
def test_every_epoch_holds_every_example_once(count, batch_size, seed, epoch):
    batches = Batches(Numbers(count), batch_size=batch_size, seed=seed)
    steps = range(epoch * len(batches), (epoch + 1) * len(batches))
    read = [numbers(batches.batch(step)) for step in steps]
    assert sorted(itertools.chain(*read)) == list(range(count))
    assert [len(batch) for batch in read[:-1]] == [batch_size] * (len(batches) - 1)
    assert len(batches) == -(-count // batch_size)
    assert batches.num_examples == count
    if seed is None:
        assert list(itertools.chain(*read)) == list(range(count))


def test_a_batch_depends_on_files_seed_and_step_alone(shards):
    batches = read(shards, seed=7)
    forwards = [batches.batch(step) for step in range(12)]
    other = pickle.loads(pickle.dumps(read(shards, seed=7)))
    for step in (11, 3, 0, 3, 8, 4):
        inputs, labels = other.batch(step)
        for name in SIZES:
            np.testing.assert_array_equal(inputs[name], forwards[step][0][name])
        np.testing.assert_array_equal(labels, forwards[step][1])


def test_the_permutation_is_numpys():
    """Resumed runs rely on the draw staying the same: NumPy's default generator, seeded with seed and epoch."""
    batches = Batches(Numbers(10), batch_size=4, seed=3)
    for epoch in (0, 1, 5):
        order = np.random.default_rng([3, epoch]).permutation(10)
        expected = [sorted(order[:4]), sorted(order[4:8]), sorted(order[8:])]
        assert [numbers(batches.batch(3 * epoch + place)) for place in range(3)] == expected


def test_seeds_and_epochs_differ():
    epochs = {
        (seed, epoch): tuple(tuple(numbers(batches.batch(10 * epoch + place))) for place in range(10))
        for seed in range(3)
        for batches in [Batches(Numbers(100), batch_size=10, seed=seed)]
        for epoch in range(3)
    }
    assert len(set(epochs.values())) == 9


def test_iterating_gives_the_first_epoch():
    batches = Batches(Numbers(10), batch_size=4, seed=3)
    assert [numbers(batch) for batch in batches] == [numbers(batches.batch(step)) for step in range(3)]


def test_ids_stand_in_the_order_of_the_batch(shards):
    batches = read(shards, seed=1)
    for step in range(len(batches)):
        _, labels = batches.batch(step)
        assert [int(video_id[0]) for video_id in batches.ids(step)] == labels.argmax(axis=1).tolist()


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: Batches(Numbers(3), batch_size=0), "batch_size must be at least 1, got 0"),
        (lambda: Batches(Numbers(3), batch_size=1, seed=-1), "seed must be at least 0, got -1"),
        (lambda: Batches(Numbers(3), batch_size=1).batch(-1), "step must be at least 0, got -1"),
        (lambda: Batches(Numbers(3), batch_size=1).as_keras(first_step=-1), "first_step must be at least 0, got -1"),
        (lambda: Batches(Numbers(3), batch_size=1).as_tf(steps=0), "steps must be at least 1, got 0"),
    ],
)
def test_wrong_numbers_are_refused(call, problem):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared in full)
        call()
    assert str(caught.value) == problem


def test_a_fraction_is_no_batch_size():
    with pytest.raises(TypeError, match=r"batch_size must be an integer, got 2\.5"):
        Batches(Numbers(3), batch_size=2.5)


def test_tensorflow_gets_the_same_batches_under_a_static_signature(tf, shards):
    batches = read(shards, seed=2)
    dataset = batches.as_tf(first_step=2, steps=5)
    inputs, labels = dataset.element_spec
    assert {name: (spec.shape.as_list(), spec.dtype) for name, spec in inputs.items()} == {
        "mean_rgb": ([None, 3], tf.float32),
        "mean_audio": ([None, 2], tf.float32),
    }
    assert (labels.shape.as_list(), labels.dtype) == ([None, 4], tf.uint8)
    assert int(dataset.cardinality()) == 5
    for step, (inputs, labels) in zip(range(2, 7), dataset, strict=True):
        expected, expected_labels = batches.batch(step)
        for name in SIZES:
            np.testing.assert_array_equal(inputs[name], expected[name])
        np.testing.assert_array_equal(labels, expected_labels)
    assert int(batches.as_tf().cardinality()) == len(batches)


def read_clips(shards, **options):
    """Everything at once: random frames, of halves, drawn anew each epoch, with a damaged record left out."""
    options = {"halves": True, "frames": RandomFrames(2), "max_frames": 3, "batch_size": 6, "seed": 4} | options
    path = Path(shards[0]).with_name("clips.tfrecord")
    return audioset.read_frame_level(
        path, feature_sizes={"audio_embedding": 3}, on_error="skip", **{"num_classes": 4} | options
    )


def model_of_vectors(keras):
    rgb, audio = keras.Input((3,), name="mean_rgb"), keras.Input((2,), name="mean_audio")
    outputs = keras.layers.Dense(4, activation="sigmoid")(keras.layers.Concatenate()([rgb, audio]))
    return keras.Model({"mean_rgb": rgb, "mean_audio": audio}, outputs)


def model_of_frames(keras):
    frames, number = keras.Input((3, 3), name="audio_embedding"), keras.Input((), name="num_frames")
    pooled = keras.ops.sum(frames, axis=1) / keras.ops.expand_dims(number, 1)
    outputs = keras.layers.Dense(4, activation="sigmoid")(pooled)
    return keras.Model({"audio_embedding": frames, "num_frames": number}, outputs)


def assert_keras_trains_in_order(shards) -> None:
    """Three epochs of `fit` in one call, and resumed within an epoch, beside a loop by hand."""
    import keras

    def compiled(build):
        keras.utils.set_random_seed(0)
        model = build(keras)
        model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
        return model

    warnings.filterwarnings("ignore", ".* 2 examples skipped")
    for build, batches in ((model_of_vectors, read(shards, seed=4)), (model_of_frames, read_clips(shards))):
        epoch = len(batches)
        by_hand = compiled(build)
        for step in range(3 * epoch):
            by_hand.train_on_batch(*batches.batch(step))
        at_once, resumed = compiled(build), compiled(build)
        at_once.fit(batches.as_keras(steps=3 * epoch), steps_per_epoch=epoch, epochs=3, shuffle=False, verbose=0)
        resumed.fit(batches.as_keras(steps=epoch + 1), shuffle=False, verbose=0)
        resumed.fit(batches.as_keras(first_step=epoch + 1, steps=2 * epoch - 1), shuffle=False, verbose=0)
        for trained in (at_once, resumed):
            for one, other in zip(trained.get_weights(), by_hand.get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)
    unlabelled = read_clips(shards, num_classes=None, seed=None)
    scores = at_once.predict(unlabelled.as_keras(), verbose=0)
    by_batch = [at_once.predict_on_batch(inputs) for inputs, _ in unlabelled]
    np.testing.assert_array_equal(scores, np.concatenate(by_batch))
    print("trained with", keras.backend.backend())


@pytest.mark.filterwarnings("ignore:.* 2 examples skipped")
def test_tensorflow_gets_random_frames_of_halves_without_the_damaged(tf, shards):
    batches = read_clips(shards)
    assert batches.num_examples == 14
    dataset = batches.as_tf(first_step=1, steps=7)
    inputs, labels = dataset.element_spec
    assert inputs["audio_embedding"].shape.as_list() == [None, 3, 3]
    assert (inputs["num_frames"].dtype, labels.dtype) == (tf.int32, tf.uint8)
    counts = []
    for step, (inputs, labels) in zip(range(1, 8), dataset, strict=True):
        expected, expected_labels = batches.batch(step)
        for name, values in expected.items():
            np.testing.assert_array_equal(inputs[name], values)
        np.testing.assert_array_equal(labels, expected_labels)
        counts.append(len(labels))
    assert sum(counts[2:5]) == 12  # an epoch without the two halves of one clip
    assert len(batches.skipped) == 2
    (unlabelled, nothing), *_ = read_clips(shards, num_classes=None, seed=None).as_tf()
    assert (unlabelled["num_frames"].shape, nothing.shape) == ((4,), (4, 0))


def test_keras_on_tensorflow_trains_on_the_batches_in_their_order(tf, shards, capsys):
    assert_keras_trains_in_order(shards)
    assert capsys.readouterr().out == "trained with tensorflow\n"


def test_keras_on_jax_trains_on_the_batches_in_their_order(shards):
    code = f"import runpy, sys; runpy.run_path({__file__!r})['assert_keras_trains_in_order'](sys.argv[1:])"
    process = subprocess.run(
        [sys.executable, "-c", code, *map(str, shards)],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stdout == "trained with jax\n", process.stderr
