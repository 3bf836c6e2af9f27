"""The integer block against nested loops over Python's integers, bit for bit."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.compression.integer_convolution import IntegerConvolution, Levels, MaxPooling, fixed_point

INT32 = 2**31


@st.composite
def blocks(draw):
    """A block and levels for it: any shape, the extremes of every integer more often than not."""

    def integers(shape, low, high, dtype):
        extreme = st.sampled_from([low, high, 0 if low <= 0 else low])
        elements = st.one_of(extreme, st.integers(low, high))
        count = int(np.prod(shape))
        return np.array(draw(st.lists(elements, min_size=count, max_size=count)), "int64").astype(dtype).reshape(shape)

    height, width, channels, filters = (draw(st.integers(1, top)) for top in (4, 4, 2, 2))
    rows, columns = draw(st.integers(1, min(3, height))), draw(st.integers(1, min(3, width)))
    pair, padding = st.tuples(st.integers(1, 2), st.integers(1, 2)), st.sampled_from(["same", "valid"])
    output = st.builds(
        Levels, st.just(0.1), st.integers(0, 255), st.integers(2, 8), st.sampled_from(["nearest", "floor"])
    )
    pooling = st.one_of(st.none(), st.builds(MaxPooling, pair, pair, st.just("same")))
    block = IntegerConvolution(
        "conv",
        kernel=integers((rows, columns, channels, filters), -128, 127, "int8"),
        multiplier=integers((filters,), 1 - INT32, INT32 - 1, "int32"),
        shift=integers((filters,), 0, 62, "uint8"),
        bias=integers((filters,), -INT32, INT32 - 1, "int32"),
        slope=draw(st.sampled_from([0, 107374182, 2**30])),
        strides=draw(pair),
        padding=draw(padding),
        pooling=draw(pooling),
        input_zero_point=draw(st.sampled_from([0, 13, 255])),
        output=draw(st.one_of(st.none(), output)),
    )
    return block, integers((draw(st.integers(1, 2)), height, width, channels), 0, 255, "uint8")


@given(drawn=blocks())
@settings(max_examples=100)
def test_equations_bit_for_bit(slow_block, drawn):
    block, levels = drawn
    found = block(levels)
    assert found.dtype == (np.int32 if block.output is None else np.uint8)
    np.testing.assert_array_equal(found, slow_block(levels, block).astype("int64"))


def large_block(kernel, **fields):
    filters = kernel.shape[-1]
    arrays = {
        "multiplier": np.full(filters, 2**30, "int32"),
        "shift": np.full(filters, 40, "uint8"),
        "bias": np.zeros(filters, "int32"),
    }
    defaults = {"slope": 107374182, "strides": (1, 1), "padding": "same", "pooling": None, "input_zero_point": 0}
    return IntegerConvolution("conv", kernel, **arrays | defaults | {"output": None} | fields)


def test_equation_3_of_as_many_products_as_the_papers_largest_sum_has():
    """9,216 products of tiny-YOLOv2's eighth convolution: int32 has their sum exactly, float32 has not."""
    random = np.random.default_rng(0)
    levels = random.integers(0, 256, size=(1, 3, 3, 1024)).astype("uint8")
    levels[0, 0] = 255
    kernel = random.integers(-128, 128, size=(3, 3, 1024, 4)).astype("int8")
    kernel[..., 0], kernel[..., 1] = -128, np.abs(kernel[..., 1].astype("int64")).clip(0, 127)
    sums = large_block(kernel).accumulate(levels)
    assert sums.dtype == np.int32
    expected = np.einsum("ijl,ijlz->z", levels[0].astype("int64"), kernel.astype("int64"))
    np.testing.assert_array_equal(sums[0, 1, 1], expected)
    assert expected.max() > 2**24
    single = keras.ops.conv(levels.astype("float32"), kernel.astype("float32"), padding="same")
    assert (keras.ops.convert_to_numpy(single)[0, 1, 1].astype("int64") != expected).any()
    full = large_block(np.full((3, 3, 1024, 1), -128, "int8")).accumulate(np.full((1, 3, 3, 1024), 255, "uint8"))
    assert full[0, 1, 1, 0] == -128 * 255 * 9216
    assert full[0, 0, 0, 0] == -128 * 255 * 4096, "padding counts nothing"


def test_padding_is_the_level_of_zero():
    kernel = np.ones((3, 3, 1, 1), "int8")
    levels = np.full((1, 4, 4, 1), 37, "uint8")
    assert not large_block(kernel, input_zero_point=37).accumulate(levels).any()


def test_steps_by_hand():
    output = Levels(0.5, 10, 4, "nearest")
    block = large_block(np.ones((1, 1, 1, 1), "int8"), output=output)
    np.testing.assert_array_equal(block.normalize(np.int32([[[[512]]], [[[1536]]], [[[-512]]]])).ravel(), [1, 2, 0])
    slope = 107374182 / 2**30  # just below 0.1
    found = block.activate(np.int32([-1000, -6, -5, 0, 7]))
    np.testing.assert_array_equal(found, [round(-1000 * slope), -1, 0, 0, 7])
    values = np.int32([-(2**15) - 1, -(2**15), 2**15 - 1, 2**15, -(2**31), 2**31 - 1])
    np.testing.assert_array_equal(block.requantize(values), [9, 10, 10, 11, 0, 15])
    floor = large_block(block.kernel, output=Levels(0.5, 10, 4, "floor"))
    np.testing.assert_array_equal(floor.requantize(values), [9, 9, 10, 10, 0, 15])
    np.testing.assert_array_equal(output.dequantize(np.uint8([9, 10, 15])), np.float32([-0.5, 0, 2.5]))


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (2, 3)])
def test_pooling_is_keras(padding, strides):
    levels = np.random.default_rng(1).integers(0, 256, size=(2, 7, 6, 3)).astype("uint8")
    block = large_block(np.ones((1, 1, 3, 1), "int8"), pooling=MaxPooling((2, 2), strides, padding))
    layer = keras.layers.MaxPooling2D(2, strides, padding)
    np.testing.assert_array_equal(block.pool(levels), keras.ops.convert_to_numpy(layer(levels.astype("float32"))))


@given(st.floats(-55, 14.99), st.sampled_from([1, -1]))
@settings(max_examples=100)
def test_multipliers_have_31_bits(exponent, sign):
    gain = np.array([sign * 2.0**exponent])
    (multiplier,), (shift,) = fixed_point(gain)
    assert (multiplier.dtype, shift.dtype) == (np.int32, np.uint8)
    error = abs(int(multiplier) * 2.0 ** -int(shift) - gain[0] * 2**16)
    assert error <= 2.0 ** -int(shift)  # a half, and a whole where 2^31 is out of reach
    if exponent >= -48:
        assert abs(int(multiplier)) >= 2**30
    else:
        assert shift == 62


def test_gains_beyond_the_range():
    assert [int(part[0]) for part in fixed_point(np.zeros(1))] == [0, 15]
    for gain in (2.0**15, -(2.0**15), np.inf, np.nan):
        with pytest.raises(ValueError, match="gains must lie below 32768 steps of the output"):
            fixed_point(np.array([1.0, gain]))
