"""Eqs. 1 and 2 of Cheng et al. 2018 against transcriptions in exact fractions."""

import math
import os
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compactvid.ops.quantize import affine_dequantize, least_squares_xi, quantize_a, quantize_w, unit_scale

WEIGHTS = Path(os.environ.get("COMPACTVID_DATA", "")) / "tiny_yolov2_partial" / "conv1_W.bin"
INT = {"floor": math.floor, "truncation": math.trunc}


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def equation_1(w, bits, integer):
    """As printed, with b for 8; and 0 for 0, which the paper leaves out."""
    w, sign = Fraction(w), (w > 0) - (w < 0)
    if w == 0:
        return 0
    if abs(w) <= Fraction(1, 2 ** (bits - 1)):
        return sign
    if abs(w) < 1:
        return INT[integer](2 ** (bits - 1) * w)
    assert abs(w) == 1
    return (2 ** (bits - 1) - 1) * sign


def equation_2(a, bits):
    """The level k of a^q = k / 2^bits."""
    a = Fraction(a)
    assert 0 <= a <= 1
    return 2**bits - 1 if a == 1 else math.floor(2**bits * a)


def vectors(low):
    elements = st.one_of(
        st.floats(low, 1, width=32, allow_subnormal=False),
        st.integers(-256, 256).map(lambda k: max(low, k / 256)),  # the borders of levels
    )
    return arrays.arrays("float32", 16, elements=elements)  # of one shape, which JAX compiles once


@given(vectors(-1.0), st.integers(2, 8), st.sampled_from(["floor", "truncation"]))
@example(np.tile(np.float32([-1, 1, 0, -0.0, 1 / 128, -1 / 128, 2 / 128, -2 / 128]), 2), 8, "floor")
@example(np.tile(np.nextafter(np.float32([-1, 1, 1 / 128, -1 / 128]), np.float32(0)), 4), 8, "floor")
@settings(max_examples=80)
def test_equation_1(w, bits, integer):
    levels = numpy(quantize_w(w, bits=bits, integer=integer))
    assert levels.dtype == np.int8
    np.testing.assert_array_equal(levels, [equation_1(v, bits, integer) for v in w.tolist()])


@given(vectors(0.0), st.integers(2, 8))
@example(np.tile(np.float32([0, 1, 1 - 2**-24, 255 / 256]), 4), 8)
@settings(max_examples=80)
def test_equation_2(a, bits):
    levels = numpy(quantize_a(a, bits=bits))
    assert levels.dtype == np.uint8
    np.testing.assert_array_equal(levels, [equation_2(v, bits) for v in a.tolist()])
    values = numpy(affine_dequantize(levels, 2.0**-bits))
    inside = a < 1
    assert (values[inside] <= a[inside]).all()
    assert (a - values < 2.0**-bits + (a == 1) * 1e-9).all()  # 1 becomes 255/256


def test_what_eq_1_does_to_weights():
    """The audit's findings: no weight becomes 0, the readings of INT differ, floor leaves the printed range."""
    w = np.float32([1e-30, -1e-30, 0.001, -0.001, 0, 0.0157, -0.0157, 0.999, -0.999, 1, -1])
    floor, truncation = (numpy(quantize_w(w, integer=integer)).tolist() for integer in INT)
    assert floor == [1, -1, 1, -1, 0, 2, -3, 127, -128, 127, -127]
    assert truncation == [1, -1, 1, -1, 0, 2, -2, 127, -127, 127, -127]
    every = np.linspace(-1, 1, 2**16 + 1, dtype="float32")
    assert np.abs(numpy(quantize_w(every, integer="truncation"))).max() == 127, "within [-2^7 + 1, 2^7 - 1]"
    assert numpy(quantize_w(every)).min() == -128, "and floor is not, nor is it monotonic: -0.999 lies below -1"


def test_two_bits_leave_signs_or_little_more():
    w = np.float32([-1, -0.75, -0.5, -0.1, 0, 0.1, 0.5, 0.75, 1])
    assert numpy(quantize_w(w, bits=2, integer="truncation")).tolist() == [-1, -1, -1, -1, 0, 1, 1, 1, 1]
    assert numpy(quantize_w(w, bits=2)).tolist() == [-1, -2, -1, -1, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("function", "inside", "outside", "message"),
    [
        (
            quantize_w,
            [-1.0, 1.0],
            [-1.5, 0.5, 2.0],
            r"quantize_w: 2 of 3 values lie outside of \[-1, 1\], from -1.5 to 2",
        ),
        (
            quantize_a,
            [0.0, 1.0],
            [-0.1, 0.5, 1.0],
            r"quantize_a: 1 of 3 values lie outside of \[0, 1\], from -0.1 to 1",
        ),
    ],
)
def test_values_beyond_the_range_are_an_error_or_clipped_or_scaled(function, inside, outside, message):
    inside, outside = np.float32(inside), np.float32(outside)
    function(inside)
    with pytest.raises(ValueError, match=message):
        function(outside)
    clipped = np.clip(outside, inside.min(), 1)
    np.testing.assert_array_equal(numpy(function(outside, beyond="clip")), numpy(function(clipped)))
    positive = np.abs(outside)
    np.testing.assert_array_equal(numpy(function(positive, scale=4.0)), numpy(function(positive / 4)))


def test_weights_are_scaled_by_their_largest_magnitude():
    w = np.random.default_rng(0).normal(size=(3, 3, 4, 5)).astype("float32") * 3
    for per_channel, shape in ((False, (1, 1, 1, 1)), (True, (1, 1, 1, 5))):
        scale = unit_scale(w, per_channel=per_channel)
        assert tuple(scale.shape) == shape
        levels = numpy(quantize_w(w, scale=scale, integer="truncation"))
        largest = np.abs(w).max(axis=(0, 1, 2) if per_channel else None, keepdims=True).reshape(shape)
        np.testing.assert_array_equal(levels, numpy(quantize_w(w / largest, integer="truncation")))
        back = numpy(affine_dequantize(levels, scale * 2.0**-7))
        assert (np.abs(back - w) <= largest / 128 * 1.0001).all()
    assert float(unit_scale(np.zeros((2, 2), "float32"))[0, 0]) == 1
    assert not numpy(quantize_w(np.zeros((2, 2)), scale=unit_scale(np.zeros((2, 2))))).any()


def test_least_squares_xi_is_the_best():
    w = np.random.default_rng(1).uniform(-0.6, 0.6, size=500).astype("float32")
    levels = numpy(quantize_w(w))
    best = float(least_squares_xi(w, levels))
    solution = np.linalg.lstsq(levels.astype("float64")[:, None], w.astype("float64"), rcond=None)[0][0]
    assert best == pytest.approx(solution, rel=1e-5)
    assert np.square(w - best * levels).sum() < np.square(w - levels / 128).sum()
    assert float(least_squares_xi(w, np.zeros_like(w))) == 0
    assert float(least_squares_xi(w, -w)) == 0, "xi is not negative"


def test_bad_input():
    w = np.float32([0.5])
    for function in (quantize_w, quantize_a):
        name = function.__name__
        for bits in (1, 9, 8.0, None):
            with pytest.raises(ValueError, match=f"{name}: bits must be an integer from 2 to 8, not"):
                function(w, bits=bits)
        with pytest.raises(ValueError, match=f"{name}: beyond must be one of error, clip, not 'wrap'"):
            function(w, beyond="wrap")
        for value in (np.nan, np.inf):
            with pytest.raises(ValueError, match=f"{name}: there are 1 values that are not finite"):
                function(w * value, beyond="clip")
        with pytest.raises(ValueError, match=rf"{name}: a tensor of shape \[0\] has no values"):
            function(w[:0])
    with pytest.raises(ValueError, match="quantize_w: integer must be one of floor, truncation, not 'round'"):
        quantize_w(w, integer="round")


def test_equation_while_traced_needs_to_clip():
    if keras.backend.backend() == "jax":
        from jax import jit as trace
    else:
        from tensorflow import function as trace

    w = np.float32([-3.0, 0.25, 0.5, -0.001])
    levels = trace(lambda w: quantize_w(w, beyond="clip"))(keras.ops.convert_to_tensor(w))
    np.testing.assert_array_equal(numpy(levels), [-127, 32, 64, -1])
    with pytest.raises(ValueError, match="quantize_w: while a function is traced no value can be checked"):
        trace(quantize_w)(keras.ops.convert_to_tensor(w))


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="no real weights in COMPACTVID_DATA")
def test_real_weights_with_batch_normalisation_folded_in_lie_beyond_the_range():
    w = np.fromfile(WEIGHTS, "<f4")
    with pytest.raises(ValueError, match=r"267 of 432 values lie outside of \[-1, 1\], from -21.7446 to 22.1593"):
        quantize_w(w)
    levels = numpy(quantize_w(w, beyond="clip", integer="truncation"))
    expected = [equation_1(min(1.0, max(-1.0, v)), 8, "truncation") for v in w.tolist()]
    np.testing.assert_array_equal(levels, expected)
    assert (levels != 0).all()
