"""Class-wise non-maximum suppression against TensorFlow's, which knows one class of one image."""

import numpy as np
import pytest

from compactvid.ops.non_max_suppression import class_wise_non_max_suppression


def random_boxes(random, images, boxes, classes):
    low = random.random((images, boxes, 2)) * 6
    corners = np.concatenate([low, low + 0.5 + 4 * random.random((images, boxes, 2))], axis=-1).astype("float32")
    # Few different scores, so that there are ties.
    return corners, (random.integers(0, 12, (images, boxes, classes)) / 12).astype("float32")


@pytest.mark.parametrize(("iou", "score"), [(0.45, 0.2), (0.1, 0.005), (0.9, 0.5), (0.0, 0.0), (1.0, 0.2)])
def test_keeps_what_tensorflow_keeps(iou, score):
    tf = pytest.importorskip("tensorflow")
    boxes, scores = random_boxes(np.random.default_rng(3), images=4, boxes=40, classes=3)
    kept = class_wise_non_max_suppression(boxes, scores, iou_threshold=iou, score_threshold=score)
    assert kept.shape == scores.shape
    for image in range(4):
        for label in range(3):
            chosen = tf.image.non_max_suppression(boxes[image], scores[image, :, label], 40, iou, score)
            assert np.flatnonzero(kept[image, :, label]).tolist() == sorted(chosen.numpy().tolist())


def test_a_box_that_went_takes_no_other_with_it():
    """The second goes for the first; the third overlaps with the second alone and stays."""
    boxes = np.array([[[0, 0, 4, 4], [2, 0, 6, 4], [4, 0, 8, 4]]], "float32")
    scores = np.array([[[0.9], [0.8], [0.7]]], "float32")
    kept = class_wise_non_max_suppression(boxes, scores, iou_threshold=0.3)
    assert kept[0, :, 0].tolist() == [True, False, True]


def test_of_equal_scores_the_first_box_stays_and_classes_do_not_see_each_other():
    boxes = np.array([[[0, 0, 4, 4], [0, 0, 4, 4]]], "float32")
    scores = np.array([[[0.5, 0.1], [0.5, 0.9]]], "float32")
    assert class_wise_non_max_suppression(boxes, scores).tolist() == [[[True, False], [False, True]]]


def test_a_score_at_the_threshold_is_none():
    boxes = np.zeros((1, 1, 4), "float32")
    assert not class_wise_non_max_suppression(boxes, np.full((1, 1, 1), 0.25), score_threshold=0.25).any()


def test_there_may_be_nothing():
    for images, boxes in ((0, 3), (2, 0)):
        kept = class_wise_non_max_suppression(np.zeros((images, boxes, 4), "float32"), np.zeros((images, boxes, 2)))
        assert kept.shape == (images, boxes, 2)


def test_bad_values_are_named():
    boxes, scores = random_boxes(np.random.default_rng(4), 3, 5, 2)
    with pytest.raises(ValueError, match=r"iou_threshold must lie in \[0, 1\], not 1.5"):
        class_wise_non_max_suppression(boxes, scores, iou_threshold=1.5)
    with pytest.raises(ValueError, match="score_threshold must lie in"):
        class_wise_non_max_suppression(boxes, scores, score_threshold=float("nan"))
    scores[1, 2, 0] = boxes[2, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"scores of image 1 \(from 0\) hold a NaN"):
        class_wise_non_max_suppression(boxes, scores)
    with pytest.raises(ValueError, match=r"boxes of image 2 \(from 0\) hold a NaN"):
        class_wise_non_max_suppression(boxes, np.nan_to_num(scores))
