import keras
import numpy as np
import pytest
from keras import ops

from compactvid.layers import MixtureOfExperts

FEATURES, CLASSES, MIXTURES = 5, 4, 3


def mixture_class_by_class(inputs, weights, classes=CLASSES, mixtures=MIXTURES):
    """The released classifier: for each video and class, a softmax over its own columns and a sum over experts."""
    result = np.zeros((len(inputs), classes))
    for video, x in enumerate(inputs.astype("float64")):
        for v in range(classes):
            gates = [np.exp(x @ weights["gates_kernel"][:, v * (mixtures + 1) + m]) for m in range(mixtures + 1)]
            for m in range(mixtures):
                column = v * mixtures + m
                logit = x @ weights["experts_kernel"][:, column] + weights["experts_bias"][column]
                result[video, v] += gates[m] / sum(gates) / (1 + np.exp(-logit))
    return result


def example(videos=6):
    return np.random.default_rng(0).normal(size=(videos, FEATURES)).astype("float32")


def test_contract(check_contract):
    check_contract(
        lambda **kwargs: MixtureOfExperts(CLASSES, num_mixtures=MIXTURES, **kwargs),
        example(),
        output_shape=(6, CLASSES),
        weights={
            "gates_kernel": (FEATURES, CLASSES * (MIXTURES + 1)),
            "experts_kernel": (FEATURES, CLASSES * MIXTURES),
            "experts_bias": (CLASSES * MIXTURES,),
        },
        output_dtype_in_mixed_precision="float32",
    )


# float32: products of 5 terms, then a sum of 3. float16: logits of order 5 carry 2^-11 of themselves, 2.5e-3.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-6), ("mixed_float16", 5e-3)])
def test_is_the_released_mixture(randomize, dtype, tolerance):
    layer = MixtureOfExperts(CLASSES, num_mixtures=MIXTURES, dtype=dtype)
    layer.build((None, FEATURES))
    weights = randomize(layer)
    result = ops.convert_to_numpy(layer(example().astype("float64")))
    np.testing.assert_allclose(result, mixture_class_by_class(example(), weights), atol=tolerance)


@pytest.mark.parametrize("mixtures", [1, 2, 5])
def test_undecided_gates_leave_one_share_to_the_dummy(mixtures):
    layer = MixtureOfExperts(CLASSES, num_mixtures=mixtures, kernel_initializer="zeros")
    result = ops.convert_to_numpy(layer(example()))
    np.testing.assert_allclose(result, mixtures / (mixtures + 1) / 2, rtol=1e-6)


def test_experts_of_a_class_are_interchangeable_and_classes_apart(randomize):
    layer = MixtureOfExperts(CLASSES, num_mixtures=MIXTURES)
    layer.build((None, FEATURES))
    weights = randomize(layer)
    before = ops.convert_to_numpy(layer(example()))
    # Exchange experts 0 and 2 of class 1, with their gates; then spoil class 3.
    for tensor, width in ((layer.gates_kernel, MIXTURES + 1), (layer.experts_kernel, MIXTURES)):
        value = weights[tensor.path.split("/")[1]].copy()
        value[:, [width, width + 2]] = value[:, [width + 2, width]]
        value[:, 3 * width :] = 7.0
        tensor.assign(value)
    bias = weights["experts_bias"].copy()
    bias[[MIXTURES, MIXTURES + 2]] = bias[[MIXTURES + 2, MIXTURES]]
    layer.experts_bias.assign(bias)
    after = ops.convert_to_numpy(layer(example()))
    np.testing.assert_allclose(after[:, :3], before[:, :3], rtol=1e-5)
    assert (after[:, 3] != before[:, 3]).all()


def test_probabilities_below_float16_survive_mixed_precision():
    layer = MixtureOfExperts(CLASSES, num_mixtures=MIXTURES, dtype="mixed_float16")
    layer.build((None, FEATURES))
    layer.experts_bias.assign(np.full(CLASSES * MIXTURES, -40.0))
    result = ops.convert_to_numpy(layer(example()))
    assert result.dtype == np.float32
    assert (result > 0).all()
    assert (result < 1e-12).all()


def test_float16_kernels_are_stored_so_and_computed_in_float32(randomize):
    half = MixtureOfExperts(CLASSES, num_mixtures=MIXTURES, kernel_dtype="float16", name="half")
    full = MixtureOfExperts(CLASSES, num_mixtures=MIXTURES)
    for layer in (half, full):
        layer.build((None, FEATURES))
        randomize(layer)
    assert {weight.path: weight.dtype for weight in half.weights} == {
        "half/gates_kernel": "float16",
        "half/experts_kernel": "float16",
        "half/experts_bias": "float32",
    }
    for kernel in (full.gates_kernel, full.experts_kernel):
        kernel.assign(ops.convert_to_numpy(kernel.value).astype("float16").astype("float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(half(example())), ops.convert_to_numpy(full(example())))


def test_the_penalty_is_on_both_kernels_and_not_on_the_bias(randomize):
    layer = MixtureOfExperts(CLASSES, num_mixtures=MIXTURES, kernel_regularizer=keras.regularizers.L2(0.01))
    layer.build((None, FEATURES))
    weights = randomize(layer)
    squares = np.square(weights["gates_kernel"]).sum() + np.square(weights["experts_kernel"]).sum()
    np.testing.assert_allclose(float(sum(layer.losses)), 0.01 * squares, rtol=1e-5)


@pytest.mark.parametrize(("classes", "mixtures"), [(0, 2), (3, 0)])
def test_sizes_must_be_positive(classes, mixtures):
    with pytest.raises(ValueError, match=f"must be positive, not {classes} and {mixtures}"):
        MixtureOfExperts(classes, num_mixtures=mixtures)


def test_frames_are_refused():
    with pytest.raises(ValueError, match=r"MixtureOfExperts takes \(batch, features\), not shape \(2, 3, 4\)"):
        MixtureOfExperts(3)(np.zeros((2, 3, 4), dtype="float32"))
