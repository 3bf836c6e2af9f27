import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.layers import DeepBagOfFrames

FRAMES, FEATURES, UNITS = 7, 5, 4
EVERY_POOLING = pytest.mark.parametrize("pooling", ["max", "mean", "robust"])


def projected_frame_by_frame(frames, mask, weights, pool, moments=None):
    """The starter code's DbofModel up to the pooling, without its draw of frames, one frame at a time."""
    mean, variance = moments or (weights["projection_bn/moving_mean"], weights["projection_bn/moving_variance"])
    result = []
    for video, real in zip(frames, mask, strict=True):
        rows = []
        for x in video[real].astype("float64"):
            value = (x @ weights["kernel"] - mean) / np.sqrt(variance + 1e-3)
            rows.append(np.clip(weights["projection_bn/gamma"] * value + weights["projection_bn/beta"], 0, 6))
        result.append(pool(rows, axis=0))
    return np.stack(result)


def example(counts=(7, 4, 1)):
    frames = np.random.default_rng(0).normal(size=(len(counts), FRAMES, FEATURES)).astype("float32")
    return frames, np.arange(FRAMES) < np.array(counts)[:, None]


def built(randomize, **kwargs):
    layer = DeepBagOfFrames(UNITS, **kwargs)
    layer.build((None, FRAMES, FEATURES))
    return layer, randomize(layer)


@EVERY_POOLING
def test_contract(check_contract, pooling):
    check_contract(
        lambda **kwargs: DeepBagOfFrames(UNITS, pooling=pooling, sample_size=3, seed=5, **kwargs),
        example()[0],
        output_shape=(3, UNITS),
        weights={
            "kernel": (FEATURES, UNITS),
            **{f"projection_bn/{name}": (UNITS,) for name in ("gamma", "beta", "moving_mean", "moving_variance")},
        },
        output_dtype_in_mixed_precision="float16",
    )


# float32: a product of 5 terms. float16: values up to 6 carry 2^-11 of themselves, times gamma.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5), ("mixed_float16", 3e-2)])
@pytest.mark.parametrize(("pooling", "pool"), [("max", np.max), ("mean", np.mean)])
def test_is_the_equation_after_the_released_activation(randomize, pooling, pool, dtype, tolerance):
    layer, weights = built(randomize, pooling=pooling, dtype=dtype)
    frames, mask = example()
    result = ops.convert_to_numpy(layer(frames.astype("float64"), mask=mask, training=False))
    np.testing.assert_allclose(result, projected_frame_by_frame(frames, mask, weights, pool), atol=tolerance)


def test_training_normalises_with_the_moments_of_real_frames(randomize):
    layer, weights = built(randomize)
    frames, mask = example()
    result = layer(np.where(mask[..., None], frames, 1e6), mask=mask, training=True)
    projected = frames[mask].astype("float64") @ weights["kernel"]
    moments = projected.mean(axis=0), projected.var(axis=0)
    expected = projected_frame_by_frame(frames, mask, weights, np.max, moments)
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, atol=2e-5)


@settings(max_examples=20)
@given(
    pooling=st.sampled_from(["max", "mean", "robust"]),
    counts=st.lists(st.integers(0, FRAMES), min_size=3, max_size=3).filter(any),
    padding=st.sampled_from([3e38, -1.0, float("nan"), float("inf")]),
    training=st.booleans(),
)
def test_padding_changes_nothing(pooling, counts, padding, training):
    frames, mask = example(counts)
    results = []
    for filler in (0.0, padding):
        kernel = keras.initializers.RandomNormal(stddev=1.0, seed=1)
        layer = DeepBagOfFrames(UNITS, pooling=pooling, sample_size=2, seed=3, kernel_initializer=kernel)
        result = layer(np.where(mask[..., None], frames, np.float32(filler)), mask=mask, training=training)
        results.append([ops.convert_to_numpy(result), *layer.get_weights()])
    for with_zeros, with_padding in zip(*results, strict=True):
        np.testing.assert_array_equal(with_padding, with_zeros)


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_the_order_of_frames_changes_nothing(randomize, pooling):
    layer, _ = built(randomize, pooling=pooling)
    frames, mask = example()
    order = np.random.default_rng(1).permutation(FRAMES)
    result = ops.convert_to_numpy(layer(frames[:, order], mask=mask[:, order]))
    np.testing.assert_allclose(result, ops.convert_to_numpy(layer(frames, mask=mask)), atol=1e-6)


@EVERY_POOLING
@pytest.mark.parametrize("more", [1, 4])
def test_the_amount_of_padding_changes_nothing(randomize, pooling, more):
    layer, _ = built(randomize, pooling=pooling, num_samples=2, sample_size=2, seed=3)
    frames, mask = example()
    longer = np.pad(frames, ((0, 0), (0, more), (0, 0)), constant_values=9.0)
    result = ops.convert_to_numpy(layer(longer, mask=np.pad(mask, ((0, 0), (0, more)))))
    np.testing.assert_allclose(result, ops.convert_to_numpy(layer(frames, mask=mask)), atol=1e-6)
    alone = ops.convert_to_numpy(layer(frames[1:2, :4]))  # the second video has four frames
    np.testing.assert_allclose(alone[0], result[1], atol=1e-6)


def test_robust_samples_are_drawn_anew_in_training_and_only_there(randomize):
    frames, _ = example(counts=(7, 7, 7))
    layer, _ = built(randomize, pooling="robust", num_samples=2, sample_size=2, seed=7)
    for training, same in ((False, True), (True, False)):
        first, second = (ops.convert_to_numpy(layer(frames, training=training)) for _ in range(2))
        assert (first == second).all() == same
    alone = ops.convert_to_numpy(layer(frames[1:2], training=False))
    np.testing.assert_allclose(alone[0], ops.convert_to_numpy(layer(frames, training=False))[1], atol=1e-6)


def test_robust_is_max_where_a_sample_holds_all_frames(randomize):
    frames, mask = example()
    robust, _ = built(randomize, pooling="robust", sample_size=FRAMES)
    largest, _ = built(randomize)
    np.testing.assert_allclose(
        ops.convert_to_numpy(robust(frames, mask=mask)), ops.convert_to_numpy(largest(frames, mask=mask)), atol=1e-6
    )


@EVERY_POOLING
def test_a_video_without_frames_gives_zeros_and_a_finite_training_step(pooling):
    frames, mask = example(counts=(7, 0, 2))
    inputs, mask_input = keras.Input((FRAMES, FEATURES)), keras.Input((FRAMES,), dtype="bool")
    layer = DeepBagOfFrames(UNITS, pooling=pooling, sample_size=3)
    model = keras.Model([inputs, mask_input], layer(inputs, mask=mask_input))
    np.testing.assert_array_equal(model.predict([frames, mask], verbose=0)[1], np.zeros(UNITS))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    assert np.isfinite(model.train_on_batch([frames, mask], np.ones((3, UNITS))))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_has_the_parameters_that_araujo_et_al_count():
    """Their Table 4, dense DBoF: f p + 4 p a modality, with 8192 and 4096, make its 65,795,732 come out."""
    counts = []
    for units, features in ((8192, 1024), (4096, 128)):
        layer = DeepBagOfFrames(units, kernel_initializer="zeros")
        layer.build((None, None, features))
        counts.append(layer.count_params())
    others = (8192 + 4096) * 512 + 2 * 4 * 512 + 1024 * 3862 * 9 + 4 * 3862 + 3862**2 + 4 * 3862
    assert sum(counts) + others == 65_795_732


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 1}, "units must be at least 2, not 1"),
        ({"units": 4, "pooling": "sum"}, "pooling must be one of max, mean, robust, not 'sum'"),
        ({"units": 4, "num_samples": 0}, "num_samples and sample_size must be positive, not 0 and 15"),
        ({"units": 4, "sample_size": -1}, "num_samples and sample_size must be positive, not 10 and -1"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=f"bag: {message}"):
        DeepBagOfFrames(**arguments, name="bag")


def test_inputs_without_frames_are_refused():
    with pytest.raises(ValueError, match=r"bag: DeepBagOfFrames takes \(batch, frames, features\), not shape \(2, 5\)"):
        DeepBagOfFrames(2, name="bag")(np.zeros((2, 5), dtype="float32"))
