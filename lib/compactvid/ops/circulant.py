"""Products with circulant matrices, in the Fourier domain."""

import functools
import math

import keras
import numpy as np
from keras import ops
from scipy.fft import next_fast_len

from compactvid.ops.spectra import conjugate, multiply, signal, spectrum, total


def circulant_product(first_columns, x, rows=None):
    r"""Multiply vectors by circulant matrices, :math:`C x = F^{-1}(F(c) \circ F(x))`.

    .. math:: (C x)_k = \sum_{j=0}^{n-1} c_{(k - j) \bmod n} \, x_j

    Reference: Araujo et al. 2018, section 3. Any size n. Where less work is expected, x is cut into segments that are
    transformed with zeros behind them, to a length that transforms well: few rows need no long inverse transform, and
    primes no long transform at all. The gradient uses the spectra of the product again, so that it takes one transform
    of its own and one back for x.

    Parameters
    ----------
    first_columns
        First columns :math:`c` of shape (n,) or (blocks, n): one matrix, or several.
    x
        Vectors of shape (..., n) or (..., blocks, n). With several matrices, (..., 1, n) multiplies each vector by all,
        and its spectrum is taken once.
    rows
        How many elements of the products are wanted, the first ones; None: all n.

    Returns
    -------
    tensor
        Products of shape (..., rows) or (..., blocks, rows), computed in float32 at least.

    Raises
    ------
    ValueError
        The vectors are not of the matrices' size, or `rows` is not between 1 and n.
    """
    size = first_columns.shape[-1]
    rows = size if rows is None else rows
    if x.shape[-1] != size or not 1 <= rows <= size:
        raise ValueError(
            f"circulant_product: {rows} rows of a circulant matrix of size {size}, times vectors of {x.shape[-1]} "
            "elements; expected at most that many rows, and vectors of that size"
        )
    dtype = keras.backend.result_type(first_columns.dtype, x.dtype, "float32")
    first_columns, x = ops.cast(first_columns, dtype), ops.cast(x, dtype)
    segments, period = _cheapest(size, rows)
    if period == size:
        return _sum_of_convolutions(ops.expand_dims(first_columns, -2), ops.expand_dims(x, -2), period, rows)
    length = -(-size // segments)
    lag = (np.arange(period) + period - rows) % period - (period - rows)  # those past the rows are negative
    kernels = ops.take(first_columns, (lag - length * np.arange(segments)[:, None]) % size, axis=-1)
    *outer, _ = ops.shape(x)
    x = ops.pad(x, [[0, 0]] * len(outer) + [[0, segments * length - size]])
    return _sum_of_convolutions(kernels, ops.reshape(x, (*outer, segments, length)), period, rows)


def circulant_matrix(first_columns):
    """Circulant matrices in full.

    Parameters
    ----------
    first_columns
        First columns of shape (..., n).

    Returns
    -------
    tensor
        Matrices of shape (..., n, n): row k, column j holds :math:`c_{(k - j) mod n}`.
    """
    index = np.arange(first_columns.shape[-1])
    return ops.take(first_columns, (index[:, None] - index) % len(index), axis=-1)


def _sum_of_convolutions(kernels, x, period, rows):
    """Circular convolutions (..., blocks, segments, period) * (..., 1 or blocks, segments, length), segments summed."""
    length = x.shape[-1]
    one_segment = x.shape[-2] == 1
    one_for_all = len(kernels.shape) == 3 and kernels.shape[0] > 1 and x.shape[-3] == 1

    def product(kernels, x):
        c, z = spectrum(kernels), spectrum(x, period)  # (..., 1 or blocks, segments, frequencies)
        y = multiply(c, z)
        y = total(y, -2, keepdims=True) if not one_segment else y

        def gradient(upstream):
            g = spectrum(ops.expand_dims(upstream, -2), period)
            dx, dc = multiply(conjugate(c), g), multiply(conjugate(z), g)
            if one_for_all:
                dx = total(dx, -3, keepdims=True)
            batch = tuple(range(len(x.shape) - len(kernels.shape)))
            dc = total(dc, batch) if batch else dc
            return signal(dc, period), signal(dx, period)[..., :length]

        return signal(y, period)[..., 0, :rows], gradient

    return ops.custom_gradient(product)(kernels, x)


@functools.cache
def _cheapest(size, rows):
    """Number of segments and length of the transforms with the least work expected; (1, size) cuts nothing.

    Work is N log N for a transform of length N, four times that for a larger prime (measured: 3 to 5 times). With q
    segments, q + 1 transforms take the place of two of the size; cutting has to save a quarter to pay.
    """
    prime = all(size % divisor for divisor in range(2, math.isqrt(size) + 1))
    best, work = (1, size), 2 * size * math.log2(size) * (4 if prime and size > 100 else 0.75)
    for segments in range(1, size // rows + 1):
        period = 2 * next_fast_len((-(-size // segments) + rows) // 2, real=True)  # even ones transform faster
        if (segments + 1) * period * math.log2(period) < work:
            best, work = (segments, period), (segments + 1) * period * math.log2(period)
    return best
