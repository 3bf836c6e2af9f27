"""Annotated pictures as a detector's input: boxes where the pictures show the objects, batches by number."""

import numpy as np
import pytest

from compactvid.datasets import voc
from compactvid.datasets.augmentation import Augmentation
from compactvid.datasets.batches import Batches
from compactvid.datasets.detector_input import DetectorInput, objects_in_input
from compactvid.datasets.voc import AnnotatedObject

NAMES = ("white", "grey")
# By id: height, width and objects; white rectangles on black exactly where the annotations say.
PICTURES = {
    "wide": (
        40,
        100,
        [AnnotatedObject("white", 1, 1, 20, 40), AnnotatedObject("grey", 61, 11, 100, 30, difficult=True)],
    ),
    "high": (90, 30, [AnnotatedObject("white", 11, 31, 30, 90)]),
    "none": (50, 50, []),
    "same": (64, 64, [AnnotatedObject("grey", 33, 17, 48, 64)]),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    root, examples = tmp_path_factory.mktemp("voc"), []
    for name, (height, width, objects) in PICTURES.items():
        image = np.zeros((height, width, 3), np.uint8)
        for found in objects:
            rows, columns = slice(int(found.y_min) - 1, int(found.y_max)), slice(int(found.x_min) - 1, int(found.x_max))
            image[rows, columns] = 0 if found.difficult else 255
        examples.append({"id": name, "image": image, "objects": objects})
    voc.write(root, "train", examples)
    return voc.read(root, split="train", class_names=NAMES, size=(64, 64)).source


def test_boxes_are_where_the_letterboxed_pictures_are_white(source):
    inputs, objects = DetectorInput(source).load(np.arange(4), 0)
    assert (inputs["image"].shape, inputs["image"].dtype) == ((4, 64, 64, 3), np.float32)
    assert (objects.shape, objects.dtype) == ((4, 2, 5), np.float32)
    assert objects[..., 0].tolist() == [[0, -1], [0, -1], [-1, -1], [1, -1]]  # the difficult one is left out
    for image, rows in zip(inputs["image"], objects, strict=True):
        white = image[..., 0] > 0.75  # the padding is 0.5
        for row in rows[rows[:, 0] >= 0]:
            found = [np.flatnonzero(white.any(axis=axis)) for axis in (0, 1)]
            expected = [found[0][0], found[1][0], found[0][-1] + 1, found[1][-1] + 1]
            np.testing.assert_allclose(row[1:] * 64, expected, atol=1)
    np.testing.assert_array_equal(objects[3, 0, 1:], [0.5, 0.25, 0.75, 1])


def test_without_any_object_there_is_one_row_of_none():
    sizes = np.array([[5, 7]], "int32")
    np.testing.assert_array_equal(objects_in_input(np.zeros((1, 0, 6), "float32"), sizes, (8, 8)), [[[-1] * 5]])


def test_a_batch_is_a_function_of_seed_and_step(source):
    augmentation = Augmentation(mirror=0.5, zoom=1.3, shift=0.2, exposure=1.5)

    def batches(seed):
        return Batches(DetectorInput(source, augmentation, seed), batch_size=3, seed=seed)

    one, other = batches(7), batches(7)
    later = [other.batch(step) for step in (5, 2)]
    for step, (inputs, objects) in zip((5, 2), later, strict=True):
        again = one.batch(step)
        np.testing.assert_array_equal(inputs["image"], again[0]["image"])
        np.testing.assert_array_equal(objects, again[1])
    assert not np.array_equal(one.batch(0)[0]["image"], batches(8).batch(0)[0]["image"])
    images = {epoch: DetectorInput(source, augmentation, 7).load(np.array([3]), epoch)[0]["image"] for epoch in (0, 1)}
    assert not np.array_equal(images[0], images[1])


def test_a_picture_is_changed_alike_whatever_batch_it_is_in(source):
    examples = DetectorInput(source, Augmentation(mirror=0.5, zoom=1.3, shift=0.2), 3)
    together, _ = examples.load(np.arange(4), 2)
    alone, _ = examples.load(np.array([2]), 2)
    np.testing.assert_array_equal(alone["image"][0], together["image"][2])
    assert examples.ids(np.array([2, 0])) == ["none", "wide"]
    assert len(examples) == 4
