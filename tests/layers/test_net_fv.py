import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.layers import NetFV

EPSILON = 1e-3
FRAMES, FEATURES, CLUSTERS = 7, 5, 3


def fisher_frame_by_frame(frames, mask, weights, moments=None):
    """The released NetFV, one video and one frame at a time."""
    mean, variance = moments or (weights["cluster_bn/moving_mean"], weights["cluster_bn/moving_variance"])
    centres = weights["cluster_centres"].astype("float64")
    deviations = weights["cluster_deviations"].astype("float64") ** 2 + 1e-6
    result = []
    for video, real in zip(frames, mask, strict=True):
        first, second = np.zeros((2, FEATURES, CLUSTERS))
        for x in video[real].astype("float64"):
            logits = (x @ weights["cluster_weights"] - mean) / np.sqrt(variance + EPSILON)
            logits = weights["cluster_bn/gamma"] * logits + weights["cluster_bn/beta"]
            shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
            for k, share in enumerate(shares):
                distance = (x - centres[:, k]) / deviations[:, k]
                first[:, k] += share * distance
                second[:, k] += share * (distance**2 - 1)
        norms = np.linalg.norm(first, axis=0)
        first = first / np.where(norms > 0, norms, 1)
        result.append(np.concatenate([x.reshape(-1) / (np.linalg.norm(x) or 1) for x in (first, second)]))
    return np.stack(result)


def example(seed=0, counts=(7, 4, 1)):
    frames = np.random.default_rng(seed).normal(size=(len(counts), FRAMES, FEATURES)).astype("float32")
    return frames, np.arange(FRAMES) < np.array(counts)[:, None]


def built(randomize, **kwargs):
    layer = NetFV(CLUSTERS, **kwargs)
    layer.build((None, FRAMES, FEATURES))
    weights = randomize(layer)
    # Squared, deviations near zero would make the result a matter of rounding.
    layer.cluster_deviations.assign(1 + 0.3 * np.tanh(weights["cluster_deviations"]))
    return layer, weights | {"cluster_deviations": ops.convert_to_numpy(layer.cluster_deviations.value)}


def test_contract(check_contract):
    check_contract(
        lambda **kwargs: NetFV(CLUSTERS, **kwargs),
        example()[0],
        output_shape=(3, 2 * FEATURES * CLUSTERS),
        weights={
            "cluster_weights": (FEATURES, CLUSTERS),
            "cluster_centres": (FEATURES, CLUSTERS),
            "cluster_deviations": (FEATURES, CLUSTERS),
            **{f"cluster_bn/{name}": (CLUSTERS,) for name in ("gamma", "beta", "moving_mean", "moving_variance")},
        },
        output_dtype_in_mixed_precision="float16",
    )


# float32: squares are summed before the centres are taken off. float16: logits carry 2^-11 of themselves, 2e-3.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5), ("mixed_float16", 1e-2)])
def test_is_the_equation_with_the_released_normalisations(randomize, dtype, tolerance):
    layer, weights = built(randomize, dtype=dtype)
    frames, mask = example()
    result = ops.convert_to_numpy(layer(frames.astype("float64"), mask=mask, training=False))
    np.testing.assert_allclose(result, fisher_frame_by_frame(frames, mask, weights), atol=tolerance)


def test_training_normalises_with_the_moments_of_real_frames(randomize):
    layer, weights = built(randomize)
    frames, mask = example()
    result = layer(np.where(mask[..., None], frames, 1e6), mask=mask, training=True)
    logits = frames[mask].astype("float64") @ weights["cluster_weights"]
    expected = fisher_frame_by_frame(frames, mask, weights, (logits.mean(axis=0), logits.var(axis=0)))
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, atol=2e-5)


@settings(max_examples=10)
@given(
    counts=st.lists(st.integers(0, FRAMES), min_size=3, max_size=3).filter(any),
    padding=st.sampled_from([3e38, -1.0, float("nan"), float("inf")]),
    training=st.booleans(),
)
def test_padding_changes_nothing(counts, padding, training):
    frames, mask = example(counts=counts)
    results = []
    for filler in (0.0, padding):
        seeded = {name: keras.initializers.RandomNormal(seed=1) for name in ("weights", "centres", "deviations")}
        layer = NetFV(CLUSTERS, **{f"{name}_initializer": value for name, value in seeded.items()})
        result = layer(np.where(mask[..., None], frames, np.float32(filler)), mask=mask, training=training)
        results.append([ops.convert_to_numpy(result), *layer.get_weights()])
    for with_zeros, with_padding in zip(*results, strict=True):
        np.testing.assert_array_equal(with_padding, with_zeros)


@pytest.mark.parametrize("training", [False, True])
def test_the_order_of_frames_and_the_amount_of_padding_change_nothing(randomize, training):
    frames, mask = example()
    longer = np.pad(frames, ((0, 0), (0, 4), (0, 0)), constant_values=9.0), np.pad(mask, ((0, 0), (0, 4)))
    order = np.random.default_rng(1).permutation(FRAMES)
    results = [
        ops.convert_to_numpy(built(randomize)[0](x, mask=real, training=training))
        for x, real in ((frames, mask), longer, (frames[:, order], mask[:, order]))
    ]
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], atol=2e-5)  # sums in another order


def test_a_video_without_frames_gives_zeros_and_a_finite_training_step():
    frames, mask = example(counts=(7, 0, 2))
    inputs, mask_input = keras.Input((FRAMES, FEATURES)), keras.Input((FRAMES,), dtype="bool")
    model = keras.Model([inputs, mask_input], NetFV(CLUSTERS)(inputs, mask=mask_input))
    np.testing.assert_array_equal(model.predict([frames, mask], verbose=0)[1], np.zeros(2 * FEATURES * CLUSTERS))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    assert np.isfinite(model.train_on_batch([frames, mask], np.ones((3, 2 * FEATURES * CLUSTERS))))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_has_the_parameters_that_araujo_et_al_count():
    """Their Table 4, dense NetFV: 3 f K + 4 K a modality, with 64 and 32 clusters, make its 122,054,676 come out."""
    counts = []
    for clusters, features in ((64, 1024), (32, 128)):
        layer = NetFV(clusters)
        layer.build((None, None, features))
        counts.append(layer.count_params())
    others = (2 * (64 * 1024 + 32 * 128) * 512 + 2 * 4 * 512) + 1024 * 3862 * 9 + 4 * 3862 + 3862**2 + 4 * 3862
    assert sum(counts) + others == 122_054_676


def test_initial_weights_are_the_released_ones():
    layer = NetFV(64)
    layer.build((None, None, 256))
    weights, centres, deviations = layer.get_weights()[:3]
    # 16,384 draws: the sample's standard deviation is within 3 % of 1/sqrt(256) but for one time in 10^7.
    for tensor in (weights, centres, deviations):
        np.testing.assert_allclose(tensor.std(), 1 / 16, rtol=0.03)
    np.testing.assert_allclose([centres.mean(), deviations.mean()], [0, 1], atol=0.005)
    assert abs(np.corrcoef(weights.ravel(), centres.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("cluster_size", [1, 0, -1])
def test_clusters_must_be_several(cluster_size):
    with pytest.raises(ValueError, match=f"fv: cluster_size must be at least 2, not {cluster_size}"):
        NetFV(cluster_size, name="fv")


def test_inputs_without_frames_are_refused():
    with pytest.raises(ValueError, match=r"fv: NetFV takes \(batch, frames, features\), not shape \(2, 5\)"):
        NetFV(2, name="fv")(np.zeros((2, 5), dtype="float32"))
