"""The cost model: fitted to trainings that are known, counted on models that are, and measured on one that is real."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from compactvid.compression import BestCheckpoints
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.models import GatedNetVLAD, VideoLevelMixture
from compactvid.runs import load_or_run
from compactvid.runs.accelerators import ACCELERATORS, accelerator
from compactvid.runs.predict import Measured, expected, measure, multiply_adds, predict, smaller, stored, work
from compactvid.runs.provenance import device
from compactvid.training import TrainingRun

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
MODEL = VideoLevelMixture(num_classes=12, rgb_size=16, audio_size=8)
RUN = TrainingRun(MODEL, SimulatedVideoLevel(WORLD, 200, 40, 30), seed=0, epochs=2, batch_size=64, learning_rate=0.01)
COUNTS = {"train": 200, "validate": 40, "test": 30}
WEIGHTS = 24 * 12 * (3 + 2) + 24  # two experts and three gates a class on 24 features, and the experts' biases


def test_work_counts_an_evaluation_as_a_third():
    assert work(RUN, COUNTS) == pytest.approx(2 * 200 + (2 * 40 + 30) / 3)
    # Four epochs: of the last two, one range of two; both the best single and the average are reported.
    best = BestCheckpoints(replace(RUN, epochs=4))
    assert work(best, COUNTS) == pytest.approx(4 * 200 + ((4 + 1) * 40 + 2 * 30) / 3)


def test_an_affine_cost_is_found_again():
    measured = [Measured(each, 2.5 + 0.01 * each, 100.0 + each) for each in (100.0, 400.0, 700.0)]
    cost = predict(RUN, {"train": 10**6, "validate": 0, "test": 0}, measured)
    assert cost.seconds == pytest.approx(2.5 + 0.01 * 2e6)
    assert cost.peak_memory_mib == 800
    # The result, two epochs, and two states of weights with two moments.
    assert cost.storage_mib == pytest.approx((1 + 2 + 2 * 3) * 4 * WEIGHTS / 2**20)
    falling = [Measured(100.0, 4.0, 0.0), Measured(200.0, 3.0, 0.0)]
    assert predict(RUN, COUNTS, falling).seconds == pytest.approx(3.5), "noise: no time is negative"
    with pytest.raises(ValueError, match=r"expected trainings at two amounts of work or more, found \[100\.0\]"):
        predict(RUN, COUNTS, measured[:1] * 2)


def test_a_share_of_the_data_leaves_the_training_as_it_is():
    quarter = smaller(BestCheckpoints(RUN), 1 / 4)
    assert quarter.training == replace(RUN, dataset=SimulatedVideoLevel(WORLD, 50, 10, 8))


def test_runs_of_the_same_model_on_this_device_are_found(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path))
    assert stored(RUN) == []
    done = load_or_run(replace(RUN, epochs=1))
    (found,) = stored(replace(RUN, seed=5, dataset=replace(RUN.dataset, train=9000)))
    assert found == Measured(
        work(replace(RUN, epochs=1), COUNTS), done.provenance["seconds"], done.provenance["peak_memory_mib"]
    )
    assert stored(replace(RUN, batch_size=32)) == []
    assert stored(replace(RUN, model=replace(MODEL, num_mixtures=3))) == []
    monkeypatch.setattr("compactvid.runs.predict.device", lambda: "another")
    assert stored(RUN) == []


def test_runs_are_expected_to_cost_what_stored_ones_did(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path))
    once, twice = (replace(RUN, epochs=epochs) for epochs in (1, 2))
    load_or_run(once)
    assert expected([twice]) is None, "one amount of work says nothing of another"
    for config, seconds, memory in ((once, 2.0, 500.0), (twice, 3.0, 400.0)):
        path = load_or_run(config).folder / "provenance.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"seconds": seconds, "peak_memory_mib": memory}))
    monkeypatch.setattr("compactvid.models.VideoLevelMixture.build", None)
    assert expected([once, twice, twice]) == (pytest.approx(2 + 3 + 3), 500.0)
    assert expected([once, object()]) is None


def test_a_training_is_measured_in_a_process_of_its_own():
    (found,) = measure([replace(RUN, epochs=1)])
    assert found.work == work(replace(RUN, epochs=1), COUNTS)
    assert 0 < found.seconds < 120
    assert found.peak_memory_mib > 100, "a process with Keras"


def test_multiply_adds_of_layers_by_hand():
    inputs = keras.Input((10, 10, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(x)))
    assert multiply_adds(model, frames=1) == 100 * 27 * 4 + 4 * 5


def test_multiply_adds_of_gated_netvlad():
    """The same products as the benchmark of throughput has XLA count."""
    k, h, v, frames = 4, 32, 50, 20
    config = GatedNetVLAD(cluster_size=k, hidden_size=h, num_classes=v, rgb_size=64, audio_size=16)
    vlad = 64 * k + 16 * (k // 2)
    by_hand = 2 * frames * vlad + vlad * h + 2 * h * h + (2 * h) ** 2 + 2 * h * v * 11 + v * v
    assert multiply_adds(config.build(initialize=False), frames=frames) == by_hand


def test_provenance_names_the_accelerators_that_jax_uses(monkeypatch):
    kinds = [("cpu", "cpu"), ("gpu", "NVIDIA H200"), ("gpu", "NVIDIA H200")]
    devices = [SimpleNamespace(platform=platform, device_kind=kind) for platform, kind in kinds]
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(devices=lambda: devices[:1]))
    processor = device.__wrapped__()
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(devices=lambda: devices))
    assert device.__wrapped__() == f"{processor}; 2 x NVIDIA H200"


def test_accelerators_are_known_by_what_jax_calls_them():
    assert accelerator("NVIDIA H200") is ACCELERATORS[0]
    assert accelerator("Tesla K80").memory == 12 * 2**30
    assert accelerator("cpu") is None
    assert all(np.isfinite(list(known.peak.values())).all() and "https://" in known.source for known in ACCELERATORS)
