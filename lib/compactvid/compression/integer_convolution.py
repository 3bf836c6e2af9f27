r"""A convolution, batch normalisation, LeakyReLU, requantisation and max-pooling in integers only.

Reference: Cheng et al. 2018, section 2.2, Eq. 3 and Fig. 4; Jacob et al. 2018, arXiv:1712.05877, section 2.2, for the
multipliers. A shift to the right by n rounds to the nearest integer, halves upwards:

.. math:: x \gg n = \lfloor (x + 2^{n - 1}) / 2^n \rfloor
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

FRACTION_BITS = 16
"""After batch normalisation a value is an int32 number of 2^-16 steps of the output's levels."""
SLOPE_BITS = 30
"""A slope is a number of 2^-30: 16 bits would move a value of -25 steps by a 600th of one."""
_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True)
class Levels:
    """What the levels of a feature map stand for: level q is `scale * (q - zero_point)`.

    Parameters
    ----------
    scale, zero_point
        Of the levels.
    bits
        2 to 8: levels are 0 to 2^bits - 1, in uint8.
    rounding
        "nearest" or "floor", how values become levels; the latter is Eq. 2's.
    """

    scale: float
    zero_point: int
    bits: int
    rounding: str

    def dequantize(self, levels: np.ndarray) -> np.ndarray:
        """The values of levels, float32."""
        return np.float32(self.scale) * (levels.astype("float32") - np.float32(self.zero_point))


@dataclass(frozen=True)
class MaxPooling:
    """Size, strides and padding ("same" or "valid") of max-pooling, as `keras.layers.MaxPooling2D` has them."""

    size: tuple[int, int]
    strides: tuple[int, int]
    padding: str


@dataclass(frozen=True)
class IntegerConvolution:
    """One block of an integer network. Called with levels, it returns levels; its methods are the steps of that.

    Parameters
    ----------
    name
        Of the convolution.
    kernel
        Levels, int8, (height, width, in_channels, filters); their zero point is 0.
    multiplier, shift
        int32 and uint8, (filters,): `multiplier >> shift` is batch normalisation's gain, times the scales of kernel and
        input, over that of the output.
    bias
        int32, (filters,): batch normalisation's shift.
    slope
        LeakyReLU's for negative values, in 2^-30; 2^30 is no LeakyReLU.
    strides, padding
        Of the convolution, as in Keras.
    pooling
        Max-pooling, or None.
    input_zero_point
        The input's level for 0.
    output
        The output's levels, or None: the last block returns an int32 number of 2^-16 steps of its output scale.
    """

    name: str
    kernel: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray
    bias: np.ndarray
    slope: int
    strides: tuple[int, int]
    padding: str
    pooling: MaxPooling | None
    input_zero_point: int
    output: Levels | None

    def __call__(self, levels: np.ndarray) -> np.ndarray:
        """Levels in, uint8, (batch, height, width, in_channels); levels out, or int32 of the last block."""
        values = self.activate(self.normalize(self.accumulate(levels)))
        return self.pool(values if self.output is None else self.requantize(values))

    def accumulate(self, levels: np.ndarray) -> np.ndarray:
        r"""Sums of products, int32: :math:`\sum_{i, j, l} w^q(i, j, l, z) (a^q(i + x - 1, j + y - 1, l) - z_a)`.

        Reference: Cheng et al. 2018, Eq. 3, where the zero point z_a is 0; padding is z_a. No sum exceeds 32 bits:
        `convert_to_integers` refuses kernels that could make one.
        """
        from keras import ops

        shifted = levels.astype("int32") - np.int32(self.input_zero_point)
        sums = ops.conv(shifted, self.kernel.astype("int32"), strides=self.strides, padding=self.padding)
        return np.asarray(ops.convert_to_numpy(sums))

    def normalize(self, sums: np.ndarray) -> np.ndarray:
        """Batch normalisation: `(sums * multiplier >> shift) + bias`, saturated to int32."""
        scaled = _shift_right(sums.astype("int64") * self.multiplier.astype("int64"), self.shift.astype("int64"))
        return np.clip(scaled + self.bias.astype("int64"), _INT32.min, _INT32.max).astype("int32")

    def activate(self, values: np.ndarray) -> np.ndarray:
        """LeakyReLU: `values * slope >> 30` where they are negative."""
        flatter = _shift_right(values.astype("int64") * self.slope, SLOPE_BITS)
        return np.where(values < 0, flatter, values).astype("int32")

    def requantize(self, values: np.ndarray) -> np.ndarray:
        """Levels: `(values >> 16) + zero_point`, or the floor of that, saturated to 0 and 2^bits - 1."""
        assert self.output is not None
        wide = values.astype("int64")
        steps = _shift_right(wide, FRACTION_BITS) if self.output.rounding == "nearest" else wide >> FRACTION_BITS
        return np.clip(steps + self.output.zero_point, 0, 2**self.output.bits - 1).astype("uint8")

    def pool(self, levels: np.ndarray) -> np.ndarray:
        """The largest of each window; padding never is."""
        if self.pooling is None:
            return levels
        rows, columns = (_windows(levels.shape[axis + 1], self.pooling, axis) for axis in (0, 1))
        edges = [(0, 0), rows[:2], columns[:2], (0, 0)]
        padded = np.pad(levels, edges, constant_values=np.iinfo(levels.dtype).min)
        (height, width), (down, right) = self.pooling.size, self.pooling.strides
        parts = (
            padded[:, i : i + down * rows[2] : down, j : j + right * columns[2] : right]
            for i in range(height)
            for j in range(width)
        )
        pooled = next(parts)
        for part in parts:
            pooled = np.maximum(pooled, part)
        return pooled


def fixed_point(gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers, int32, and shifts, uint8, whose `multiplier >> shift` is nearest to gains in 2^-16.

    Multipliers have 31 bits, fewer where the gain is below 2^-48.

    Parameters
    ----------
    gain
        float64, below 2^15 in size.

    Raises
    ------
    ValueError
        A gain is 2^15 or more, or not finite.
    """
    if not (np.abs(gain) < 2.0 ** (31 - FRACTION_BITS)).all():
        raise ValueError(f"gains must lie below {2 ** (31 - FRACTION_BITS)} steps of the output, not {gain}")
    _, exponent = np.frexp(gain)  # |gain| in [2^(exponent - 1), 2^exponent)
    shift = np.clip(31 - FRACTION_BITS - exponent, 0, 62)
    multiplier = np.rint(np.ldexp(gain, shift + FRACTION_BITS))
    return np.clip(multiplier, -_INT32.max, _INT32.max).astype("int32"), shift.astype("uint8")


def _shift_right(x: np.ndarray, bits: Any) -> np.ndarray:
    """x / 2^bits, the nearest integer, halves upwards; int64."""
    half = np.where(np.asarray(bits) > 0, np.left_shift(np.int64(1), np.maximum(bits, 1) - 1), 0)
    return np.right_shift(x + half, bits)


def _windows(size: int, pooling: MaxPooling, axis: int) -> tuple[int, int, int]:
    """Padding before and after an axis, and the number of windows, as TensorFlow counts them."""
    window, stride = pooling.size[axis], pooling.strides[axis]
    if pooling.padding == "valid":
        return 0, 0, (size - window) // stride + 1
    count = -(-size // stride)
    padding = max((count - 1) * stride + window - size, 0)
    return padding // 2, padding - padding // 2, count
