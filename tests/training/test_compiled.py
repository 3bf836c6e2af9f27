"""Trainings that share a compiled model end with the bits of trainings that don't."""

from dataclasses import replace

import keras
import pytest
from test_resume import DATASET, RUN, state

from compactvid.training import compiled

SHARING = replace(RUN, checkpoint_steps=None)


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
    first = SHARING.fit(tmp_path / "first", data, shared=True)
    expected = first.weights(0)
    kept = tmp_path / "start.weights.h5"
    first.model.save_weights(kept)
    run = replace(SHARING, learning_rate=1e-30, epochs=1)
    second = run.fit(tmp_path / "second", data, start=kept)
    for before, after in zip(expected, second.model.get_weights(), strict=True):
        assert before.shape == after.shape
    dense = [weight for weight in second.model.trainable_weights if "dense" in weight.path]
    assert len(dense) == 4
    for weight, before in zip(dense, [w for w in first.model.trainable_weights if "dense" in w.path], strict=True):
        assert keras.ops.convert_to_numpy(weight.value).tobytes() == keras.ops.convert_to_numpy(before.value).tobytes()


def test_a_model_of_ones_own_is_not_kept(tmp_path, data):
    SHARING.fit(tmp_path / "shared", data, shared=True)
    assert len(compiled._latest) == 1
    SHARING.fit(tmp_path / "own", data)
    assert not compiled._latest
    assert DATASET.counts["train"] == 300
