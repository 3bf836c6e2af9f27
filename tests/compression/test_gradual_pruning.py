"""Gradual pruning against a slow transcription of Zhu & Gupta 2017, on both backends, resumed at any step."""

import itertools
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pytest

from compactvid.compression import BestCheckpoints, FineTuning, GradualPruning
from compactvid.compression.pruning import magnitude_mask
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.metrics import global_average_precision
from compactvid.training import TrainingRun
from compactvid.training.predictions import read_predictions

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)


@dataclass(frozen=True)
class TwoLayers:
    """A kernel that is pruned and one that is not."""

    def build(self):
        inputs = {"mean_rgb": keras.Input((16,), name="mean_rgb"), "mean_audio": keras.Input((8,), name="mean_audio")}
        x = keras.layers.Concatenate()(list(inputs.values()))
        x = keras.layers.Dropout(0.1)(keras.layers.Dense(20, name="first")(x))
        return keras.Model(inputs, keras.layers.Dense(12, activation="sigmoid", name="last")(x))


DATASET = SimulatedVideoLevel(WORLD, train=320, validate=100, test=100)  # 10 steps an epoch
BASE = BestCheckpoints(TrainingRun(TwoLayers(), DATASET, seed=3, epochs=2, batch_size=32, learning_rate=0.02))
PRUNING = GradualPruning(0.75, frequency=3, updates=4, begin=2, tensors=("first/kernel",))
TUNING = FineTuning(BASE, epochs=2, learning_rate=0.01, method=PRUNING)


def state(model):
    return [np.asarray(value.value).tobytes() for value in (*model.variables, *model.optimizer.variables)]


def test_sparsities_follow_the_cubic_schedule():
    schedule = GradualPruning(0.9, frequency=100, updates=4, begin=7, initial_sparsity=0.1)
    # Eq. 1 by hand: 0.9 - 0.8 (1 - k/4)^3
    np.testing.assert_allclose(schedule.sparsities, [0.1, 0.9 - 0.8 * 27 / 64, 0.8, 0.9 - 0.8 / 64, 0.9], rtol=1e-12)


class Slow:
    """Adam (Kingma & Ba 2015, algorithm 1, with Keras's place of epsilon) under masks, one tensor, in NumPy."""

    def __init__(self, weights, schedule, rate):
        self.weights, self.schedule, self.rate = weights.copy(), schedule, rate
        self.mask = np.ones_like(weights)
        self.first, self.second, self.step = np.zeros_like(weights), np.zeros_like(weights), 0

    def apply(self, gradient, clipnorm):
        self.step += 1
        gradient = gradient * self.mask
        gradient = gradient * min(1.0, clipnorm / max(np.linalg.norm(gradient), 1e-30))
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient**2
        rate = self.rate * np.sqrt(1 - 0.999**self.step) / (1 - 0.9**self.step)
        self.weights = (self.weights - rate * self.first / (np.sqrt(self.second) + 1e-7)) * self.mask
        schedule = self.schedule
        for update in range(schedule.updates + 1):
            if self.step == schedule.begin + update * schedule.frequency:
                share = 1 - (self.step - schedule.begin) / (schedule.updates * schedule.frequency)
                final, initial = schedule.sparsity, schedule.initial_sparsity
                pruned = round((final + (initial - final) * share**3) * self.weights.size)
                # sorted() is stable: of equal magnitudes the first goes
                order = sorted(range(self.weights.size), key=lambda place: abs(self.weights.flat[place]))
                self.mask = np.ones_like(self.mask)
                self.mask.flat[order[:pruned]] = 0
                self.weights = self.weights * self.mask


def test_steps_are_those_of_a_slow_transcription():
    random = np.random.default_rng(0)
    start = random.normal(size=(5, 8)).astype("float32")
    schedule = replace(PRUNING, initial_sparsity=0.2, tensors=("kernel",))
    weights = keras.Variable(start, name="kernel")
    bias = keras.Variable(np.ones(3, "float32"), name="bias")
    optimizer = schedule.optimizer(0.05, clipnorm=1.0)
    slow = Slow(start.astype("float64"), schedule, 0.05)
    sparsities = []
    for _ in range(20):
        gradient = random.normal(size=start.shape).astype("float32")
        optimizer.apply_gradients([(keras.ops.convert_to_tensor(gradient), weights), (np.ones(3, "float32"), bias)])
        slow.apply(gradient.astype("float64"), 1.0)
        now = keras.ops.convert_to_numpy(weights.value)
        np.testing.assert_allclose(now, slow.weights, atol=1e-5)
        np.testing.assert_array_equal(now == 0, slow.mask == 0)
        sparsities.append(float(np.mean(now == 0)))
    assert sparsities[0] == 0
    assert sparsities[1] == 0.2
    assert sparsities[13:] == [0.75] * 7
    assert sorted(sparsities) == sparsities
    assert len(set(sparsities)) == 5


@pytest.mark.parametrize("ties", [np.zeros((3, 4)), np.tile([1.0, -1.0, 0.5], (4, 1)), np.arange(12.0)[::-1]])
def test_ties_are_broken_as_prune_breaks_them(ties):
    weights = keras.Variable(ties.astype("float32"), name="kernel")
    optimizer = GradualPruning(0.4, frequency=1, updates=1, tensors=("kernel",)).optimizer(0.0, clipnorm=1.0)
    for _ in range(2):
        optimizer.apply_gradients([(np.zeros(ties.shape, "float32"), weights)])
    mask = keras.ops.convert_to_numpy(optimizer._masks["kernel"].value)
    np.testing.assert_array_equal(mask, magnitude_mask(ties, round(0.4 * 12)))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "shards"


@pytest.fixture(scope="module")
def base(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    BASE.execute(folder, data)
    return folder


def kernels(path):
    model = TwoLayers().build()
    model.load_weights(path)
    return [keras.ops.convert_to_numpy(model.get_layer(name).kernel.value) for name in ("first", "last")]


def test_fine_tuning_prunes_to_the_share_and_weight_files_hold_no_masks(base, data, tmp_path):
    result = TUNING.execute(tmp_path, data, [base])
    before, _ = kernels(base / "best_averaged.weights.h5")
    first, last = kernels(tmp_path / "fine_tuned.weights.h5")
    assert np.sum(first == 0) == 0.75 * 24 * 20
    assert not np.signbit(first[first == 0]).any(), "a pruned value is 0.0, not -0.0"
    assert (last != 0).all()
    assert 0 < np.abs(first - before)[first != 0].max() < 0.5, "from the base's weights it trained on"
    assert result["epoch"] == 2
    labels, scores = read_predictions(tmp_path / "fine_tuned.test.npz")
    assert result["test"]["gap"] == global_average_precision(labels, scores)


def test_pruning_to_100_per_cent_ends_in_a_tensor_of_zeros_and_a_model_that_still_trains(base, data, tmp_path):
    whole = replace(PRUNING, sparsity=1.0)
    np.testing.assert_allclose(whole.sparsities, [0, 1 - 27 / 64, 1 - 1 / 8, 1 - 1 / 64, 1], rtol=1e-12)
    result = replace(TUNING, method=whole).execute(tmp_path, data, [base])
    _, before = kernels(base / "best_averaged.weights.h5")
    first, last = kernels(tmp_path / "fine_tuned.weights.h5")
    # The last update of the masks is step 14 of 20: six more steps, with gradients and momenta, leave the zeros zero.
    assert not first.any()
    assert not np.signbit(first).any()
    # With a first kernel of zeros all videos look alike, and biases alone tell classes apart.
    assert (last != before).any()
    _, scores = read_predictions(tmp_path / "fine_tuned.test.npz")
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores, np.broadcast_to(scores[0], scores.shape))
    assert 0 < result["test"]["gap"] < 1


def test_without_a_method_it_is_a_training_that_starts_from_the_base(base, data, tmp_path):
    result = replace(TUNING, method=None, compared_epochs=2).execute(tmp_path / "tuned", data, [base])
    assert TUNING.training == replace(BASE.training, learning_rate=0.01)
    trained = TUNING.training.fit(tmp_path / "plain", data, start=base / "best_averaged.weights.h5")
    assert result["history"] == trained.history
    assert result["epoch"] == trained.best_epoch() + 1
    assert result["validation_gap"] == trained.history[trained.best_epoch()]["validation_gap"]


def test_a_schedule_that_ends_too_late_is_refused(base, data, tmp_path):
    late = replace(PRUNING, frequency=5, updates=4)
    with pytest.raises(ValueError, match=r"first/kernel has \d+ zeros, not 360: the schedule ends with step 22, after"):
        replace(TUNING, method=late).execute(tmp_path, data, [base])


def test_a_stopped_pruning_goes_on_to_the_same_bits(data, tmp_path, monkeypatch):
    import compactvid.atomic

    class Stopped(BaseException):
        pass

    sync, run = compactvid.atomic.sync, replace(BASE.training, epochs=2, checkpoint_steps=4)
    undisturbed = run.fit(tmp_path / "whole", data, optimizer=PRUNING.optimizer)
    for stop in (3, 5, 8):
        flushes = itertools.count(1)

        def stopping(path, stop=stop, flushes=flushes):
            if next(flushes) == stop:
                raise Stopped
            sync(path)

        monkeypatch.setattr("compactvid.atomic.sync", stopping)
        with pytest.raises(Stopped):
            run.fit(tmp_path / "stopped", data, optimizer=PRUNING.optimizer)
    monkeypatch.setattr("compactvid.atomic.sync", sync)
    resumed = run.fit(tmp_path / "stopped", data, optimizer=PRUNING.optimizer)
    assert state(resumed.model) == state(undisturbed.model)
    masks = [variable for variable in resumed.model.optimizer.variables if "mask" in variable.path]
    assert [float(keras.ops.mean(mask.value)) for mask in masks] == [0.25]
    assert len(resumed.model.optimizer.variables) == 1 + 2 * 4 + 1, "the step, Adam's moments, the mask"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sparsity": 1.01}, r"sparsity must lie in \[0, 1\], not 1.01"),
        ({"sparsity": float("nan")}, r"sparsity must lie in \[0, 1\], not nan"),
        ({"initial_sparsity": -0.1}, r"initial_sparsity, as: sparsity must lie in \[0, 1\], not -0.1"),
        ({"initial_sparsity": 0.8}, "initial_sparsity 0.8 is above 0.75"),
        ({"frequency": 0}, "frequency must be at least 1, not 0"),
        ({"updates": 0}, "updates must be at least 1, not 0"),
        ({"begin": 0}, "begin must be at least 1, not 0"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        replace(PRUNING, **fields)


def test_unknown_tensors_and_epochs_are_refused(data, tmp_path):
    with pytest.raises(
        ValueError, match=r"GradualPruning: there is no tensor hidden1/kernel, mixture/.*; there are first/kernel"
    ):
        BASE.training.fit(tmp_path, data, optimizer=GradualPruning(0.5, 1, 1).optimizer)
    with pytest.raises(ValueError, match=r"compared_epochs must lie in 1 to 2 \(epochs\), not 3"):
        replace(TUNING, compared_epochs=3)


@pytest.mark.skipif(os.environ.get("KERAS_BACKEND") == "jax", reason="these tests run on JAX already")
def test_on_jax_too():
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    run = subprocess.run(
        [*command, "-k", "slow_transcription or stopped", Path(__file__)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "2 passed" in run.stdout
