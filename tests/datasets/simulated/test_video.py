"""Quantisation against the challenge's dequantisation."""

import numpy as np

from compactvid.datasets.simulated.video import quantize


def _dequantise(bytes_: np.ndarray) -> np.ndarray:
    return bytes_.astype(np.float64) * (4 / 255) + (4 / 512) - 2


def test_no_value_moves_by_more_than_half_a_step():
    values = np.linspace(-2, 2, 100_001)
    moved = _dequantise(quantize(values)) - values
    # A step is 4 / 255, so half of it is 4 / 510; the challenge adds 4 / 512 instead.
    assert np.abs(moved).max() < 4 / 510 + (4 / 510 - 4 / 512) + 1e-12
    assert abs(moved.mean()) < 1e-4


def test_every_byte_comes_back():
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(quantize(_dequantise(every)), every)
    np.testing.assert_array_equal(quantize(_dequantise(every).astype(np.float32)), every)


def test_what_lies_outside_is_clipped():
    np.testing.assert_array_equal(quantize(np.array([-np.inf, -1e9, -2.1, 2.1, 1e9, np.inf])), [0, 0, 0, 255, 255, 255])
