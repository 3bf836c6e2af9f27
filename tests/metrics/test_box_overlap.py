"""Overlap of boxes, pixel by pixel, and the choice among the objects of a group."""

import itertools
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.metrics import box_overlap
from compactvid.metrics.box_overlap import largest_overlap


def pixels(box):
    x_min, y_min, x_max, y_max = box
    return set(itertools.product(range(x_min, x_max + 1), range(y_min, y_max + 1)))


BOXES = st.tuples(*[st.integers(-2, 4)] * 2, *[st.integers(0, 3)] * 2).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(BOXES, BOXES)
def test_counts_pixels(box, other):
    expected = len(pixels(box) & pixels(other)) / len(pixels(box) | pixels(other))
    assert box_overlap.box_overlap(np.array(box, float), np.array(other, float)) == expected


@given(
    st.lists(st.tuples(st.integers(-3, 3), BOXES), max_size=12),
    st.lists(st.tuples(st.integers(0, 4), BOXES), max_size=12),
    st.sampled_from([1, 2, 5, 2**16]),
)
def test_chooses_the_first_of_the_largest_for_any_size_of_block(boxes, objects, pairs):
    expected = []
    for row, (group, box) in enumerate(boxes):
        choices = [
            (-len(pixels(box) & pixels(other)) / len(pixels(box) | pixels(other)), index)
            for index, (other_group, other) in enumerate(objects)
            if group == other_group
        ]
        if choices:
            expected.append((row, *min(choices)))
    with mock.patch.object(box_overlap, "PAIRS_PER_BLOCK", pairs):
        rows, overlap, index = largest_overlap(*_arrays(boxes), *_arrays(objects))
    assert list(zip(rows, -overlap, index, strict=True)) == expected


def _arrays(boxes):
    corners = np.array([box for _, box in boxes], float).reshape(-1, 4)
    return corners.T, np.array([group for group, _ in boxes], int)


@pytest.mark.parametrize("size", [1, 3])
def test_is_one_for_equal_boxes_and_zero_for_neighbours(size):
    box = np.array([1.0, 1, size, size])
    assert box_overlap.box_overlap(box, box) == 1
    assert box_overlap.box_overlap(box, box + size * np.array([1, 0, 1, 0])) == 0
