"""Spectra against NumPy's, as TensorFlow's complex tensors and as Keras's pairs."""

import keras
import numpy as np
import pytest
from keras import ops

from compactvid.ops import spectra

SIZES = [1, 2, 7, 12]
X, Y = (np.random.default_rng(seed).normal(size=(3, 4, 12)).astype("float32") for seed in (0, 1))


@pytest.fixture(params=["complex", "pairs"])
def kind(request, monkeypatch):
    if request.param == "pairs":
        monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    elif keras.backend.backend() != "tensorflow":
        pytest.skip("complex spectra are TensorFlow's")
    return request.param


def plain(spectrum):
    if isinstance(spectrum, tuple):
        real, imaginary = map(ops.convert_to_numpy, spectrum)
        return real + 1j * imaginary
    return ops.convert_to_numpy(spectrum)


@pytest.mark.parametrize("size", SIZES)
def test_there_and_back(kind, size):
    found = spectra.spectrum(X[..., :size])
    assert isinstance(found, tuple) == (kind == "pairs")
    np.testing.assert_allclose(plain(found), np.fft.rfft(X[..., :size]), atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(spectra.signal(found, size)), X[..., :size], atol=1e-6)
    padded = spectra.spectrum(X[..., :size], 12)
    np.testing.assert_allclose(plain(padded), np.fft.rfft(X[..., :size], 12), atol=1e-5)


def test_products_conjugates_and_sums(kind):
    first, second = (spectra.spectrum(signal) for signal in (X, Y))
    a, b = np.fft.rfft(X), np.fft.rfft(Y)
    np.testing.assert_allclose(plain(spectra.multiply(first, second)), a * b, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(plain(spectra.conjugate(first)), a.conj(), atol=1e-5)
    np.testing.assert_allclose(plain(spectra.total(first, (0, 1))), a.sum(axis=(0, 1)), atol=1e-5)
    kept = plain(spectra.total(first, -2, keepdims=True))
    np.testing.assert_allclose(kept, a.sum(axis=-2, keepdims=True), atol=1e-5)
