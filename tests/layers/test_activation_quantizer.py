import keras
import numpy as np
import pytest

from compactvid.layers import ActivationQuantizer
from compactvid.ops.quantize import affine_dequantize, affine_quantize, affine_range

MAPS = np.random.default_rng(0).normal(1.0, 2.0, size=(4, 3, 3, 2)).astype("float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def fixed_range(x, low, high, bits):
    scale, zero_point = affine_range(low, high, bits=bits)
    return numpy(affine_dequantize(affine_quantize(x, scale, zero_point, bits=bits), scale, zero_point))


@pytest.mark.parametrize("bits", [3, 8])
def test_affine_levels_are_those_of_the_range(bits):
    layer = ActivationQuantizer(bits=bits, name="layer")
    np.testing.assert_array_equal(numpy(layer(MAPS)), fixed_range(MAPS, MAPS.min(), MAPS.max(), bits))
    layer.low.assign(-1.0)
    layer.high.assign(3.0)
    np.testing.assert_array_equal(numpy(layer(MAPS)), fixed_range(MAPS, -1.0, 3.0, bits))
    assert {w.path: (w.dtype, tuple(w.shape)) for w in layer.weights} == {
        "layer/low": ("float32", ()),
        "layer/high": ("float32", ()),
    }
    assert not layer.trainable_weights
    scale, zero_point = layer.parameters()
    levels = numpy(layer.levels(MAPS))
    np.testing.assert_array_equal(numpy(affine_dequantize(levels, scale, zero_point)), numpy(layer(MAPS)))
    np.testing.assert_allclose(float(scale), 4 / (2**bits - 1), rtol=1e-6)
    assert int(zero_point) == np.floor(2**bits / 4)


def test_eq_2_of_the_paper_has_no_range():
    layer = ActivationQuantizer("deepeye", 8)
    expected = np.minimum(np.floor(256 * np.clip(MAPS, 0, 1)), 255) / 256
    np.testing.assert_array_equal(numpy(layer(MAPS, training=True)), expected)
    assert layer.weights == []
    assert [float(part) for part in layer.parameters()] == [1 / 256, 0]


def test_equation_of_the_moving_range_is_a_loop():
    layer = ActivationQuantizer(momentum=0.9)
    random = np.random.default_rng(1)
    low = high = None
    for number in range(4):
        batch = random.normal(3 if number == 1 else 0, 1 + number, size=(20, 2)).astype("float32")
        smallest, largest = min(0.0, batch.min()), max(0.0, batch.max())
        low = smallest if low is None else 0.9 * low + 0.1 * smallest
        high = largest if high is None else 0.9 * high + 0.1 * largest
        seen = numpy(layer(batch, training=True))
        np.testing.assert_allclose([float(layer.low), float(layer.high)], [low, high], rtol=1e-5)
        np.testing.assert_array_equal(seen, fixed_range(batch, layer.low, layer.high, 8))
    layer(batch * 10)
    np.testing.assert_allclose(float(layer.high), high, rtol=1e-5, err_msg="inference changes no range")
    layer.trainable = False
    layer(batch * 10, training=True)
    np.testing.assert_allclose(float(layer.high), high, rtol=1e-5, err_msg="nor does a frozen layer")


def test_batches_without_a_range():
    layer = ActivationQuantizer()
    zeros = np.zeros((2, 3), "float32")
    np.testing.assert_array_equal(numpy(layer(zeros, training=True)), zeros)
    with pytest.raises(ValueError, match="low: there is no range yet: calibrate or train the model"):
        layer.parameters()
    np.testing.assert_allclose(numpy(layer(zeros + 5, training=True)), 5, rtol=1e-6)
    assert (float(layer.low), float(layer.high)) == (0, 5)


def test_configuration_files_and_mixed_precision(tmp_path):
    layer = ActivationQuantizer(bits=5, momentum=0.5)
    assert tuple(layer(keras.Input((4, 4, 3))).shape) == (None, 4, 4, 3)
    assert ActivationQuantizer.from_config(layer.get_config()).get_config() == layer.get_config()
    model = keras.Sequential([keras.Input(MAPS.shape[1:]), layer])
    model(MAPS, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(numpy(loaded(MAPS * 2)), numpy(model(MAPS * 2)))
    half = ActivationQuantizer(dtype="mixed_float16")
    assert keras.backend.standardize_dtype(half(MAPS).dtype) == "float16"
    assert {w.dtype for w in half.weights} == {"float32"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scheme": "symmetric"}, "scheme must be one of affine, deepeye, not 'symmetric'"),
        ({"bits": 1}, "bits must be an integer from 2 to 8, not 1"),
        ({"bits": 8.0}, "bits must be an integer from 2 to 8, not 8.0"),
        ({"momentum": 1.0}, r"momentum must lie in \[0, 1\), not 1.0"),
        ({"momentum": float("nan")}, r"momentum must lie in \[0, 1\), not nan"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=f"maps: {message}"):
        ActivationQuantizer(**arguments, name="maps")
