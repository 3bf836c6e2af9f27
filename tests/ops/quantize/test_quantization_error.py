import numpy as np
import pytest

from compactvid.ops.quantize import (
    affine_dequantize,
    largest_error,
    mean_squared_error,
    signal_to_noise,
    symmetric_quantize,
    symmetric_scale,
)


def test_by_hand():
    x, approximation = np.float32([3.0, -4.0, 0.0]), np.float32([3.0, -3.5, 0.5])
    assert float(largest_error(x, approximation)) == 0.5
    assert float(mean_squared_error(x, approximation)) == pytest.approx(0.5 / 3)
    assert float(signal_to_noise(x, approximation)) == pytest.approx(10 * np.log10(25 / 0.5), rel=1e-6)
    assert float(signal_to_noise(x, x)) == np.inf
    assert float(signal_to_noise(x * 0, x * 0)) == np.inf
    assert float(signal_to_noise(x * 0, approximation)) == -np.inf


@pytest.mark.parametrize("bits", range(3, 9))
def test_noise_of_a_uniform_quantiser(bits):
    """Uniform values in [-1, 1]: noise s^2 / 12 over a signal of 1/3, 20 log10(2 (2^(bits - 1) - 1)) decibels."""
    x = np.random.default_rng(bits).uniform(-1, 1, size=100_000).astype("float32")
    scale = symmetric_scale(x, bits=bits)
    back = affine_dequantize(symmetric_quantize(x, scale, bits=bits), scale)
    expected = 20 * np.log10(2 * (2 ** (bits - 1) - 1))
    assert float(signal_to_noise(x, back)) == pytest.approx(expected, abs=0.1)


def test_bad_input():
    for function in (largest_error, mean_squared_error, signal_to_noise):
        with pytest.raises(ValueError, match=rf"{function.__name__}: shapes \[2\] and \[3\] differ"):
            function(np.ones(2), np.ones(3))
        with pytest.raises(ValueError, match=f"{function.__name__}: there are 1 values that are not finite"):
            function(np.ones(2), np.float32([1, np.nan]))
