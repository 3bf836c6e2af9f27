"""The cost model: fitted to trainings that are known, counted on models that are, and measured on one that is real."""

import inspect
import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from compactvid.compression import BestCheckpoints
from compactvid.compression.action_training import ActionTraining
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.compression.distillation import Distillation
from compactvid.compression.fine_tuning import FineTuning
from compactvid.compression.int8_training import Int8Training
from compactvid.datasets.clip_splits import ClipSplits
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.experiments import experiment, recurrent_grid, stems
from compactvid.models import GatedNetVLAD, VideoLevelMixture
from compactvid.runs import load_or_run
from compactvid.runs.accelerators import ACCELERATORS, accelerator
from compactvid.runs.predict import Expected, Measured, expected, measure, multiply_adds, predict, resources, stored
from compactvid.runs.provenance import device
from compactvid.runs.trainings import Training, examples, like, schedule, smaller, work
from compactvid.training import TrainingRun

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
MODEL = VideoLevelMixture(num_classes=12, rgb_size=16, audio_size=8)
RUN = TrainingRun(MODEL, SimulatedVideoLevel(WORLD, 200, 40, 30), seed=0, epochs=2, batch_size=64, learning_rate=0.01)
COUNTS = {"train": 200, "validate": 40, "test": 30}
BEST = BestCheckpoints(RUN)
TUNED = FineTuning(BEST, epochs=1, learning_rate=0.001)
WEIGHTS = 24 * 12 * (3 + 2) + 24  # two experts and three gates a class on 24 features, and the experts' biases


def test_work_counts_an_evaluation_as_a_third():
    assert work(RUN, COUNTS) == pytest.approx(2 * 200 + (2 * 40 + 30) / 3)
    # Four epochs: of the last two, one range of two; both the best single and the average are reported.
    best = BestCheckpoints(replace(RUN, epochs=4))
    assert work(best, COUNTS) == pytest.approx(4 * 200 + ((4 + 1) * 40 + 2 * 30) / 3)


def test_work_of_trainings_that_start_from_others():
    assert work(TUNED, COUNTS) == pytest.approx(200 + (40 + 30) / 3)
    # Two epochs and an average on validation, two reports, and each teacher's scores of the training split.
    assert work(Distillation(BEST, (BEST, BEST)), COUNTS) == pytest.approx(2 * 200 + (3 * 40 + 2 * 30 + 2 * 200) / 3)
    action = recurrent_grid.training("T-RNN on frames", "smoke", 0)
    run = schedule(action)
    # Every epoch's checkpoint is reported on the test split.
    assert work(action, COUNTS) == pytest.approx(run.epochs * (200 + (40 + 30) / 3))


def test_every_kind_of_run_that_fits_a_model_is_a_training():
    kinds = {
        type(config)
        for stem in stems()
        for profile in {"smoke", "full"} & set(experiment(stem).PROFILES)
        for configs in experiment(stem).runs(profile, 0).values()
        for config in configs
    }
    fitting = {kind for kind in kinds if ".fit(" in inspect.getsource(kind)}
    assert {ActionTraining, DetectionFineTuning, TrainingRun} < fitting
    assert all(issubclass(kind, Training) for kind in fitting | {Distillation})
    assert not issubclass(ClipTensors, Training)


def test_costs_are_alike_whatever_a_method_s_strength_and_not_of_other_methods():
    assert like(TUNED) == like(replace(TUNED, base=replace(BEST, training=replace(RUN, seed=3)), epochs=2))
    assert like(replace(TUNED, method=Int8Training())) == like(replace(TUNED, method=Int8Training(per_channel=True)))
    different = [RUN, BEST, TUNED, replace(TUNED, method=Int8Training()), Distillation(BEST, (BEST,))]
    different += [Distillation(BEST, (BEST, BEST))]
    assert len({like(config) for config in different}) == len(different)


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
    assert smaller(Distillation(BEST, (BEST,)), 1 / 4) == Distillation(quarter, (quarter,))
    action = recurrent_grid.training("T-RNN on features", "full", 0)
    eighth, counts = smaller(action, 1 / 8), examples(action.dataset)
    assert examples(eighth.dataset) == {split: count / 8 for split, count in counts.items()}
    assert eighth.tensors.dataset == eighth.training.dataset
    assert eighth.tensors.detector.base.dataset.train == action.tensors.detector.base.dataset.train / 8
    with pytest.raises(ValueError, match="ClipSplits has shares of its data as splits"):
        smaller(replace(RUN, dataset=ClipSplits(0.6, 0.2, 0.2)), 1 / 4)


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
    assert expected([twice]).unknown == {"TrainingRun": 1}, "one amount of work says nothing of another"
    for config, seconds, memory in ((once, 2.0, 500.0), (twice, 3.0, 400.0)):
        path = load_or_run(config).folder / "provenance.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"seconds": seconds, "peak_memory_mib": memory}))
    monkeypatch.setattr("compactvid.models.VideoLevelMixture.build", None)
    assert expected([once, twice, twice]) == Expected(pytest.approx(2 + 3 + 3), 500.0)
    others = [BEST, ClipTensors(RUN.dataset, size=(2, 2)), ClipTensors(RUN.dataset, size=(3, 3))]
    found = expected([once, *others, twice])
    assert found == Expected(pytest.approx(2 + 3), 500.0, {"BestCheckpoints": 1, "ClipTensors": 2})


@pytest.mark.parametrize("seconds", [59.0, 5999.0])
def test_a_job_asks_for_what_is_known_and_no_less_than_the_estimate_where_something_is_not(seconds, monkeypatch):
    planted = [Measured(100.0, seconds, 1000.0), Measured(200.0, seconds, 2000.0)]
    monkeypatch.setattr("compactvid.runs.predict.stored", lambda config: planted if config == RUN else [])
    estimate = {"mem_mb": 3000, "runtime": 60, "gpu": 1}
    known = {"mem_mb": 3146, "runtime": {59.0: 12, 5999.0: 210}[seconds], "gpu": 1}  # 2,000 MiB are 2,097 MB
    assert resources([RUN], estimate) == known
    assert resources([RUN, TUNED], estimate) == known | {"runtime": max(60, known["runtime"])}
    assert resources([TUNED], estimate) == estimate


def test_a_training_is_measured_in_a_process_of_its_own_after_those_that_it_starts_from(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "own"))
    (found,) = measure([TUNED], store=tmp_path)
    assert sorted(path.name.partition("-")[0] for path in tmp_path.glob("[A-Z]*-*")) == [
        "BestCheckpoints",
        "FineTuning",
    ]
    assert not (tmp_path / "own").exists(), "the store of runs is as it was"
    (made,) = tmp_path.glob("FineTuning-*/provenance.json")
    made = json.loads(made.read_text())
    assert found == Measured(work(TUNED, COUNTS), made["seconds"], made["peak_memory_mib"])
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
