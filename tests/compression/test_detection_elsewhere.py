"""Detections on other pictures: those of the fine-tuned weights with the method at work, and of nothing else."""

import numpy as np
import pandas as pd
import pytest

from compactvid.compression import DetectionFineTuning, QuantizationAwareTraining
from compactvid.compression.detection_elsewhere import DetectionElsewhere
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated.panned_scene_world import PannedSceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.detection import detections
from compactvid.training.detection_file import read_detections
from compactvid.training.weights import save_weights

SIZE = {"height": 32, "width": 32, "min_size": 0.3}
MODEL = TinyYOLOv2(num_classes=6, anchors=((1.5, 1.5),), input_size=(32, 32), filters=(4,) * 8, halvings=3)
DATASET = SimulatedScenes(SceneWorld(**SIZE), train=16, validate=16, test=16)
TRAINING = DetectionTraining(TrainingRun(MODEL, DATASET, seed=1, epochs=1, batch_size=16, learning_rate=0.01))
WORLD = PannedSceneWorld(**SIZE, seed=1, frames=4)
CLIPS = SimulatedScenes(WORLD, train=1, validate=1, test=8)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with weights whose outputs differ from place to place, and the model that has them."""
    folder, model = tmp_path_factory.mktemp("fine_tuned"), MODEL.build()
    save_weights(model, folder / "fine_tuned.weights.h5")
    return folder, model


@pytest.mark.parametrize("method", [None, QuantizationAwareTraining(bits=3, activations=None)])
def test_objects_are_the_clips_and_detections_the_networks(trained, method, tmp_path):
    folder, model = trained
    base = DetectionFineTuning(TRAINING, epochs=1, learning_rate=0.01, method=method)
    run = DetectionElsewhere(base, CLIPS)
    assert run.requires == (base,)
    result = run.execute(tmp_path, tmp_path / "clips", [folder])
    objects, found = read_detections(tmp_path / "detections.npz")
    assert (len(objects), len(found)) == (result["objects"], result["detections"])
    truth = [
        (scene.id, WORLD.class_names[label], *map(float, box))
        for scene in WORLD.scenes("test", 8)
        for label, box in zip(scene.classes, scene.boxes, strict=True)
    ]
    columns = ["image", "label", "x_min", "y_min", "x_max", "y_max"]
    assert list(objects[columns].itertuples(index=False, name=None)) == truth

    images = CLIPS.read(CLIPS.prepare(tmp_path / "clips"), "test").batch(0)[0]["image"].astype("float32") / 255
    network = model if method is None else method.prepare(model)
    expected = detections(
        np.asarray(network({"image": images}, training=False)),
        [f"test_{number:06d}" for number in range(8)],
        np.full((8, 2), 32),
        input_size=(32, 32),
        anchors=MODEL.anchors,
        class_names=WORLD.class_names,
    )
    assert len(expected) > 8
    pd.testing.assert_frame_equal(found[["image", "label"]], expected[["image", "label"]], check_dtype=False)
    np.testing.assert_allclose(found["score"], expected["score"], atol=1e-5)
