"""Whole trainings of a tiny detector on a tiny world; stopped and resumed, they end with the same bits."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from compactvid.datasets.augmentation import Augmentation
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.metrics import detection_average_precision, mean_detection_average_precision
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.detection import detect
from compactvid.training.detection_file import read_detections
from compactvid.training.weights import load_weights, read_arrays

WORLD = SceneWorld(seed=3, height=32, width=32, min_size=0.3, max_objects=2)
DATASET = SimulatedScenes(WORLD, train=32, validate=24, test=24)
MODEL = TinyYOLOv2(
    num_classes=6, anchors=((1.0, 1.0), (2.0, 2.0)), input_size=(32, 32), filters=(4, 4, 4, 8, 8, 8, 8, 8), halvings=3
)
TRAINING = TrainingRun(MODEL, DATASET, seed=3, epochs=3, batch_size=16, learning_rate=0.01, checkpoint_steps=1)
RUN = DetectionTraining(TRAINING, Augmentation(mirror=0.5, zoom=1.2, shift=0.1, exposure=1.2))


class Stopped(BaseException):
    """What no handler in the library catches."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "scenes"
    DATASET.prepare(folder)
    return folder


@pytest.fixture(scope="module")
def executed(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, RUN.execute(folder, data)


def test_a_run_reports_its_best_epoch(executed):
    folder, result = executed
    scores = [line["validation_map"] for line in result["history"]]
    assert [line["epoch"] for line in result["history"]] == [1, 2, 3]
    assert result["epoch"] == 1 + int(np.argmax(scores))
    assert result["history"][-1]["loss"] < result["history"][0]["loss"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "best.test.npz",
        "best.weights.h5",
        "checkpoints",
        "history.jsonl",
    ]


def test_what_is_reported_is_what_the_stored_weights_detect(executed, data):
    folder, result = executed
    model, test = MODEL.build(), result["test"]
    load_weights(model, folder / "best.weights.h5")
    files = DATASET.prepare(data)
    objects, detections = detect(
        model.predict_on_batch, DATASET.read(files, "test"), anchors=MODEL.anchors, class_names=WORLD.class_names
    )
    kept_objects, kept = read_detections(folder / "best.test.npz")
    assert (test["objects"], test["detections"]) == (len(kept_objects), len(kept))
    # Batches of another size may order float32 sums differently; what lies on a threshold changes sides.
    assert len(detections) == pytest.approx(len(kept), abs=2)
    assert test["map"] == mean_detection_average_precision(kept_objects, kept)
    assert test["map"] == pytest.approx(mean_detection_average_precision(objects, detections), abs=1e-3)
    classes = detection_average_precision(kept_objects, kept).set_index("label")["average_precision"]
    assert test["average_precision"] == classes.to_dict()
    truth = DATASET.ground_truth(files, "test")
    for column in ("image", "label", "x_min", "y_min", "x_max", "y_max", "difficult"):
        assert kept_objects[column].tolist() == truth[column].tolist()


@pytest.fixture
def fit(data, monkeypatch):
    """`fit(folder, stop)`: train, but stop at the stop-th flush to disk."""
    import compactvid.atomic

    sync = compactvid.atomic.sync

    def fit(folder, stop=0):
        flushes = itertools.count(1)

        def stopping(path):
            if next(flushes) == stop:
                raise Stopped
            sync(path)

        monkeypatch.setattr("compactvid.atomic.sync", stopping)
        return RUN.fit(folder, data)

    return fit


def test_killed_and_resumed_it_ends_with_the_same_weights(executed, fit, tmp_path):
    folder, result = executed
    for stop in (3, 8, 4):
        with pytest.raises(Stopped):
            fit(tmp_path, stop)
    trained = fit(tmp_path)
    assert trained.history == result["history"]
    assert (tmp_path / "history.jsonl").read_bytes() == (folder / "history.jsonl").read_bytes()
    for epoch in range(1, 4):
        name = f"checkpoints/epoch-{epoch:03d}.npz"
        for mine, other in zip(read_arrays(tmp_path / name), read_arrays(folder / name), strict=True):
            np.testing.assert_array_equal(mine, other)


def test_augmentation_and_seed_change_the_training(executed, data, tmp_path):
    losses = {executed[1]["history"][0]["loss"]}
    for number, run in enumerate((DetectionTraining(TRAINING), replace(RUN, training=replace(TRAINING, seed=4)))):
        run = replace(run, training=replace(run.training, epochs=1))
        losses.add(run.fit(tmp_path / str(number), data).history[0]["loss"])
    assert len(losses) == 3


def test_classes_must_be_those_of_the_data():
    model = replace(MODEL, num_classes=20)
    with pytest.raises(ValueError, match="DetectionTraining: the model has 20 classes, the data set 6"):
        DetectionTraining(replace(TRAINING, model=model))
