"""What a trained detector predicts on its grid: boxes, detections and roles, found again one by one."""

import keras
import numpy as np
import pytest

from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.anchor_targets import read_picture
from compactvid.training.grid_predictions import GridPredictions
from compactvid.training.weights import save_weights

WORLD = SceneWorld(seed=5, height=64, width=64, min_size=0.3)
DATASET = SimulatedScenes(WORLD, train=16, validate=8, test=20)
ANCHORS = ((1.6, 1.8), (2.0, 1.9))
MODEL = TinyYOLOv2(num_classes=6, anchors=ANCHORS, input_size=(64, 64), filters=(4,) * 8, halvings=4)
BASE = DetectionTraining(TrainingRun(MODEL, DATASET, seed=1, epochs=1, batch_size=8, learning_rate=0.01))
RUN = GridPredictions(BASE, score_threshold=0.02)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def iou(box, other):
    sides = [max(0, min(box[axis + 2], other[axis + 2]) - max(box[axis], other[axis])) for axis in (0, 1)]
    areas = [(each[2] - each[0]) * (each[3] - each[1]) for each in (box, other)]
    return sides[0] * sides[1] / (sum(areas) - sides[0] * sides[1])


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    base, folder = tmp_path_factory.mktemp("base"), tmp_path_factory.mktemp("run")
    data = tmp_path_factory.mktemp("data") / "scenes"
    # Untrained: what is tested is what becomes of weights, whatever they are. Those of the last convolution leave boxes
    # about as large as their anchors, so that some lie on objects, and spread confidences and classes.
    keras.utils.set_random_seed(0)
    model = MODEL.build()
    kernel, bias = model.get_layer("conv9").get_weights()
    spread = np.tile([0.1] * 4 + [1.0] * 7, 2)
    model.get_layer("conv9").set_weights([np.random.default_rng(0).normal(0, spread, kernel.shape), bias])
    save_weights(model, base / "best.weights.h5")
    return RUN.execute(folder, data, [base]), folder, model, DATASET.prepare(data)


def predicted(model, image):
    """(row, column, anchor) -> corners in cells, confidence, probabilities of the classes."""
    output = keras.ops.convert_to_numpy(model({"image": image[None].astype("float32") / 255}, training=False))
    values = output[0].reshape(4, 4, 2, 11).astype("float64")
    found = {}
    for row, column, anchor in np.ndindex(4, 4, 2):
        x, y, w, h, confidence, *classes = values[row, column, anchor]
        x, y = column + sigmoid(x), row + sigmoid(y)
        w, h = ANCHORS[anchor][0] * np.exp(w), ANCHORS[anchor][1] * np.exp(h)
        corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        found[row, column, anchor] = corners, sigmoid(confidence), np.exp(classes) / np.exp(classes).sum()
    return found


def test_requires_the_training_and_reads_its_data():
    assert (RUN.requires, RUN.dataset) == ((BASE,), DATASET)


def test_every_box_of_the_picture_cell_by_cell(executed):
    result, folder, model, _ = executed
    expected = predicted(model, read_picture(folder))
    rows = {(row["row"] - 1, row["column"] - 1, row["anchor"] - 1): row for row in result["boxes"]}
    assert list(rows) == list(expected)
    for place, (corners, confidence, classes) in expected.items():
        row = rows[place]
        said = [row[name] for name in ("x_min", "y_min", "x_max", "y_max")]
        assert said == pytest.approx(corners, rel=1e-4, abs=1e-4)
        assert row["confidence"] == pytest.approx(confidence, abs=1e-5)
        assert row["label"] == WORLD.class_names[int(np.argmax(classes))]
        assert row["probability"] == pytest.approx(max(classes), abs=1e-5)


def test_detections_are_boxes_whose_score_is_above_the_threshold(executed):
    result, folder, model, _ = executed
    boxes = list(predicted(model, read_picture(folder)).values())
    assert result["detections"]
    for row in result["detections"]:
        label = WORLD.class_names.index(row["label"])
        scores = [confidence * classes[label] for _, confidence, classes in boxes]
        nearest = int(np.argmin(np.abs(np.subtract(scores, row["score"]))))
        assert scores[nearest] == pytest.approx(row["score"], abs=1e-5)
        assert row["score"] > RUN.score_threshold
        clipped = np.clip(boxes[nearest][0], 0, 4)
        # A side ends on a pixel at the least: detections are at least a pixel wide.
        shown = [row[name] for name in ("x_min", "y_min", "x_max", "y_max")]
        np.testing.assert_allclose(shown, clipped, atol=1 / 16 + 1e-4)
    kept = []  # of the boxes of a class, those that overlap with no better one that was kept
    for label in range(6):
        scores = [confidence * classes[label] for _, confidence, classes in boxes]
        better = []
        for box in sorted(range(len(boxes)), key=lambda box: -scores[box]):
            alone = all(iou(boxes[box][0], boxes[other][0]) <= 0.45 for other in better)
            if scores[box] > RUN.score_threshold and alone:
                better.append(box)
                kept.append(scores[box])
    assert sorted(row["score"] for row in result["detections"]) == pytest.approx(sorted(kept), abs=1e-5)


def test_objects_are_in_the_cells_of_their_centres(executed):
    result, *_ = executed
    assert len(result["objects"]) >= 3
    for row in result["objects"]:
        assert row["row"] - 1 <= (row["y_min"] + row["y_max"]) / 2 < row["row"]
        assert row["column"] - 1 <= (row["x_min"] + row["x_max"]) / 2 < row["column"]


def test_roles_over_the_whole_split(executed):
    """Each box of each picture: what the loss takes it for, by loops."""
    result, _, model, files = executed
    found = {"responsible": [], "ignored": [], "others": []}
    for inputs, rows in DATASET.read(files, "test", batch_size=1):
        boxes = predicted(model, inputs["image"][0])
        objects, answering = [], {}
        for _, x_min, y_min, x_max, y_max, difficult in rows[0]:
            if difficult == 0:
                box = ((x_min - 1) / 16, (y_min - 1) / 16, x_max / 16, y_max / 16)
                sides = (box[2] - box[0], box[3] - box[1])
                anchor = int(np.argmax([iou((0, 0, *sides), (0, 0, *anchor)) for anchor in ANCHORS]))
                objects.append(box)
                answering[int((box[1] + box[3]) / 2), int((box[0] + box[2]) / 2), anchor] = box
        for place, (corners, confidence, _) in boxes.items():
            largest = max((iou(corners, box) for box in objects), default=0.0)
            if place in answering:
                found["responsible"].append((confidence, iou(corners, answering[place])))
            else:
                found["ignored" if largest > 0.6 else "others"].append((confidence, largest))
    assert found["ignored"], "the example has no box that the loss forgives"
    for role, pairs in found.items():
        said = result["roles"][role]
        assert said["boxes"] == len(pairs)
        assert [said["confidence"], said["overlap"]] == pytest.approx(np.mean(pairs, axis=0), abs=1e-5)
