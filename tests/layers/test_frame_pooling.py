import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from compactvid.layers import FramePooling
from compactvid.layers.frame_pooling import RANKED_FRAMES

FRAMES, FEATURES = 7, 5


def example(counts=(7, 4, 1), frames=FRAMES):
    values = np.random.default_rng(0).normal(size=(len(counts), frames, FEATURES)).astype("float32")
    return values, np.arange(frames) < np.array(counts)[:, None]


def pooled(layer, frames, mask, **kwargs):
    return ops.convert_to_numpy(layer(frames, mask=mask, **kwargs))


def sampled(frames, mask, samples, size, seed):
    """Each frame has a fixed rank in each sample; of a video's real frames the k of lowest rank are the sample."""
    ranks = np.random.default_rng(seed or 0).random((samples, RANKED_FRAMES), dtype="float32")
    videos = [video[real] for video, real in zip(frames, mask, strict=True)]
    return [
        np.mean([video[np.argsort(rank[: len(video)])[:size]].max(axis=0) for rank in ranks], axis=0)
        for video in videos
    ]


@pytest.mark.parametrize("pooling", ["max", "mean", "robust"])
def test_is_the_equation_over_real_frames(pooling):
    frames, mask = example()
    pool = {"max": np.max, "mean": np.mean}.get(pooling)
    expected = (
        sampled(frames, mask, 4, 2, 3) if pool is None else [pool(x[m], 0) for x, m in zip(frames, mask, strict=True)]
    )
    layer = FramePooling(pooling, num_samples=4, sample_size=2, seed=3)
    np.testing.assert_allclose(pooled(layer, frames, mask), expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=15)
@given(
    counts=st.lists(st.integers(1, 30), min_size=2, max_size=3),
    samples=st.integers(1, 5),
    size=st.integers(1, 9),
    seed=st.one_of(st.none(), st.integers(0, 5)),
)
def test_robust_pooling_sample_by_sample(counts, samples, size, seed):
    frames, mask = example(counts, frames=30)
    layer = FramePooling("robust", num_samples=samples, sample_size=size, seed=seed)
    expected = sampled(frames, mask, samples, size, seed)
    np.testing.assert_allclose(pooled(layer, frames, mask), expected, rtol=1e-5, atol=1e-6)


def test_robust_meets_max_and_mean_at_its_ends():
    frames, mask = example(counts=(7, 7, 7))
    largest, mean = pooled(FramePooling("max"), frames, mask), pooled(FramePooling("mean"), frames, mask)
    whole = pooled(FramePooling("robust", sample_size=FRAMES), frames, mask)
    np.testing.assert_allclose(whole, largest, rtol=1e-6)
    single = pooled(FramePooling("robust", num_samples=20_000, sample_size=1), frames, mask)
    np.testing.assert_allclose(single, mean, atol=0.05)  # seven standard errors of 20,000 draws
    between = pooled(FramePooling("robust", num_samples=200, sample_size=3), frames, mask)
    assert (between <= largest + 1e-6).all()
    assert (between > mean).all()


def test_samples_are_drawn_anew_in_training_and_only_there():
    frames, mask = example(counts=(7, 7, 7))
    layer = FramePooling("robust", num_samples=2, sample_size=2, seed=7)
    for training, same in ((False, True), (True, False)):
        first, second = (pooled(layer, frames, mask, training=training) for _ in range(2))
        assert (first == second).all() == same
    # In training, each video has samples of its own.
    alike = np.repeat(frames[:1], 3, axis=0)
    drawn = pooled(layer, alike, mask, training=True)
    assert (drawn[0] != drawn[1]).any()
    assert (drawn[1] != drawn[2]).any()


@settings(max_examples=20)
@given(
    pooling=st.sampled_from(["max", "mean", "robust"]),
    counts=st.lists(st.integers(0, FRAMES), min_size=3, max_size=3),
    filler=st.sampled_from([3e38, -1.0, float("nan"), float("inf")]),
    extra=st.integers(0, 5),
)
def test_what_follows_a_video_and_how_much_of_it_changes_nothing(pooling, counts, filler, extra):
    frames, mask = example(counts)
    layer = FramePooling(pooling, num_samples=3, sample_size=2, seed=3)
    longer = np.pad(np.where(mask[..., None], frames, np.float32(filler)), ((0, 0), (0, extra), (0, 0)))
    result = pooled(layer, longer, np.pad(mask, ((0, 0), (0, extra))))
    np.testing.assert_allclose(result, pooled(layer, np.where(mask[..., None], frames, 0), mask), rtol=1e-6)
    assert (result[np.array(counts) == 0] == 0).all()


@pytest.mark.parametrize("pooling", ["max", "mean", "robust"])
def test_contract(tmp_path, pooling):
    frames, mask = example()
    inputs, mask_input = keras.Input((None, FEATURES)), keras.Input((None,), dtype="bool")
    layer = FramePooling(pooling, num_samples=4, sample_size=3, seed=5)
    outputs = layer(inputs, mask=mask_input)
    assert (tuple(outputs.shape), outputs.dtype, layer.weights) == ((None, FEATURES), "float32", [])
    assert FramePooling.from_config(layer.get_config()).get_config() == layer.get_config()
    model = keras.Model([inputs, mask_input], outputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    expected = model.predict([frames, mask], verbose=0)
    np.testing.assert_array_equal(loaded.predict([frames, mask], verbose=0), expected)
    half = FramePooling(pooling, num_samples=4, sample_size=3, seed=5, dtype="mixed_float16")(frames, mask=mask)
    assert keras.backend.standardize_dtype(half.dtype) == "float16"
    np.testing.assert_allclose(ops.convert_to_numpy(half), expected, rtol=2e-3, atol=1e-3)  # 2^-11, of values to 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pooling": "sum"}, "pooling must be one of max, mean, robust, not 'sum'"),
        ({"num_samples": 0}, "num_samples and sample_size must be positive, not 0 and 15"),
        ({"sample_size": -1}, "num_samples and sample_size must be positive, not 10 and -1"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=f"pool: {message}"):
        FramePooling(**arguments, name="pool")
