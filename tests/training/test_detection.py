"""Detections in the pixels of the pictures' files, from networks whose output says what is known."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.batches import Batches
from compactvid.datasets.detector_input import objects_in_input
from compactvid.metrics import mean_detection_average_precision
from compactvid.ops.boxes import encode_boxes, to_centres
from compactvid.training.detection import detect, detections, objects_of

ANCHORS = ((1.0, 1.5), (2.0, 1.0))
NAMES = ("disc", "ring", "star")
SIZE = (64, 96)
GRID = (2, 3)
COLUMNS = ["x_min", "y_min", "x_max", "y_max"]


def output_for(objects, sizes, score=30.0):
    """What a perfect network says of objects as `voc.read` gives them: nothing but these, with that logit."""
    shares = objects_in_input(objects, sizes, SIZE)
    cells = np.asarray(to_centres(shares[..., 1:] * [3, 2, 3, 2]))
    slots, targets = (np.asarray(part) for part in encode_boxes(cells, GRID, ANCHORS))
    output = np.zeros((len(objects), 12, 8), "float32")
    output[..., 4] = -30
    for image, place in zip(*np.nonzero(shares[..., 0] >= 0), strict=True):
        x, y, w, h = targets[image, place]
        x, y = np.clip([x, y], 1e-6, 1 - 1e-6)
        found = output[image, slots[image, place]]
        found[:5] = math.log(x / (1 - x)), math.log(y / (1 - y)), w, h, score
        found[5 + int(shares[image, place, 0])] = 30
    return output.reshape(len(objects), *GRID, 16)


def found(output, sizes, ids=None, **options):
    ids = [f"image {number}" for number in range(len(output))] if ids is None else ids
    return detections(output, ids, sizes, input_size=SIZE, anchors=ANCHORS, class_names=NAMES, **options)


SIDE = st.integers(5, 400)


@given(height=SIDE, width=SIDE, shares=st.tuples(*[st.floats(0, 0.9)] * 2, *[st.floats(0.1, 1)] * 2))
def test_an_object_comes_back_where_it_was_in_an_image_of_any_size(height, width, shares):
    """From the annotation into the letterboxed input, through the network's output, and back: within rounding."""
    x_min, y_min = 1 + math.floor(shares[0] * width), 1 + math.floor(shares[1] * height)
    x_max = x_min + math.floor(shares[2] * (width - x_min))
    y_max = y_min + math.floor(shares[3] * (height - y_min))
    objects = np.array([[[2, x_min, y_min, x_max, y_max, 0]]], "float32")
    sizes = np.array([[height, width]], "int32")
    table = found(output_for(objects, sizes), sizes)
    assert table[["image", "label"]].to_numpy().tolist() == [["image 0", "star"]]
    assert table["score"][0] == pytest.approx(1)
    # float32: offsets near a cell's edge have few digits left in their logit; a pixel of the input is some of these.
    tolerance = 1e-3 * max(height / SIZE[0], width / SIZE[1], 1)
    np.testing.assert_allclose(table[COLUMNS].to_numpy()[0], [x_min, y_min, x_max, y_max], atol=tolerance)


def test_a_perfect_network_has_map_1():
    objects = np.full((3, 2, 6), -1, "float32")
    objects[0] = [[0, 3, 4, 30, 40, 0], [1, 50, 5, 90, 60, 0]]
    objects[2, 0] = [2, 1, 1, 200, 100, 0]
    sizes = np.array([[64, 96], [10, 10], [100, 200]], "int32")
    truth = objects_of(objects, ["a", "b", "c"], NAMES)
    assert truth["image"].tolist() == ["a", "a", "c"]
    assert mean_detection_average_precision(truth, found(output_for(objects, sizes), sizes, ["a", "b", "c"])) == 1


def test_a_whole_image_is_1_to_its_width_whatever_is_beyond():
    """A box of e^3 cells, far over every edge; and one that lies in the letterbox's padding alone."""
    output = np.zeros((1, *GRID, 16), "float32")
    output[..., 4::8] = -30
    output[0, 1, 1, :8] = [0, 0, 3, 3, 30, 30, 0, 0]
    output[0, 0, 0, 8:] = [0, 0, -3, -3, 30, 30, 0, 0]  # around x = 16 of 96: the image begins at 32
    sizes = np.array([[20, 10]], "int32")
    table = found(output, sizes)
    np.testing.assert_allclose(table[COLUMNS].to_numpy(), [[1, 1, 10, 20]])


def test_sides_of_less_than_a_pixel_are_a_pixel():
    output = np.zeros((1, *GRID, 16), "float32")
    output[..., 4::8] = -30
    output[0, 0, 1, :8] = [0, 0, -12, -12, 30, 30, 0, 0]  # the middle of cell (1, 0): x = 48, y = 16
    table = found(output, np.array([[64, 96]], "int32"))
    np.testing.assert_allclose(table[COLUMNS].to_numpy(), [[49, 17, 49, 17]], atol=1e-3)
    assert (table["x_max"] >= table["x_min"]).all()


def test_scores_are_products_and_fall_image_by_image():
    random = np.random.default_rng(0)
    output = random.normal(size=(3, *GRID, 16)).astype("float32")
    sizes = np.array([[64, 96], [128, 96], [64, 10]], "int32")
    table = found(output, sizes, score_threshold=0.0, iou_threshold=1.0)
    values = output.reshape(3, -1, 8).astype("float64")
    probabilities = np.exp(values[..., 5:]) / np.exp(values[..., 5:]).sum(axis=-1, keepdims=True)
    expected = probabilities / (1 + np.exp(-values[..., 4:5]))
    for image, rows in table.groupby("image", sort=False):
        scores = np.sort(expected[int(image[-1])].ravel())[::-1]
        if image == "image 0":  # the others have padding, with boxes in it
            np.testing.assert_allclose(rows["score"], scores, rtol=1e-5)
        assert (np.diff(rows["score"]) <= 0).all()
    assert table["image"].unique().tolist() == ["image 0", "image 1", "image 2"]
    assert 0 < len(found(output, sizes, score_threshold=0.3)) < len(found(output, sizes)) < len(table)


def test_nothing_found_is_an_empty_table_of_the_same_columns():
    output = np.full((2, *GRID, 16), -30, "float32")
    sizes = np.array([[64, 96]] * 2, "int32")
    table = found(output, sizes)
    assert len(table) == 0
    full = found(np.zeros((2, *GRID, 16), "float32"), sizes)
    pd.testing.assert_series_equal(table.dtypes, full.dtypes)


def test_bad_output_is_named():
    output, sizes = np.zeros((2, *GRID, 16), "float32"), np.array([[64, 96]] * 2, "int32")
    for bad in (np.nan, np.inf):
        output[1, 0, 0, 3] = bad
        with pytest.raises(ValueError, match="image b: the output has values that are not finite"):
            found(output, sizes, ["a", "b"])
    with pytest.raises(ValueError, match="the output has 15 channels: expected 16, for 2 anchors and 3 classes"):
        found(output[..., :15], sizes)
    with pytest.raises(ValueError, match="image b: class 3 is none of disc, ring, star"):
        objects_of(np.array([[[0, 1, 1, 2, 2, 0]], [[3, 1, 1, 2, 2, 0]]], "float32"), ["a", "b"], NAMES)


class Pictures:
    """Five pictures of one grey value each, an object in each but the third."""

    def __len__(self):
        return 5

    def load(self, indices, epoch):
        images = np.broadcast_to(indices[:, None, None, None] * 51, (len(indices), *SIZE, 3)).astype("uint8")
        objects = np.array([[[index % 3, 1, 1, 10 + index, 20, index == 4]] for index in indices], "float32")
        objects[indices == 2] = -1
        return {"image": images, "image_size": np.array([[64, 96]] * len(indices), "int32")}, objects

    def ids(self, indices):
        return [f"p{index}" for index in indices]


def test_a_split_is_detected_batch_by_batch():
    """The network gets [0, 1]; its objectness here is that grey value."""
    seen = []

    def predict(inputs):
        grey = inputs["image"][:, 0, 0, 0]
        seen.extend(grey.tolist())
        output = np.zeros((len(grey), *GRID, 16), "float32")
        output[..., 4::8] = -30
        output[:, 0, 0, 4] = 10 * grey - 5
        return output

    objects, table = detect(predict, Batches(Pictures(), batch_size=2), anchors=ANCHORS, class_names=NAMES)
    np.testing.assert_allclose(seen, np.arange(5) / 5)
    assert objects["image"].tolist() == ["p0", "p1", "p3", "p4"]
    assert objects["label"].tolist() == ["disc", "ring", "disc", "ring"]
    assert objects["x_max"].tolist() == [10, 11, 13, 14]
    assert objects["difficult"].tolist() == [False, False, False, True]
    best = table.groupby("image")["score"].max()
    assert best.index.tolist() == ["p1", "p2", "p3", "p4"]  # the first picture's score is 0.002
    np.testing.assert_allclose(best, [1 / (1 + math.exp(5 - 2 * n)) / 3 for n in range(1, 5)], rtol=1e-5)
