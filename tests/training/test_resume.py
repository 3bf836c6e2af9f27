"""A training that is stopped anywhere goes on to the same bits, on both backends."""

import itertools
import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pytest

from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.training import TrainingRun
from compactvid.training.weights import read_arrays

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
DATASET = SimulatedVideoLevel(WORLD, train=300, validate=100, test=100)


@dataclass(frozen=True)
class Stateful:
    """Everything that is state and no weight: moving statistics, and the seeds of two dropout layers."""

    def build(self):
        inputs = {"mean_rgb": keras.Input((16,), name="mean_rgb"), "mean_audio": keras.Input((8,), name="mean_audio")}
        x = keras.layers.Concatenate()(list(inputs.values()))
        x = keras.layers.Dropout(0.3)(keras.layers.BatchNormalization()(keras.layers.Dense(20)(x)))
        x = keras.layers.GaussianDropout(0.2)(x)
        return keras.Model(inputs, keras.layers.Dense(12, activation="sigmoid", dtype="float32")(x))


RUN = TrainingRun(Stateful(), DATASET, seed=3, epochs=2, batch_size=32, learning_rate=0.02, checkpoint_steps=4)


class Stopped(BaseException):
    """What no handler in the library catches."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "shards"


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder, RUN.fit(folder, data)


def state(model):
    return [np.asarray(value.value).tobytes() for value in (*model.variables, *model.optimizer.variables)]


@pytest.fixture
def fit(data, monkeypatch):
    """`fit(run, folder, stop)`: fit, but stop at the stop-th flush to disk: by turns before and after a renaming."""
    import compactvid.atomic

    sync = compactvid.atomic.sync

    def fit(run, folder, stop=0):
        flushes = itertools.count(1)

        def stopping(path):
            if next(flushes) == stop:
                raise Stopped
            sync(path)

        monkeypatch.setattr("compactvid.atomic.sync", stopping)
        return run.fit(folder, data)

    return fit


def states(folder):
    return sorted(path.name for path in (folder / "checkpoints").glob("state-*.npz"))


def assert_same(trained, folder, undisturbed):
    reference_folder, reference = undisturbed
    assert state(trained.model) == state(reference.model)
    assert trained.history == reference.history
    assert (folder / "history.jsonl").read_bytes() == (reference_folder / "history.jsonl").read_bytes()
    for mine, other in zip(trained.checkpoints, reference.checkpoints, strict=True):
        for a, b in zip(read_arrays(mine), read_arrays(other), strict=True):
            np.testing.assert_array_equal(a, b)


def test_resumed_bits_are_those_of_an_undisturbed_training(undisturbed, fit, tmp_path):
    """Stops before and after each kind of file takes its name, among them twice without any progress in between."""
    for stop in (1, 2, 4, 1, 5, 7, 3, 6) if keras.backend.backend() == "tensorflow" else (4, 7):
        with pytest.raises(Stopped):
            fit(RUN, tmp_path, stop)
    assert_same(fit(RUN, tmp_path), tmp_path, undisturbed)
    assert states(tmp_path) == ["state-000000016.npz", "state-000000020.npz"]


def test_without_the_optimizer_the_bits_differ(undisturbed, fit, tmp_path):
    """The comparison bites: resuming with the weights alone is seen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.optimizers.Adam, "variables", property(lambda self: []))
        with pytest.raises(Stopped):
            fit(RUN, tmp_path, 9)
        trained = fit(RUN, tmp_path)
    assert state(trained.model) != state(undisturbed[1].model)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "emptied"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_taken(undisturbed, fit, tmp_path, caplog, damage):
    with pytest.raises(Stopped):
        fit(RUN, tmp_path, 11)
    newest = tmp_path / "checkpoints" / states(tmp_path)[-1]
    content = bytearray(newest.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    newest.write_bytes({"truncated": content[:-100], "flipped": content, "emptied": b""}[damage])
    with caplog.at_level(logging.WARNING, "compactvid"):
        trained = fit(RUN, tmp_path)
    (warning,) = [record.getMessage() for record in caplog.records if record.name.startswith("compactvid")]
    assert newest.name in warning
    assert "going back to the one before it" in warning
    assert_same(trained, tmp_path, undisturbed)


def test_the_checkpoint_of_another_model_or_backend_is_refused(tmp_path, caplog, monkeypatch):
    from compactvid.training.checkpoints import Checkpoints

    models = [keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)]) for units in (2, 3)]
    for model in models:
        model.compile("adam", "mse")
    Checkpoints(tmp_path, models[0]).save(7)
    with caplog.at_level(logging.WARNING, "compactvid"):
        assert Checkpoints(tmp_path, models[1]).restore() == 0
    assert "expected the variables of this model, and these differ: tensorflow/model/0/" in caplog.text
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert Checkpoints(tmp_path, models[0]).restore() == 0
    assert "these differ: jax/model/0/" in caplog.text


@pytest.mark.parametrize("text", ["{", '{"step": 4}\n', ""])
def test_a_damaged_history_is_named(tmp_path, text):
    from compactvid.training.history import History

    (tmp_path / "history.jsonl").write_text(text)
    with pytest.raises(ValueError, match=r"history\.jsonl: .*delete its folder to begin anew"):
        History(tmp_path / "history.jsonl").restore(8)


def test_history_has_a_line_an_interval(undisturbed):
    folder, trained = undisturbed
    lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [4, 8, 10, 12, 16, 20]
    assert [line["examples"] for line in lines] == [128, 256, 300, 364, 492, 600]
    assert [line.get("validation_gap") is not None for line in lines] == [False, False, True, False, False, True]
    mean = (128 * lines[0]["loss"] + 128 * lines[1]["loss"] + 44 * lines[2]["loss"]) / 300
    assert trained.history[0] == {"epoch": 1, "loss": pytest.approx(mean), "validation_gap": lines[2]["validation_gap"]}


def test_intervals_change_no_bit_of_the_weights(undisturbed, data, tmp_path):
    trained = replace(RUN, checkpoint_steps=None).fit(tmp_path, data)
    assert state(trained.model) == state(undisturbed[1].model)


def test_progress_is_one_line_an_interval_for_who_asks(data, tmp_path, caplog, capfd):
    run = replace(RUN, epochs=1)
    run.fit(tmp_path / "quiet", data)
    assert not [record for record in caplog.records if record.name.startswith("compactvid")]
    assert capfd.readouterr().out == ""
    with caplog.at_level(logging.INFO, "compactvid"):
        run.fit(tmp_path / "Run-abc.partial", data)
    lines = [record.getMessage() for record in caplog.records if record.name == "compactvid.training.loop"]
    assert len(lines) == 3
    assert lines[0].startswith("Run-abc: step 4/10, ")
    assert "examples/s, loss " in lines[0]
    assert "validation GAP -" in lines[0]
    assert "validation GAP 0." in lines[2]
    assert lines[2].endswith(" 0 s left")


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_float32_weights_to_nearly_the_same_loss(undisturbed, data, tmp_path, precision):
    """Within 5 %: the products have 8 or 11 bits of mantissa, and dropout draws other values in another type."""
    trained = replace(RUN, precision=precision).fit(tmp_path, data)
    assert {str(weight.dtype) for weight in trained.model.get_weights()} == {"float32"}
    assert trained.model.layers[-2].compute_dtype == precision.removeprefix("mixed_")
    assert keras.config.dtype_policy().name == "float32", "the policy leaked"
    assert trained.history[-1]["loss"] == pytest.approx(undisturbed[1].history[-1]["loss"], rel=0.05)


@pytest.mark.skipif(os.environ.get("KERAS_BACKEND") == "jax", reason="these tests run on JAX already")
def test_on_jax_too():
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "undisturbed_training"]
    run = subprocess.run(
        [*command, Path(__file__)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "1 passed" in run.stdout
