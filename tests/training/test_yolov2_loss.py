"""YOLOv2's loss: its gradient against the deltas of Darknet's region layer, its value against sums written out."""

import keras
import numpy as np
import pytest

from compactvid.training.yolov2_loss import YOLOv2Loss

ANCHORS = ((1.0, 1.5), (2.0, 1.0), (0.5, 0.5))
ROWS, COLUMNS, CLASSES = 3, 4, 2
LOSS = YOLOv2Loss(ANCHORS, object_scale=5.0, no_object_scale=1.5, coordinate_scale=0.7, class_scale=1.2)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def iou(box, other):
    """Of boxes by their centres."""
    sides = [
        min(box[axis] + box[2 + axis] / 2, other[axis] + other[2 + axis] / 2)
        - max(box[axis] - box[2 + axis] / 2, other[axis] - other[2 + axis] / 2)
        for axis in (0, 1)
    ]
    shared = max(sides[0], 0) * max(sides[1], 0)
    return shared / (box[2] * box[3] + other[2] * other[3] - shared)


def region_layer(objects, output, loss):
    """Loss of one picture, and Darknet's deltas, the negative gradient: one cell, anchor and object after the other.

    `output` (rows, columns, anchors * (5 + classes)), `objects` (n, 5) as the loss takes them.
    """
    rows, columns, channels = output.shape
    values = output.reshape(rows, columns, len(ANCHORS), channels // len(ANCHORS)).astype("float64")
    delta, terms = np.zeros_like(values), np.zeros((*values.shape[:3], 3))
    truths = [
        (int(label), ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0))
        for label, x0, y0, x1, y1 in objects.astype("float64")
        if label >= 0
    ]

    def predicted(row, column, n):
        """As shares of the picture, as `get_region_box` has them."""
        x, y, w, h = values[row, column, n, :4]
        width, height = ANCHORS[n]
        return (
            (column + sigmoid(x)) / columns,
            (row + sigmoid(y)) / rows,
            np.exp(w) * width / columns,
            np.exp(h) * height / rows,
        )

    for row, column, n in np.ndindex(rows, columns, len(ANCHORS)):
        best = max((iou(predicted(row, column, n), truth) for _, truth in truths), default=0)
        if best <= loss.ignored_iou:
            found = sigmoid(values[row, column, n, 4])
            delta[row, column, n, 4] = loss.no_object_scale * (0 - found) * found * (1 - found)
            terms[row, column, n, 0] = loss.no_object_scale / 2 * found**2
    for label, truth in truths:
        column, row = int(truth[0] * columns), int(truth[1] * rows)
        shapes = [iou((0, 0, w / columns, h / rows), (0, 0, *truth[2:])) for w, h in ANCHORS]
        n = shapes.index(max(shapes))
        overlap = iou(predicted(row, column, n), truth)
        here = values[row, column, n]
        x, y, found = sigmoid(here[[0, 1, 4]])
        target_x, target_y = truth[0] * columns - column, truth[1] * rows - row
        target_w = np.log(truth[2] * columns / ANCHORS[n][0])
        target_h = np.log(truth[3] * rows / ANCHORS[n][1])
        probabilities = np.exp(here[5:]) / np.exp(here[5:]).sum()
        delta[row, column, n] = [  # set, not added to: a later object takes the place of an earlier one
            loss.coordinate_scale * (target_x - x) * x * (1 - x),
            loss.coordinate_scale * (target_y - y) * y * (1 - y),
            loss.coordinate_scale * (target_w - here[2]),
            loss.coordinate_scale * (target_h - here[3]),
            loss.object_scale * (overlap - found) * found * (1 - found),
            *(loss.class_scale * (np.eye(len(probabilities))[label] - probabilities)),
        ]
        squares = (target_x - x) ** 2 + (target_y - y) ** 2 + (target_w - here[2]) ** 2 + (target_h - here[3]) ** 2
        terms[row, column, n] = [
            loss.object_scale / 2 * (overlap - found) ** 2,
            loss.coordinate_scale / 2 * squares,
            -loss.class_scale * np.log(probabilities[label]),
        ]
    return terms.sum(), delta.reshape(output.shape)


def example(random, images=6, objects=4):
    """Outputs of which some boxes overlap with an object by more than 0.6, and objects, among them rows without one."""
    output = random.normal(size=(images, ROWS, COLUMNS, len(ANCHORS) * (5 + CLASSES)))
    rows = []
    for _ in range(images):
        low = random.random((objects, 2)) * 0.7
        high = low + 0.1 + (0.9 - low) * random.random((objects, 2))
        rows.append(np.column_stack([random.integers(0, CLASSES, objects), low, np.minimum(high, 1)]))
    truth = np.array(rows)
    truth[0, 2:] = truth[1] = -1
    truth[2, 3] = truth[2, 0] * [1, 1.01, 1.01, 1, 1]  # the same anchor of the same cell, another box
    truth[2, 3, 0] = 1 - truth[2, 0, 0]
    for image in range(3, images):  # boxes drawn onto the first object
        x, y = (truth[image, 0, 1:3] + truth[image, 0, 3:]) / 2 * [COLUMNS, ROWS]
        w, h = (truth[image, 0, 3:] - truth[image, 0, 1:3]) * [COLUMNS, ROWS]
        for n, (width, height) in enumerate(ANCHORS):
            offsets = np.array([x % 1, y % 1]).clip(0.01, 0.99)
            place = slice(7 * n, 7 * n + 4)
            output[image, int(y), int(x), place] = (
                *np.log(offsets / (1 - offsets)),
                np.log(w / width),
                np.log(h / height),
            )
    return truth.astype("float32"), output.astype("float32")


def test_value_and_gradient_are_those_of_darknets_region_layer():
    tf = pytest.importorskip("tensorflow")
    truth, output = example(np.random.default_rng(0))
    variable = tf.Variable(output)
    with tf.GradientTape() as tape:
        loss = LOSS(tf.constant(truth), variable)
        total = tf.reduce_sum(loss)
    gradient = tape.gradient(total, variable).numpy()
    expected = [region_layer(objects, image, LOSS) for objects, image in zip(truth, output, strict=True)]
    np.testing.assert_allclose(loss.numpy(), [value for value, _ in expected], rtol=1e-5)
    np.testing.assert_allclose(gradient, [-delta for _, delta in expected], atol=1e-5)


def test_the_example_has_what_the_loss_tells_apart():
    """Ignored boxes that are responsible for nothing, and an anchor of two objects."""
    truth, output = example(np.random.default_rng(0))
    for changed in (YOLOv2Loss(**{**vars(LOSS), "ignored_iou": 1.0}), YOLOv2Loss(**{**vars(LOSS), "ignored_iou": 0.0})):
        assert np.abs(np.subtract(changed(truth, output), LOSS(truth, output))).max() > 0.01
    swapped = truth.copy()
    swapped[2] = truth[2, [3, 1, 2, 0]]
    assert abs(float(LOSS(swapped, output)[2]) - float(LOSS(truth, output)[2])) > 0.01


def test_gradient_is_that_of_finite_differences():
    """Where IoU is a constant: of the class, coordinate and no-object terms, in a tiny case."""
    loss = YOLOv2Loss(((1.0, 1.0),), object_scale=0.0)
    truth = np.array([[[1, 0.1, 0.2, 0.4, 0.9], [-1, -1, -1, -1, -1]]], "float32")
    output = np.random.default_rng(1).normal(size=(1, 1, 2, 7)).astype("float32")
    tf = pytest.importorskip("tensorflow")
    variable = tf.Variable(output)
    with tf.GradientTape() as tape:
        total = loss(tf.constant(truth), variable)
    gradient = tape.gradient(total, variable).numpy()
    for place in np.ndindex(output.shape):
        step = np.zeros_like(output)
        step[place] = 1e-2
        ends = [float(loss(truth, output + sign * step)[0]) for sign in (1, -1)]
        # Central differences of step 0.01: 1e-4 of the third derivative, and float32 of a loss of order 1 over 0.02.
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-2, abs=2e-4)


def test_a_picture_without_objects_only_says_that_there_is_none():
    output = np.random.default_rng(2).normal(size=(2, ROWS, COLUMNS, 21)).astype("float32")
    none = np.full((2, 3, 5), -1, "float32")
    found = keras.ops.convert_to_numpy(LOSS(none, output))
    confidence = sigmoid(output.reshape(2, -1, 7)[..., 4].astype("float64"))
    np.testing.assert_allclose(found, 1.5 / 2 * (confidence**2).sum(axis=1), rtol=1e-5)


def test_an_object_outside_of_the_picture_is_none():
    output = np.random.default_rng(3).normal(size=(1, ROWS, COLUMNS, 21)).astype("float32")
    outside = np.array([[[0, 1.1, 0.2, 1.4, 0.5], [1, 0.1, -0.5, 0.3, -0.1]]], "float32")
    none = np.full((1, 1, 5), -1, "float32")
    np.testing.assert_array_equal(LOSS(outside, output), LOSS(none, output))


def test_the_best_prediction_has_almost_no_loss():
    """Sure of the object, of its box and class, and of all else that it is nothing."""
    output = np.zeros((1, ROWS, COLUMNS, 21), "float32")
    output[..., 4::7] = -30
    truth = np.array([[[1, 0.25, 1 / 3, 0.75, 2 / 3]]], "float32")  # 2 x 1 cells around (2, 1.5): the second anchor
    output[0, 1, 2, 7:14] = [-30, 0, 0, 0, 30, -30, 30]
    assert float(LOSS(truth, output)[0]) == pytest.approx(0, abs=1e-5)


def test_a_nan_shows():
    output = np.zeros((2, ROWS, COLUMNS, 21), "float32")
    output[1, 0, 0, 3] = np.nan
    truth = np.array([[[1, 0.01, 0.01, 0.2, 0.3]]] * 2, "float32")
    assert np.isfinite(keras.ops.convert_to_numpy(LOSS(truth, output))).tolist() == [True, False]


def test_keras_takes_it_as_a_loss():
    """Its mean over the pictures, and labels of another rank than the output."""
    truth, output = example(np.random.default_rng(4))
    model = keras.Sequential([keras.Input(output.shape[1:]), keras.layers.Activation("linear")])
    model.compile("sgd", LOSS, jit_compile=False)
    expected = keras.ops.convert_to_numpy(LOSS(truth, output)).mean()
    assert model.evaluate(output, truth, batch_size=6, verbose=0) == pytest.approx(expected, rel=1e-6)
