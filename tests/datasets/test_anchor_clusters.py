"""Anchors: clusters that are there are found, and no move of a box makes the result better."""

import numpy as np
import pytest

from compactvid.datasets.anchor_clusters import anchor_clusters, shape_overlap


def test_clusters_that_lie_apart_are_found():
    random = np.random.default_rng(0)
    centres = np.array([[10.0, 12.0], [40.0, 20.0], [30.0, 90.0]])
    sizes = np.concatenate([centre * (1 + 0.05 * random.uniform(-1, 1, (50, 2))) for centre in centres])
    found = anchor_clusters(random.permutation(sizes), 3)
    np.testing.assert_allclose(found, sizes.reshape(3, 50, 2).mean(axis=1))


def test_each_anchor_is_the_mean_of_the_boxes_that_overlap_with_it_most():
    sizes = np.exp(np.random.default_rng(1).normal(3, 0.6, (400, 2)))
    anchors = anchor_clusters(sizes, 5)
    overlaps = [[min(w, a) * min(h, b) / (w * h + a * b - min(w, a) * min(h, b)) for a, b in anchors] for w, h in sizes]
    nearest = np.argmax(overlaps, axis=1)
    for number, anchor in enumerate(anchors):
        np.testing.assert_allclose(anchor, sizes[nearest == number].mean(axis=0))
    assert (np.diff(anchors.prod(axis=1)) > 0).all()
    one = shape_overlap(sizes, anchor_clusters(sizes, 1)).mean()
    assert np.max(overlaps, axis=1).mean() > one + 0.15


def test_overlap_of_shapes():
    assert shape_overlap(np.array([2.0, 3.0]), np.array([4.0, 1.0])) == pytest.approx(2 / (6 + 4 - 2))


def test_as_many_anchors_as_boxes_are_the_boxes_and_equal_boxes_are_one_cluster():
    np.testing.assert_array_equal(anchor_clusters(np.array([[4, 4], [1, 2]]), 2), [[1, 2], [4, 4]])
    np.testing.assert_array_equal(anchor_clusters(np.ones((5, 2)), 2), np.ones((2, 2)))


@pytest.mark.parametrize(
    ("sizes", "count", "message"),
    [
        (np.ones((3, 4)), 1, r"of shape \(boxes, 2\), got \(3, 4\)"),
        (np.array([[1.0, 0.0]]), 1, "finite widths and heights above 0"),
        (np.array([[1.0, np.nan]]), 1, "finite widths and heights above 0"),
        (np.ones((3, 2)), 4, "from 1 to the number of boxes, 3, got 4"),
        (np.ones((3, 2)), 0, "got 0"),
    ],
)
def test_bad_sizes_and_counts_are_refused(sizes, count, message):
    with pytest.raises(ValueError, match=message):
        anchor_clusters(sizes, count)
