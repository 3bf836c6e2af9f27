"""Spectra of real signals: products of them, sums, and the way back.

On TensorFlow a spectrum is one complex tensor. `keras.ops.rfft` gives two real ones, whose product takes six passes
through memory in place of one, which nothing fuses outside of XLA (benchmarks/README.md has what that costs). On other
backends, which compile, it is Keras's pair.
"""

import keras
from keras import ops


def spectrum(x, length=None):
    """The spectrum (..., length // 2 + 1) over the last axis of a real tensor, which zeros pad to `length`."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.signal.rfft(x, None if length is None else [length])
    return ops.rfft(x, length)


def signal(spectrum, length):
    """The real tensor (..., length) of a spectrum."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.signal.irfft(spectrum, [length])
    return ops.irfft(spectrum, length)


def multiply(first, second):
    """The product of two spectra, element by element."""
    if isinstance(first, tuple):
        (a, b), (c, d) = first, second
        return a * c - b * d, a * d + b * c
    return first * second


def conjugate(spectrum):
    """The complex conjugate of a spectrum, which belongs to the signal turned round."""
    if isinstance(spectrum, tuple):
        return spectrum[0], -spectrum[1]
    return ops.conjugate(spectrum)


def total(spectrum, axis, keepdims=False):
    """The sum of a spectrum over some axes."""
    if isinstance(spectrum, tuple):
        return tuple(ops.sum(part, axis=axis, keepdims=keepdims) for part in spectrum)
    return ops.sum(spectrum, axis=axis, keepdims=keepdims)
