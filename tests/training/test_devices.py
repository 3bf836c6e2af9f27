"""One model on several devices, in one process and in two, ends as on one device."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from compactvid.datasets.batches import Batches
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun
from compactvid.training.devices import VARIABLE, process

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
# 303 videos in batches of 32: the last batch of an epoch has 15, which neither two nor four devices divide.
DATASET = SimulatedVideoLevel(WORLD, train=303, validate=100, test=100)


@dataclass(frozen=True)
class Stateful:
    """Batch normalisation, whose statistics are of the whole batch or of a share, and dropout."""

    def build(self):
        import keras

        inputs = {"mean_rgb": keras.Input((16,), name="mean_rgb"), "mean_audio": keras.Input((8,), name="mean_audio")}
        x = keras.layers.Dense(20, use_bias=False)(keras.layers.Concatenate()(list(inputs.values())))
        x = keras.layers.BatchNormalization(momentum=0.5)(x)
        x = keras.layers.Dropout(0.3)(x)
        return keras.Model(inputs, keras.layers.Dense(12, activation="sigmoid", dtype="float32")(x))


RUN = TrainingRun(Stateful(), DATASET, seed=3, epochs=2, batch_size=32, learning_rate=0.02, checkpoint_steps=4)


def work(stop: int) -> None:
    """What the tests' processes do: the run through the store, where TensorFlow is absent, up to a checkpoint."""
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    import jax

    import compactvid.runs.identity
    from compactvid.training.checkpoints import Checkpoints

    compactvid.runs.identity.modules = lambda config: set()  # this file is not the library's
    save = Checkpoints.save

    def save_and_stop(self, step):
        save(self, step)
        if step == stop:
            os._exit(0)

    Checkpoints.save = save_and_stop
    if stop:
        try:
            replace(RUN, batch_size=30).fit(Path("unused"), None)
        except ValueError as error:
            print(error)
    done = load_or_run(RUN)
    print(jax.process_index(), jax.device_count(), done.provenance["attempts"], json.dumps(done.result["best_single"]))


def start(store, *, devices=1, stop=0, **variables):
    return subprocess.Popen(
        [sys.executable, __file__, str(stop)],
        env=os.environ
        | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1", VARIABLE: "1"}
        | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "COMPACTVID_RUNS": str(store)}
        | variables,
        cwd=store.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ends(*processes):
    outputs = [each.communicate(timeout=300) for each in processes]
    assert not any(each.returncode for each in processes), outputs
    return [out.splitlines() for out, _ in outputs]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """The run on one device; and on four, stopped after step 9, then on two processes of one device each."""
    folder = tmp_path_factory.mktemp("stores")
    one = start(folder / "one")
    four = start(folder / "several", devices=4, stop=9)
    (said_one, said_four) = ends(one, four)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    together = {"KERAS_DISTRIBUTION_JOB_ADDRESSES": address, "KERAS_DISTRIBUTION_NUM_PROCESSES": "2"}
    both = [start(folder / "several", **together, KERAS_DISTRIBUTION_PROCESS_ID=str(number)) for number in (0, 1)]
    return folder, [said_one, said_four, *ends(*both)]


def the_run(store):
    (found,) = store.glob("TrainingRun-*[0-9a-f]")
    return found


def history(store):
    return [json.loads(line) for line in (the_run(store) / "history.jsonl").read_text().splitlines()]


def summed_loss(lines):
    """Step -> the sum of the losses of all examples so far."""
    examples = np.diff([line["examples"] for line in lines], prepend=0)
    return dict(
        zip([line["step"] for line in lines], np.cumsum([line["loss"] for line in lines] * examples), strict=True)
    )


def weights(store):
    arrays = {}
    with h5py.File(the_run(store) / "best_single.weights.h5") as file:
        file.visititems(lambda name, item: arrays.update({name: item[()]} if isinstance(item, h5py.Dataset) else {}))
    return arrays


def test_loss_curve_is_that_of_one_device(stores):
    """Within 1e-5 of the loss: float32 sums over shares round otherwise (6e-8 each), and Adam carries that on."""
    folder, _ = stores
    one, several = history(folder / "one"), history(folder / "several")
    assert [line["step"] for line in one] == [4, 8, 10, 12, 16, 20]
    # An epoch's smaller last batch is an interval of its own.
    assert [line["step"] for line in several] == [4, 8, 9, 10, 12, 16, 19, 20]
    expected, found = summed_loss(one), summed_loss(several)
    for line in one:
        assert found[line["step"]] == pytest.approx(expected[line["step"]], rel=1e-5)
    for line, other in zip(one, [line for line in several if line["step"] in expected], strict=True):
        assert other["examples"] == line["examples"]
        assert other.get("validation_gap") == pytest.approx(line.get("validation_gap"), abs=1e-4)


def test_batch_norm_has_the_statistics_of_the_whole_batch(stores):
    """A share's variance is smaller by that of the shares' means, an eighth here; weights and statistics agree to 1e-4.

    Adam divides small gradients by their small roots, so rounding moves a weight by more than it moves the loss.
    """
    folder, _ = stores
    one, several = weights(folder / "one"), weights(folder / "several")
    assert one.keys() == several.keys()
    assert any("batch_normalization" in name for name in one)
    for name, values in one.items():
        np.testing.assert_allclose(several[name], values, rtol=1e-4, atol=1e-4, err_msg=name)


def test_process_zero_writes_and_the_other_reads_the_same_result(stores):
    folder, said = stores
    one, four, first, second = [lines[-1] for lines in said]  # Gloo prints, too
    assert four == "batch_size 30 can't be shared out equally to 4 devices"
    assert one.startswith("0 1 1 {")
    assert first.startswith("0 2 2 {"), "the second attempt at the run, on two devices"
    assert second == first.replace("0 ", "1 ", 1)
    names = {path.name for path in the_run(folder / "several").iterdir()}
    assert names == {path.name for path in the_run(folder / "one").iterdir()}
    assert not list((folder / "several").glob("*.partial"))


class Numbers:
    """A source whose examples are their numbers."""

    def __len__(self):
        return 10

    def load(self, indices, epoch):
        return {"number": indices}, indices + epoch

    def ids(self, indices):
        return [str(index) for index in indices]


def test_shares_of_a_batch_are_the_batch():
    batches = Batches(Numbers(), batch_size=6, seed=1)
    shares = [batches.batch(2, share=(number, 3)) for number in range(3)]
    inputs, labels = batches.batch(2)
    np.testing.assert_array_equal(np.concatenate([share["number"] for share, _ in shares]), inputs["number"])
    np.testing.assert_array_equal(np.concatenate([share for _, share in shares]), labels)
    with pytest.raises(ValueError, match=r"batch 1: expected on_error=.raise. and a multiple of 3"):
        batches.batch(1, share=(0, 3))
    with pytest.raises(ValueError, match=r"batch 0: expected on_error"):
        Batches(Numbers(), batch_size=6, on_error="skip").batch(0, share=(0, 3))


def test_another_backend_is_refused(monkeypatch):
    import keras

    monkeypatch.setenv(VARIABLE, "1")
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    with pytest.raises(ValueError, match=f"{VARIABLE} is set, which needs the JAX backend: set KERAS_BACKEND=jax"):
        process.__wrapped__()


if __name__ == "__main__":
    work(int(sys.argv[1]))
