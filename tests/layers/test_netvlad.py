import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.layers import NetVLAD

EPSILON = 1e-3
FRAMES, FEATURES, CLUSTERS = 7, 5, 3


def netvlad_frame_by_frame(frames, mask, weights, moments=None):
    """Eq. 2 with the released code's batch normalisation and normalisations, one video and one frame at a time."""
    mean, variance = moments or (weights["cluster_bn/moving_mean"], weights["cluster_bn/moving_variance"])
    centres = weights["cluster_centres"].astype("float64")
    result = []
    for video, real in zip(frames, mask, strict=True):
        descriptor = np.zeros(centres.shape)
        for x in video[real].astype("float64"):
            logits = (x @ weights["cluster_weights"] - mean) / np.sqrt(variance + EPSILON)
            logits = weights["cluster_bn/gamma"] * logits + weights["cluster_bn/beta"]
            shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
            for k, share in enumerate(shares):
                descriptor[:, k] += share * (x - centres[:, k])
        norms = np.linalg.norm(descriptor, axis=0)
        descriptor = descriptor / np.where(norms > 0, norms, 1)
        norm = np.linalg.norm(descriptor)
        result.append(descriptor.reshape(-1) / (norm if norm > 0 else 1))
    return np.stack(result)


def moments_of_real_frames(frames, mask, weights):
    logits = frames[mask].astype("float64") @ weights["cluster_weights"]
    return logits.mean(axis=0), logits.var(axis=0)


def example(seed=0, counts=(7, 4, 1)):
    frames = np.random.default_rng(seed).normal(size=(len(counts), FRAMES, FEATURES)).astype("float32")
    return frames, np.arange(FRAMES) < np.array(counts)[:, None]


def built(randomize, **kwargs):
    layer = NetVLAD(CLUSTERS, **kwargs)
    layer.build((None, FRAMES, FEATURES))
    return layer, randomize(layer)


def test_contract(check_contract):
    check_contract(
        lambda **kwargs: NetVLAD(CLUSTERS, **kwargs),
        example()[0],
        output_shape=(3, FEATURES * CLUSTERS),
        weights={
            "cluster_weights": (FEATURES, CLUSTERS),
            "cluster_centres": (FEATURES, CLUSTERS),
            **{f"cluster_bn/{name}": (CLUSTERS,) for name in ("gamma", "beta", "moving_mean", "moving_variance")},
        },
        output_dtype_in_mixed_precision="float16",
    )


# float32: sums over 7 frames, then two divisions by norms of order 1. float16: logits of order 5 carry 2^-11 of
# themselves into the assignment, 2e-3; inputs, weights and the output are rounded too.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5), ("mixed_float16", 1e-2)])
def test_is_equation_2_with_the_released_normalisations(randomize, dtype, tolerance):
    layer, weights = built(randomize, dtype=dtype)
    frames, mask = example()
    result = ops.convert_to_numpy(layer(frames.astype("float64"), mask=mask, training=False))
    np.testing.assert_allclose(result, netvlad_frame_by_frame(frames, mask, weights), atol=tolerance)


def test_training_normalises_with_the_moments_of_real_frames_and_keeps_them(randomize):
    layer, weights = built(randomize, batch_norm_momentum=0.9)
    frames, mask = example()
    result = layer(np.where(mask[..., None], frames, 1e6), mask=mask, training=True)
    mean, variance = moments_of_real_frames(frames, mask, weights)
    expected = netvlad_frame_by_frame(frames, mask, weights, (mean, variance))
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, atol=1e-5)
    for name, moment in (("moving_mean", mean), ("moving_variance", variance)):
        kept = ops.convert_to_numpy(getattr(layer.batch_norm, name).value)
        np.testing.assert_allclose(kept, 0.9 * weights[f"cluster_bn/{name}"] + 0.1 * moment, rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(
    counts=st.lists(st.integers(0, FRAMES), min_size=3, max_size=3).filter(any),
    padding=st.sampled_from([0.0, 3e38, -1.0, float("nan"), float("inf")]),
    training=st.booleans(),
)
def test_padding_changes_nothing(counts, padding, training):
    frames, mask = example(counts=counts)
    results = []
    for filler in (0.0, padding):
        layer = NetVLAD(CLUSTERS, weights_initializer=_seeded(1), centres_initializer=_seeded(2))
        padded = np.where(mask[..., None], frames, np.float32(filler))
        result = layer(padded, mask=mask, training=training)
        results.append([ops.convert_to_numpy(result), *layer.get_weights()])
    for with_zeros, with_padding in zip(*results, strict=True):
        np.testing.assert_array_equal(with_padding, with_zeros)


@pytest.mark.parametrize("training", [False, True])
def test_the_amount_of_padding_changes_nothing(randomize, training):
    results = []
    for extra in (0, 5):
        layer, _ = built(randomize)
        frames, mask = example(counts=(7, 3))
        frames, mask = np.pad(frames, ((0, 0), (0, extra), (0, 0))), np.pad(mask, ((0, 0), (0, extra)))
        results.append([ops.convert_to_numpy(layer(frames, mask=mask, training=training)), *layer.get_weights()])
    for short, long in zip(*results, strict=True):
        # The same numbers are summed in another order: float32's rounding, no more.
        np.testing.assert_allclose(long, short, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(FRAMES)), training=st.booleans())
def test_the_order_of_frames_changes_nothing(order, training):
    layer = NetVLAD(CLUSTERS, weights_initializer=_seeded(1), centres_initializer=_seeded(2))
    frames, _ = example()
    straight = ops.convert_to_numpy(layer(frames, training=training))
    shuffled = ops.convert_to_numpy(layer(frames[:, list(order)], training=training))
    np.testing.assert_allclose(shuffled, straight, atol=1e-6)  # sums in another order


def test_without_a_mask_all_frames_are_real(randomize):
    layer, _ = built(randomize)
    frames, _ = example()
    everything = np.ones(frames.shape[:2], dtype=bool)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(layer(frames)), ops.convert_to_numpy(layer(frames, mask=everything))
    )


def test_a_mask_from_an_earlier_layer_is_used_and_ends_here(randomize):
    layer, _ = built(randomize)
    frames, mask = example()
    masked = keras.layers.Masking(mask_value=-5.0)
    inputs = keras.Input((FRAMES, FEATURES))
    model = keras.Model(inputs, layer(masked(inputs)))
    by_masking = model.predict(np.where(mask[..., None], frames, -5.0), verbose=0)
    np.testing.assert_allclose(by_masking, ops.convert_to_numpy(layer(frames, mask=mask)), atol=1e-6)
    assert getattr(model.output, "_keras_mask", None) is None


def test_a_video_without_frames_gives_zeros_and_a_finite_training_step():
    frames, mask = example(counts=(7, 0, 2))
    inputs, mask_input = keras.Input((FRAMES, FEATURES)), keras.Input((FRAMES,), dtype="bool")
    model = keras.Model([inputs, mask_input], NetVLAD(CLUSTERS)(inputs, mask=mask_input))
    np.testing.assert_array_equal(model.predict([frames, mask], verbose=0)[1], np.zeros(FEATURES * CLUSTERS))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    assert np.isfinite(model.train_on_batch([frames, mask], np.ones((3, FEATURES * CLUSTERS))))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_one_cluster_is_the_direction_of_the_mean_residual(randomize):
    frames, mask = example()
    layer = NetVLAD(1)
    layer.build(frames.shape)
    centre = randomize(layer)["cluster_centres"][:, 0]
    expected = np.stack([video[real].mean(axis=0) - centre for video, real in zip(frames, mask, strict=True)])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    for training in (False, True):
        result = ops.convert_to_numpy(layer(frames, mask=mask, training=training))
        np.testing.assert_allclose(result, expected, atol=1e-6)


def test_initial_weights_are_the_released_ones_and_centres_differ_from_weights():
    layer = NetVLAD(64)
    layer.build((None, None, 256))
    weights, centres = layer.get_weights()[:2]
    # 16,384 draws: the sample's standard deviation is within 3 % of 1/sqrt(256) but for one time in 10^7.
    for tensor in (weights, centres):
        np.testing.assert_allclose(tensor.std(), 1 / 16, rtol=0.03)
        assert np.abs(tensor).max() > 3 / 16  # not truncated at two standard deviations
    assert abs(np.corrcoef(weights.ravel(), centres.ravel())[0, 1]) < 0.05


def test_long_videos_do_not_overflow_in_mixed_precision():
    frames = np.full((1, 2000, 4), 60.0, dtype="float32")  # the sum of 2,000 such frames is beyond float16
    layer = NetVLAD(2, dtype="mixed_float16")
    np.testing.assert_allclose(np.linalg.norm(ops.convert_to_numpy(layer(frames)).astype("float64")), 1.0, rtol=1e-3)


@pytest.mark.parametrize("cluster_size", [0, -1])
def test_clusters_must_be_positive(cluster_size):
    with pytest.raises(ValueError, match=f"vlad: cluster_size must be at least 1, not {cluster_size}"):
        NetVLAD(cluster_size, name="vlad")


def test_inputs_without_frames_are_refused():
    with pytest.raises(ValueError, match=r"vlad: NetVLAD takes \(batch, frames, features\), not shape \(2, 5\)"):
        NetVLAD(2, name="vlad")(np.zeros((2, 5), dtype="float32"))


def _seeded(seed):
    return keras.initializers.RandomNormal(stddev=1.0, seed=seed)
