"""Trainings that share a compiled model end with the bits of trainings that don't."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest

from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.training import TrainingRun, compiled
from compactvid.training.weights import save_weights

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)


@dataclass(frozen=True)
class WithState:
    """Weights, moving statistics, and the seed of a dropout layer."""

    def build(self):
        rgb, audio = keras.Input((16,), name="mean_rgb"), keras.Input((8,), name="mean_audio")
        x = keras.layers.Dropout(0.3)(keras.layers.BatchNormalization()(keras.layers.Dense(20)(rgb)))
        scores = keras.layers.Dense(12, activation="sigmoid")(keras.layers.Concatenate()([x, audio]))
        return keras.Model({"mean_rgb": rgb, "mean_audio": audio}, scores)


DATASET = SimulatedVideoLevel(WORLD, train=300, validate=100, test=100)
SHARING = TrainingRun(WithState(), DATASET, seed=3, epochs=2, batch_size=32, learning_rate=0.02)


def state(model):
    return [np.asarray(value.value).tobytes() for value in (*model.variables, *model.optimizer.variables)]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "shards"


def test_shared_models_train_to_the_bits_of_their_own(tmp_path, data):
    """Dropout's seeds, moving statistics and Adam's moments are set back too; another rate is compiled anew."""
    runs = [SHARING, replace(SHARING, seed=4), SHARING, replace(SHARING, learning_rate=0.01)]
    shared, models = [], []
    for number, run in enumerate(runs):
        trained = run.fit(tmp_path / f"shared-{number}", data, shared=True)
        models.append(id(trained.model.train_function))
        shared.append(state(trained.model))
    assert models[0] == models[1] == models[2] != models[3]
    assert shared[0] == shared[2] != shared[1]
    for number, (run, bits) in enumerate(zip(runs, shared, strict=True)):
        own = run.fit(tmp_path / f"own-{number}", data)
        assert state(own.model) == bits


def test_starts_from_the_weights_of_a_file(tmp_path, data):
    """With a rate of nearly 0, what is trained stays what it began with."""
    first = SHARING.fit(tmp_path / "first", data)
    kept = tmp_path / "start.weights.h5"
    save_weights(first.model, kept)
    expected = [np.asarray(weight.value) for weight in first.model.trainable_weights]
    second = replace(SHARING, seed=9, learning_rate=1e-30).fit(tmp_path / "second", data, start=kept)
    for weight, before in zip(second.model.trainable_weights, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(weight.value), before)


def test_a_model_of_ones_own_is_not_kept(tmp_path, data):
    SHARING.fit(tmp_path / "shared", data, shared=True)
    assert len(compiled._latest) == 1
    SHARING.fit(tmp_path / "own", data)
    assert not compiled._latest
