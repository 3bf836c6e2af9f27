import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.ops import frame_mask, normalized_vlad, residual_sum, soft_assignment


def residuals_frame_by_frame(frames, assignments, centres):
    """Eq. 2's sum, read literally: for each video, cluster and feature, one frame after the other."""
    videos, num_frames, features = frames.shape
    clusters = centres.shape[1]
    result = np.zeros((videos, features, clusters))
    for video in range(videos):
        for k in range(clusters):
            for j in range(features):
                for i in range(num_frames):
                    result[video, j, k] += assignments[video, i, k] * (frames[video, i, j] - centres[j, k])
    return result


# float32: sums of 12 products, each rounded at 6e-8; a residual is a difference of two such sums of order 10.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_residual_sum_is_equation_2(dtype, tolerance):
    random = np.random.default_rng(0)
    frames = random.normal(size=(3, 12, 5))
    assignments = random.dirichlet(np.ones(4), size=(3, 12))
    centres = random.normal(size=(5, 4))
    result = residual_sum(*(ops.convert_to_tensor(x, dtype=dtype) for x in (frames, assignments, centres)))
    assert keras.backend.standardize_dtype(result.dtype) == dtype
    expected = residuals_frame_by_frame(frames, assignments, centres)
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, atol=tolerance)


def test_a_frame_at_a_centre_leaves_no_residual_there():
    centres = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]], dtype="float32")
    frames = centres.T[None]  # two frames, each at one centre
    assignments = np.array([[[1.0, 0.0], [0.0, 1.0]]], dtype="float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(residual_sum(frames, assignments, centres)), np.zeros((1, 3, 2)))


def test_soft_assignment_is_the_fraction_in_equation_2_and_nothing_for_padding():
    logits = np.random.default_rng(1).normal(size=(2, 3, 4)).astype("float32") * 5
    mask = np.array([[True, True, False], [True, False, False]])
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True) * mask[..., None]
    np.testing.assert_allclose(ops.convert_to_numpy(soft_assignment(logits, mask)), expected, rtol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(soft_assignment(logits)).sum(axis=-1), 1.0, rtol=1e-6)


def test_soft_assignment_of_extreme_logits_and_of_one_cluster():
    extreme = np.array([[[1000.0, 0.0, -1000.0]]], dtype="float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(soft_assignment(extreme)), [[[1.0, 0.0, 0.0]]])
    np.testing.assert_array_equal(ops.convert_to_numpy(soft_assignment(extreme[..., :1])), np.ones((1, 1, 1)))


def test_normalized_vlad_normalises_each_cluster_then_the_whole():
    # (1, features 2, clusters 3); one cluster is empty
    residuals = np.array([[[3.0, 0.0, 1.0], [4.0, 0.0, 0.0]]], dtype="float32")
    # Clusters become (0.6, 0.8), (0, 0), (1, 0); the whole has norm sqrt(2); the cluster index runs fastest.
    expected = np.array([[0.6, 0.0, 1.0, 0.8, 0.0, 0.0]]) / np.sqrt(2)
    np.testing.assert_allclose(ops.convert_to_numpy(normalized_vlad(residuals)), expected, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(num_frames=st.lists(st.integers(-2, 9), min_size=3, max_size=3))
def test_frame_mask_marks_the_first_frames(num_frames):
    mask = frame_mask(np.full((3, 6, 2), np.nan, dtype="float32"), np.array(num_frames, dtype="int32"))
    expected = [[position < count for position in range(6)] for count in num_frames]
    np.testing.assert_array_equal(ops.convert_to_numpy(mask), expected)
