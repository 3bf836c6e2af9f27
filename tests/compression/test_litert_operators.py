"""Multiplications counted in a file, against a convolution that counts as it goes."""

import keras
import numpy as np
import pytest

from compactvid.compression.litert import export_litert
from compactvid.compression.litert_operators import convolution_multiplications, litert_operators


def counted(height, width, channels, filters, kernel, stride):
    """Of a convolution with padding "same", one output value and one weight after the other."""
    values = sum(1 for _ in range(0, height, stride) for _ in range(0, width, stride) for _ in range(filters))
    return values * sum(1 for _ in range(kernel) for _ in range(kernel) for _ in range(channels))


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_counts_those_of_every_convolution(precision, tmp_path):
    keras.utils.set_random_seed(0)
    image = keras.Input((10, 14, 3), name="image")
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same")(image)
    x = keras.layers.LeakyReLU(negative_slope=0.1)(keras.layers.BatchNormalization()(x))
    output = keras.layers.Conv2D(4, 1)(keras.layers.MaxPooling2D(2, 1, padding="same")(x))
    pictures = np.random.default_rng(0).random((4, 10, 14, 3), "float32")
    file = export_litert(
        keras.Model({"image": image}, output),
        tmp_path / "model.tflite",
        precision=precision,
        representative=[{"image": pictures}] if precision == "int8" else None,
    )
    assert (
        convolution_multiplications(litert_operators(file))
        == counted(10, 14, 3, 5, 3, 2) + counted(5, 7, 5, 4, 1, 1)
        == 5_425
    )


def test_other_files_are_refused(tmp_path):
    other = tmp_path / "other.tflite"
    other.write_bytes(b"not a flat buffer")
    for path in (other, tmp_path / "absent.tflite"):
        with pytest.raises(ValueError, match=rf"{path.name}: not a readable LiteRT file"):
            litert_operators(path)
