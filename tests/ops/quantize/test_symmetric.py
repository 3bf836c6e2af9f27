import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compactvid.ops.quantize import affine_dequantize, symmetric_quantize, symmetric_scale

LARGEST = float(np.float32(3.3e38))
values = st.floats(-LARGEST, LARGEST, width=32, allow_subnormal=False)
matrices = arrays.arrays("float32", st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=values)


def read_back(x, **arguments):
    scale = symmetric_scale(x, **arguments)
    levels = symmetric_quantize(x, scale, bits=arguments.get("bits", 8))
    return [keras.ops.convert_to_numpy(t) for t in (scale, levels, affine_dequantize(levels, scale))]


def slow_rule(column, bits):
    """round(x / s), halves away from zero, with s = max |x| / (2^(bits - 1) - 1), in float64, a value at a time."""
    steps = 2 ** (bits - 1) - 1
    scale = max(abs(v) for v in column) / steps or 1 / steps
    return [math.copysign(math.floor(abs(v) / scale + 0.5), v) for v in column]


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("per_channel", [False, True])
def test_levels_are_those_of_a_slow_transcription(bits, per_channel):
    x = np.random.default_rng(bits).normal(size=(40, 4)).astype("float32") * np.float32([1, 10, 0.1, 0])
    scale, levels, _ = read_back(x, bits=bits, per_channel=per_channel)
    columns = x.T.astype("float64") if per_channel else [x.ravel().astype("float64")]
    expected = np.array([slow_rule(column.tolist(), bits) for column in columns])
    np.testing.assert_array_equal(levels, expected.T if per_channel else expected.reshape(x.shape))
    assert levels.dtype == np.int8
    assert scale.shape == ((1, 4) if per_channel else (1, 1))
    assert np.abs(levels).max() == 2 ** (bits - 1) - 1


@pytest.mark.parametrize("per_channel", [False, True])
def test_equation_of_a_convolutions_kernel_has_a_scale_for_each_filter(per_channel):
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype("float32")
    scale, levels, back = read_back(kernel, per_channel=per_channel)
    assert scale.shape == (1, 1, 1, 4 if per_channel else 1)
    largest = np.abs(kernel).max(axis=(0, 1, 2) if per_channel else None)
    np.testing.assert_allclose(scale.reshape(-1), largest / 127, rtol=1e-6)
    assert (np.abs(back - kernel) <= scale * 0.5001).all()
    assert levels.shape == kernel.shape


@given(matrices, st.booleans(), st.integers(2, 8))
@settings(max_examples=40)
def test_no_value_moves_by_more_than_half_a_level_and_twice_changes_nothing(x, per_channel, bits):
    scale, levels, back = read_back(x, per_channel=per_channel, bits=bits)
    assert (scale > 0).all()
    # Levels are below 128 and float32 has 24 bits: x / s is off by 2^-17 of a level at most, and so is its product.
    assert (np.abs(x.astype("float64") - back) <= scale.astype("float64") * (0.5 + 2**-15)).all()
    assert (back[x == 0] == 0).all()
    np.testing.assert_array_equal(read_back(-x, per_channel=per_channel, bits=bits)[1], -levels)
    again = keras.ops.convert_to_numpy(symmetric_quantize(back, scale, bits=bits))
    np.testing.assert_array_equal(again, levels)


def test_equal_values_zeros_and_what_lies_beyond():
    for constant in (0.3, -7.0):
        np.testing.assert_allclose(read_back(np.full((2, 3), constant, "float32"))[2], constant, rtol=1e-6)
    scale, levels, _ = read_back(np.zeros((2, 3), "float32"))
    np.testing.assert_allclose(scale, 1 / 127, rtol=1e-6)
    assert not levels.any()
    beyond = keras.ops.convert_to_numpy(symmetric_quantize(np.float32([-1e9, -128, 128, 1e9]), np.float32(1)))
    np.testing.assert_array_equal(beyond, [-127, -127, 127, 127])


def test_bad_input():
    x = np.ones((2, 2), "float32")
    for bits in (1, 9, 4.0, True):
        with pytest.raises(ValueError, match="symmetric_scale: bits must be an integer from 2 to 8, not"):
            symmetric_scale(x, bits=bits)
        with pytest.raises(ValueError, match="symmetric_quantize: bits must be an integer from 2 to 8, not"):
            symmetric_quantize(x, 1.0, bits=bits)
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="there are 4 values that are not finite"):
            symmetric_scale(x * np.float32(value))
        with pytest.raises(ValueError, match="symmetric_quantize: there are 4 values that are not finite"):
            symmetric_quantize(x * np.float32(value), 1.0)
