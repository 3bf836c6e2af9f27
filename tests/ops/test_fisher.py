import numpy as np
import pytest
from keras import ops

from compactvid.ops import fisher_sums, normalized_fisher_vector


def sums_frame_by_frame(frames, assignments, centres, deviations):
    """The two NetFV sums, read literally: for each video, cluster and feature, one frame after the other."""
    videos, num_frames, features = frames.shape
    first = np.zeros((videos, features, centres.shape[1]))
    second = np.zeros_like(first)
    for video in range(videos):
        for i in range(num_frames):
            for k in range(centres.shape[1]):
                for j in range(features):
                    distance = (frames[video, i, j] - centres[j, k]) / deviations[j, k]
                    first[video, j, k] += assignments[video, i, k] * distance
                    second[video, j, k] += assignments[video, i, k] * (distance**2 - 1)
    return first, second


def example():
    random = np.random.default_rng(0)
    frames = random.normal(size=(3, 12, 5))
    vectors = random.normal(size=(2, 5, 4)) + np.array([[[0.0]], [[4.0]]])
    return frames, random.dirichlet(np.ones(4), size=(3, 12)), vectors


# float32: squares are summed before the centres are taken off: 12 terms of order 10, each rounded at 6e-8.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 2e-5)])
def test_fisher_sums_are_the_equations(dtype, tolerance):
    frames, assignments, (centres, deviations) = example()
    expected = sums_frame_by_frame(frames, assignments, centres, deviations)
    inputs = [ops.convert_to_tensor(x.astype(dtype)) for x in (frames, assignments, centres, deviations)]
    for found, sums in zip(fisher_sums(*inputs), expected, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(found), sums, atol=tolerance)


def test_a_cluster_fitted_to_its_frames_says_nothing():
    """Mean and variance of the frames themselves: both gradients of a Gaussian's log-likelihood are zero there."""
    frames = np.random.default_rng(1).normal(2.0, 3.0, size=(1, 200, 4))
    centres, deviations = frames[0].mean(axis=0)[:, None], frames[0].std(axis=0)[:, None]
    inputs = (frames, np.ones((1, 200, 1)), centres, deviations)
    for order in fisher_sums(*[ops.convert_to_tensor(x) for x in inputs]):
        np.testing.assert_allclose(ops.convert_to_numpy(order), 0, atol=1e-10)


def test_the_first_order_is_normalised_by_cluster_and_the_second_as_a_whole():
    random = np.random.default_rng(2)
    first, second = random.normal(size=(2, 3, 5, 4))
    first[:, :, 1] *= 100
    second[2] = 0
    vector = ops.convert_to_numpy(normalized_fisher_vector(*map(ops.convert_to_tensor, (first, second))))
    by_cluster = first / np.linalg.norm(first, axis=1, keepdims=True) / 2  # four clusters of norm 1
    np.testing.assert_allclose(vector[:, :20], by_cluster.reshape(3, 20), atol=1e-12)
    np.testing.assert_allclose(
        vector[:2, 20:], (second[:2].T / np.linalg.norm(second[:2], axis=(1, 2))).T.reshape(2, 20)
    )
    np.testing.assert_array_equal(vector[2, 20:], 0)
