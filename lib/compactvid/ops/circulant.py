"""Products with circulant matrices, in the Fourier domain."""

import keras
from keras import ops


def circulant_product(first_columns, x):
    r"""Multiply vectors by circulant matrices, :math:`C x = F^{-1}(F(c) \circ F(x))`.

    .. math:: (C x)_k = \sum_{j=0}^{n-1} c_{(k - j) \bmod n} \, x_j

    Reference: Araujo et al. 2018, section 3. Any size n, odd and prime ones too.

    Parameters
    ----------
    first_columns
        First columns :math:`c` of shape (n,) or (blocks, n): one matrix, or several.
    x
        Vectors of shape (..., n) or (..., blocks, n). With several matrices, (..., 1, n) multiplies each vector by all.

    Returns
    -------
    tensor
        Products of shape (..., n) or (..., blocks, n), computed in float32 at least.
    """
    dtype = keras.backend.result_type(first_columns.dtype, x.dtype, "float32")
    size = first_columns.shape[-1]
    columns_real, columns_imaginary = ops.rfft(ops.cast(first_columns, dtype))
    real, imaginary = ops.rfft(ops.cast(x, dtype))
    product = (
        real * columns_real - imaginary * columns_imaginary,
        real * columns_imaginary + imaginary * columns_real,
    )
    return ops.irfft(product, fft_length=size)


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
    index = ops.arange(first_columns.shape[-1])
    return ops.take(first_columns, (index[:, None] - index) % first_columns.shape[-1], axis=-1)
