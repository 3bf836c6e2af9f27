"""Batches by number: the order of examples, and what Keras and TensorFlow get."""

import itertools
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets import youtube8m
from compactvid.datasets.batches import Batches

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


def assert_keras_trains_in_order(paths) -> None:
    """Three epochs of `fit` in one call, resumed within an epoch, and epoch by epoch; beside a loop by hand."""
    import keras

    def model():
        keras.utils.set_random_seed(0)
        rgb, audio = keras.Input((3,), name="mean_rgb"), keras.Input((2,), name="mean_audio")
        outputs = keras.layers.Dense(4, activation="sigmoid")(keras.layers.Concatenate()([rgb, audio]))
        model = keras.Model({"mean_rgb": rgb, "mean_audio": audio}, outputs)
        model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
        return model

    batches = read(paths, seed=4)
    epoch = len(batches)
    by_hand = model()
    for step in range(3 * epoch):
        by_hand.train_on_batch(*batches.batch(step))
    at_once, resumed, each = model(), model(), model()
    whole = batches.as_keras(steps=3 * epoch)
    at_once.fit(whole, steps_per_epoch=epoch, epochs=3, shuffle=False, verbose=0)
    resumed.fit(batches.as_keras(steps=5), shuffle=False, verbose=0)
    resumed.fit(batches.as_keras(first_step=5, steps=3 * epoch - 5), shuffle=False, verbose=0)
    for number in range(3):
        each.fit(batches.as_keras(first_step=number * epoch), shuffle=False, verbose=0)
    for trained in (at_once, resumed, each):
        for one, other in zip(trained.get_weights(), by_hand.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    print("trained with", keras.backend.backend())


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
