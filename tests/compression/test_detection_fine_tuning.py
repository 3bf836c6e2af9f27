"""A detector trained on, in float32 and under quantised constraints: the same start, the same steps."""

from dataclasses import replace

import numpy as np
import pytest

from compactvid.compression import DetectionFineTuning, QuantizationAwareTraining
from compactvid.datasets.augmentation import Augmentation
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.detection_file import read_detections
from compactvid.training.weights import load_weights

WORLD = SceneWorld(seed=5, height=32, width=32, min_size=0.3, max_objects=2)
DATASET = SimulatedScenes(WORLD, train=16, validate=16, test=16)
MODEL = TinyYOLOv2(num_classes=6, anchors=((1.5, 1.5),), input_size=(32, 32), filters=(4,) * 8, halvings=3)
BASE = DetectionTraining(
    TrainingRun(MODEL, DATASET, seed=1, epochs=1, batch_size=16, learning_rate=0.01), Augmentation(mirror=0.5)
)
STILL = DetectionFineTuning(BASE, epochs=1, learning_rate=1e-30)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "scenes"


@pytest.fixture(scope="module")
def base(data, tmp_path_factory):
    """Its folder, and its weights as the model has them, by path."""
    folder = tmp_path_factory.mktemp("base")
    BASE.execute(folder, data)
    model = MODEL.build()
    load_weights(model, folder / "best.weights.h5")
    return folder, {weight.path: np.asarray(weight.value) for weight in model.weights}


METHODS = {"float32": None, "4 bits": QuantizationAwareTraining(bits=4)}


@pytest.fixture(scope="module")
def fine_tuned(base, data, tmp_path_factory):
    """Folder and result of each method; a learning rate of nothing leaves what is trained as it is."""
    found = {}
    for name, method in METHODS.items():
        run, folder = replace(STILL, method=method), tmp_path_factory.mktemp("fine_tuned")
        assert (run.requires, run.dataset) == ((BASE,), DATASET)
        found[name] = folder, run.execute(folder, data, [base[0]])
    return found


@pytest.mark.parametrize("name", METHODS)
def test_it_begins_with_the_base_s_weights_and_keeps_a_file_of_the_float_model(base, fine_tuned, name):
    """All but the moving statistics, which move whatever the learning rate."""
    folder, result = fine_tuned[name]
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoints",
        "fine_tuned.test.npz",
        "fine_tuned.weights.h5",
        "history.jsonl",
    ]
    model = MODEL.build()
    load_weights(model, folder / "fine_tuned.weights.h5")
    for weight in model.weights:
        same = np.array_equal(np.asarray(weight.value), base[1][weight.path])
        assert same == ("moving" not in weight.path), weight.path
    assert result["epoch"] == 1
    assert len(read_detections(folder / "fine_tuned.test.npz")[1]) == result["test"]["detections"]


def test_the_method_is_at_work_while_it_trains(fine_tuned):
    """With the same weights and pictures: another loss."""
    losses = [result["history"][0]["loss"] for _, result in fine_tuned.values()]
    assert abs(losses[0] - losses[1]) > 1e-3 * losses[0]


def test_impossible_settings_are_named():
    with pytest.raises(ValueError, match="TrainingRun: epochs must be at least 1, not 0"):
        DetectionFineTuning(BASE, epochs=0, learning_rate=0.01)
