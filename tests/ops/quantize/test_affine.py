import math

import keras
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compactvid.ops import affine_dequantize, affine_parameters, affine_quantize
from compactvid.ops.quantize import affine_range

# Float32's normal numbers and zero: backends flush smaller ones.
LARGEST = float(np.float32(3.3e38))  # beyond, the outermost level may be infinite
values = st.floats(-LARGEST, LARGEST, width=32, allow_subnormal=False)
matrices = arrays.arrays("float32", st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=values)
ONLY_TENSORFLOW = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the reference is TensorFlow")


def numpy(*tensors):
    return [keras.ops.convert_to_numpy(tensor) for tensor in tensors]


def read_back(x, per_channel=False):
    scale, zero_point = affine_parameters(x, per_channel=per_channel)
    levels = affine_quantize(x, scale, zero_point)
    return numpy(scale, zero_point, levels, affine_dequantize(levels, scale, zero_point))


def slow_rule(column):
    """TensorFlow 1's `quantize_weights` with `FloatToQuantized<quint8>`, in float64, a value at a time."""
    smallest, largest = min(0.0, *column), max(0.0, *column)
    if largest - smallest < 1e-35:
        smallest, largest = 0.0, 1.0

    def c_round(x):
        return math.copysign(math.floor(abs(x) + 0.5), x)

    per_level = 255 / (largest - smallest)
    return [min(255, max(0, c_round(v * per_level) - c_round(smallest * per_level))) for v in column]


@pytest.mark.parametrize("per_channel", [False, True])
def test_equation_is_tensorflow_1s(per_channel):
    x = np.random.default_rng(0).normal(size=(40, 5)).astype("float32") * [1, 10, 0.1, 1, 1]
    x[:, 3] = np.abs(x[:, 3])
    x[:, 4] = 0
    _, _, levels, _ = read_back(x, per_channel)
    columns = x.T.astype("float64") if per_channel else [x.ravel().astype("float64")]
    expected = np.array([slow_rule(column.tolist()) for column in columns])
    expected = expected.T if per_channel else expected.reshape(x.shape)
    assert levels.dtype == np.uint8
    np.testing.assert_array_equal(levels, expected)


@ONLY_TENSORFLOW
@pytest.mark.parametrize(("low", "high"), [(-1.3, 2.0), (-0.2, 5.0), (0.0, 1.0), (-3.0, 0.0)])
def test_tensorflows_fake_quantisation_gives_the_same_values(low, high):
    import tensorflow as tf

    x = np.random.default_rng(1).uniform(low, high, size=(500, 2)).astype("float32")
    x[:2] = [[low], [high]]
    expected = tf.quantization.fake_quant_with_min_max_vars(x, low, high, num_bits=8)
    np.testing.assert_allclose(read_back(x)[3], expected, atol=1e-5)
    x[:, 1] *= 3
    lows, highs = np.float32([low, 3 * low]), np.float32([high, 3 * high])
    expected = tf.quantization.fake_quant_with_min_max_vars_per_channel(x, lows, highs, num_bits=8)
    np.testing.assert_allclose(read_back(x, per_channel=True)[3], expected, atol=1e-5)


@given(matrices, st.booleans())
@example(np.float32([[LARGEST, -LARGEST]]), False)
@example(np.float32([[1e-37, 0.0]]), True)
@settings(max_examples=60)
def test_no_value_moves_by_more_than_half_a_level_and_zero_not_at_all(x, per_channel):
    scale, zero_point, _, back = read_back(x, per_channel)
    assert scale.dtype == np.float32
    assert (scale > 0).all()
    assert scale.shape == zero_point.shape == ((1, x.shape[1]) if per_channel else (1, 1))
    # Levels are below 256 and float32 has 24 bits: x / s is off by 2^-16 of a level at most, and so is its product.
    assert (np.abs(x.astype("float64") - back) <= scale.astype("float64") * (0.5 + 2**-15)).all()
    assert (back[x == 0] == 0).all()


@given(matrices, st.booleans())
@settings(max_examples=40)
def test_quantising_twice_changes_nothing(x, per_channel):
    scale, zero_point, levels, back = read_back(x, per_channel)
    (again,) = numpy(affine_quantize(back, scale, zero_point))
    np.testing.assert_array_equal(again, levels)


@given(matrices)
@settings(max_examples=40)
def test_levels_of_a_channel_are_never_wider_than_those_of_the_tensor(x):
    whole, channels = read_back(x)[0], read_back(x, per_channel=True)[0]
    nonzero = np.abs(x).max(axis=0, keepdims=True) > 1e-30  # zeros have levels of 1 / 255, which no value needs
    assert (channels[nonzero] <= whole * (1 + 1e-6)).all()


def test_equal_values_and_zeros():
    for constant in (0.3, -7.0):
        scale, zero_point, _, back = read_back(np.full((3, 4), constant, "float32"))
        np.testing.assert_allclose(back, constant, rtol=1e-6)
        assert zero_point[0, 0] == (0 if constant > 0 else 255)
        np.testing.assert_allclose(scale, abs(constant) / 255, rtol=1e-6)
    scale, zero_point, levels, back = read_back(np.zeros((3, 4), "float32"))
    assert (float(scale[0, 0]), zero_point[0, 0]) == (pytest.approx(1 / 255), 0)
    assert not levels.any()
    assert not back.any()


@pytest.mark.parametrize("bits", range(2, 9))
def test_fewer_bits_have_as_many_levels(bits):
    x = np.linspace(-1, 2, 1000, dtype="float32")[:, None]
    scale, zero_point = affine_parameters(x, bits=bits)
    levels = keras.ops.convert_to_numpy(affine_quantize(x, scale, zero_point, bits=bits))
    steps = 2**bits - 1
    assert sorted(set(levels.ravel().tolist())) == list(range(steps + 1))
    offset = math.floor(steps / 3 + 0.5)
    # In float64; where a value lies on the border of two levels, float32 decides.
    exact = x.astype("float64") * steps / 3
    clear = np.abs(exact - np.floor(exact) - 0.5) > 1e-4
    expected = np.clip(np.rint(exact) + offset, 0, steps)
    np.testing.assert_array_equal(levels[clear], expected[clear])


@ONLY_TENSORFLOW
@pytest.mark.parametrize("bits", [2, 5])
def test_tensorflows_fake_quantisation_gives_the_same_values_in_fewer_bits(bits):
    import tensorflow as tf

    x = np.random.default_rng(1).uniform(-1.3, 2.0, size=(500, 2)).astype("float32")
    parameters = affine_range(-1.3, 2.0, bits=bits)
    found = affine_dequantize(affine_quantize(x, *parameters, bits=bits), *parameters)
    np.testing.assert_allclose(
        found, tf.quantization.fake_quant_with_min_max_vars(x, -1.3, 2.0, num_bits=bits), atol=1e-5
    )


@pytest.mark.parametrize("bits", [1, 9, 0, 8.0, True, "8", None])
def test_other_bits_are_refused(bits):
    with pytest.raises(ValueError, match=r"affine_range: bits must be an integer from 2 to 8, not "):
        affine_parameters(np.ones((2, 2), "float32"), bits=bits)
    with pytest.raises(ValueError, match=r"affine_quantize: bits must be an integer from 2 to 8, not "):
        affine_quantize(np.ones((2, 2), "float32"), 1.0, 0, bits=bits)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(value):
    x = np.float32([[0.5, value]])
    with pytest.raises(ValueError, match="affine_parameters: there are 1 values that are not finite"):
        affine_parameters(x)
    with pytest.raises(ValueError, match="affine_quantize: there are 1 values that are not finite"):
        affine_quantize(x, 1.0, 0)
    with pytest.raises(ValueError, match=r"affine_parameters: a tensor of shape \[0, 2\] has no values"):
        affine_parameters(np.zeros((0, 2), "float32"))
