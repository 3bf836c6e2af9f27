import keras
import numpy as np
import pytest
from keras import ops

from compactvid.layers import ContextGating

FEATURES = 6


def gating_value_by_value(inputs, weights):
    """Eq. 3 for one activation after the other, with a bias or with batch normalisation in its place."""
    result = np.zeros(inputs.shape)
    for video, x in enumerate(inputs.astype("float64")):
        for j in range(len(x)):
            logit = sum(x[i] * float(weights["kernel"][i, j]) for i in range(len(x)))
            if "bias" in weights:
                logit += weights["bias"][j]
            else:
                deviation = logit - weights["gating_bn/moving_mean"][j]
                logit = deviation / np.sqrt(weights["gating_bn/moving_variance"][j] + 1e-3)
                logit = weights["gating_bn/gamma"][j] * logit + weights["gating_bn/beta"][j]
            result[video, j] = x[j] / (1 + np.exp(-logit))
    return result


def example(videos=4):
    return np.random.default_rng(0).normal(size=(videos, FEATURES)).astype("float32")


@pytest.mark.parametrize("use_batch_norm", [True, False])
def test_contract(check_contract, use_batch_norm):
    statistics = {f"gating_bn/{name}": (FEATURES,) for name in ("gamma", "beta", "moving_mean", "moving_variance")}
    check_contract(
        lambda **kwargs: ContextGating(use_batch_norm=use_batch_norm, **kwargs),
        example(),
        output_shape=(4, FEATURES),
        weights={"kernel": (FEATURES, FEATURES), **(statistics if use_batch_norm else {"bias": (FEATURES,)})},
        output_dtype_in_mixed_precision="float16",
    )


# float32: a product of 6 terms and a division. float16: logits of order 10 carry 2^-11 of themselves, 5e-3.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5), ("mixed_float16", 1e-2)])
@pytest.mark.parametrize("use_batch_norm", [True, False])
def test_is_equation_3(randomize, use_batch_norm, dtype, tolerance):
    layer = ContextGating(use_batch_norm=use_batch_norm, dtype=dtype)
    layer.build((None, FEATURES))
    weights = randomize(layer)
    result = ops.convert_to_numpy(layer(example().astype("float64"), training=False))
    np.testing.assert_allclose(result, gating_value_by_value(example(), weights), atol=tolerance)


def test_a_zero_kernel_halves_and_an_open_gate_passes():
    layer = ContextGating(use_batch_norm=False, kernel_initializer="zeros")
    layer.build((None, FEATURES))
    layer.bias.assign(np.zeros(FEATURES))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(example())), example() / 2)
    layer.bias.assign(np.full(FEATURES, 100.0))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(example())), example())


def test_gates_of_permuted_features_are_permuted(randomize):
    layer = ContextGating()
    layer.build((None, FEATURES))
    weights = randomize(layer)
    order = np.random.default_rng(3).permutation(FEATURES)
    straight = ops.convert_to_numpy(layer(example()))
    layer.kernel.assign(weights["kernel"][np.ix_(order, order)])
    for name in ("gamma", "beta", "moving_mean", "moving_variance"):
        getattr(layer.batch_norm, name).assign(weights[f"gating_bn/{name}"][order])
    permuted = ops.convert_to_numpy(layer(example()[:, order]))
    np.testing.assert_allclose(permuted, straight[:, order], atol=1e-6)  # sums in another order


def test_a_float16_kernel_is_stored_so_and_computed_in_float32(randomize, tmp_path):
    half, full = ContextGating(kernel_dtype="float16", name="half"), ContextGating()
    for layer in (half, full):
        layer.build((None, FEATURES))
        randomize(layer)
    assert {weight.path: weight.dtype for weight in half.weights if weight.dtype != "float32"} == {
        "half/kernel": "float16"
    }
    full.kernel.assign(ops.convert_to_numpy(full.kernel.value).astype("float16").astype("float32"))
    expected = ops.convert_to_numpy(full(example()))
    np.testing.assert_array_equal(ops.convert_to_numpy(half(example())), expected)
    keras.Sequential([keras.Input((FEATURES,)), half]).save(tmp_path / "half.keras")
    loaded = keras.models.load_model(tmp_path / "half.keras").layers[-1]
    assert loaded.kernel.dtype == "float16"
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(example())), expected)


def test_initial_kernel_is_the_released_one():
    layer = ContextGating()
    layer.build((None, 144))
    kernel = layer.get_weights()[0]
    np.testing.assert_allclose(kernel.std(), 1 / 12, rtol=0.03)  # 20,736 draws: 6 standard errors
    assert np.abs(kernel).max() > 3 / 12  # not truncated at two standard deviations


def test_frames_are_refused():
    with pytest.raises(ValueError, match=r"gate: ContextGating takes \(batch, features\), not shape \(2, 3, 4\)"):
        ContextGating(name="gate")(np.zeros((2, 3, 4), dtype="float32"))
