"""Boxes: decoding against the paper's equations cell by cell, encoding as its inverse, IoU against counted pixels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from compactvid.ops.boxes import decode_boxes, encode_boxes, intersection_over_union, to_centres, to_corners

ANCHORS = ((1.0, 1.5), (2.0, 1.0), (0.5, 0.6))


def decoded(output, anchors=ANCHORS):
    return [ops.convert_to_numpy(part) for part in decode_boxes(ops.convert_to_tensor(output), anchors)]


def encoded(boxes, grid=(4, 5), anchors=ANCHORS):
    boxes = ops.convert_to_tensor(np.asarray(boxes, "float32"))
    return [ops.convert_to_numpy(part) for part in encode_boxes(boxes, grid, anchors)]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_decoding_is_the_paper_s_equations():
    """Redmon & Farhadi 2017, section 2: one cell and anchor after the other, in Darknet's order of channels."""
    output = np.random.default_rng(0).normal(size=(2, 2, 4, 3 * 7)).astype("float32")
    boxes, objectness, classes = decoded(output)
    assert (boxes.shape, objectness.shape, classes.shape) == ((2, 2, 4, 3, 4), (2, 2, 4, 3), (2, 2, 4, 3, 2))
    for image, row, column, anchor in np.ndindex(2, 2, 4, 3):
        t_x, t_y, t_w, t_h, t_o, *scores = output[image, row, column, 7 * anchor : 7 * anchor + 7].tolist()
        p_w, p_h = ANCHORS[anchor]
        expected = [sigmoid(t_x) + column, sigmoid(t_y) + row, p_w * math.exp(t_w), p_h * math.exp(t_h)]
        place = image, row, column, anchor
        np.testing.assert_allclose(boxes[place], expected, rtol=1e-5)
        assert objectness[place] == pytest.approx(sigmoid(t_o), rel=1e-5)
        total = sum(map(math.exp, scores))
        np.testing.assert_allclose(classes[place], [math.exp(score) / total for score in scores], rtol=1e-5)


def test_boxes_stay_finite_whatever_the_network_says():
    output = np.full((1, 1, 1, 7), 1e30, "float32")
    boxes, objectness, _ = decoded(output, ((1.0, 2.0),))
    np.testing.assert_allclose(boxes[0, 0, 0, 0], [1, 1, math.exp(20), 2 * math.exp(20)], rtol=1e-5)
    assert objectness == 1


@pytest.mark.parametrize(("channels", "anchors"), [(20, 3), (15, 3), (0, 3)])
def test_channels_that_fit_no_anchors_are_refused(channels, anchors):
    with pytest.raises(ValueError, match=f"{channels} channels are no output for {anchors} anchors"):
        decoded(np.zeros((1, 1, 1, channels), "float32"), ANCHORS)


@given(st.lists(st.tuples(*[st.floats(0.01, 0.99)] * 2, *[st.floats(0.05, 4)] * 2), min_size=1, max_size=5))
def test_what_is_encoded_is_decoded_again(shares):
    boxes = np.array([[(5 * x, 4 * y, w, h) for x, y, w, h in shares]], "float32")
    slots, targets = encoded(boxes)
    output = np.zeros((1, 4, 5, 3, 7), "float32")
    cells = output.reshape(-1, 7)
    for box, slot, (x, y, w, h) in zip(boxes[0], slots[0], targets[0], strict=True):
        x, y = np.clip([x, y], 1e-6, 1 - 1e-6)
        cells[slot, :4] = math.log(x / (1 - x)), math.log(y / (1 - y)), w, h
        found = decoded(output.reshape(1, 4, 5, 21))[0].reshape(-1, 4)[slot]
        # The logit of an offset near the cell's edge has few digits left in float32.
        np.testing.assert_allclose(found, box, rtol=1e-4, atol=1e-4)


def test_an_object_belongs_to_the_cell_of_its_centre_and_the_anchor_of_its_shape():
    boxes = [[(0.0, 0.0, 1.0, 1.5), (4.99, 3.99, 2.2, 1.1), (2.5, 1.5, 0.5, 0.7), (3.0, 1.0, 1.0, 1.0)]]
    slots, targets = encoded(boxes)
    # The last, 1 x 1, has IoU 2/3 with the first anchor, 1/2 with the second and 0.3 with the third.
    assert slots.tolist() == [[0, (3 * 5 + 4) * 3 + 1, (1 * 5 + 2) * 3 + 2, (1 * 5 + 3) * 3]]
    expected = [[0, 0, 0, 0], [0.99, 0.99, math.log(1.1), math.log(1.1)], [0.5, 0.5, 0, math.log(0.7 / 0.6)]]
    np.testing.assert_allclose(targets[0, :3], expected, atol=1e-6)
    np.testing.assert_allclose(targets[0, 3], [0, 0, 0, math.log(1 / 1.5)], atol=1e-6)


def test_of_equal_anchors_the_first_is_taken():
    assert encoded([[(0.5, 0.5, 1.0, 1.0)]], (1, 1), ((2.0, 1.0), (1.0, 2.0)))[0].tolist() == [[0]]


def test_rows_without_an_object_and_boxes_outside_of_the_grid_have_no_slot():
    boxes = [
        [(-1, -1, 0, 0), (2, 2, 0, 1), (5.0, 1, 1, 1), (1, 4.0, 1, 1), (-0.1, 1, 1, 1), (1, -1, 1, 1), (1, 1, 1, 1)]
    ]
    slots, targets = encoded(boxes)
    assert slots.tolist() == [[-1] * 6 + [(5 + 1) * 3]]
    assert not targets[0, :6].any()


def test_corners_and_centres():
    centres = np.array([[3.0, 4.0, 2.0, 6.0]])
    np.testing.assert_array_equal(ops.convert_to_numpy(to_corners(centres)), [[2, 1, 4, 7]])
    np.testing.assert_array_equal(ops.convert_to_numpy(to_centres(np.array([[2.0, 1, 4, 7]]))), centres)


BOX = st.tuples(*[st.integers(0, 8)] * 4).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


@given(BOX, BOX)
def test_overlap_is_that_of_counted_squares(box, other):
    """Of corners that are integers: the unit squares that both hold, by those that any holds."""

    def squares(corners):
        return {(x, y) for x in range(corners[0], corners[2]) for y in range(corners[1], corners[3])}

    shared, joined = squares(box) & squares(other), squares(box) | squares(other)
    found = float(intersection_over_union(np.array(box, "float32"), np.array(other, "float32")))
    assert found == pytest.approx(len(shared) / len(joined) if joined else 0.0, abs=1e-6)


def test_overlaps_broadcast():
    boxes = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 6, 6]], "float32")
    found = ops.convert_to_numpy(intersection_over_union(boxes[:, None], boxes[None]))
    np.testing.assert_allclose(found, [[1, 1 / 7, 0], [1 / 7, 1, 0], [0, 0, 1]], rtol=1e-6)
