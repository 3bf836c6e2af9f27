import keras
import numpy as np
import pytest

from compactvid.layers import QuantizedConv2D
from compactvid.ops.quantize import affine_dequantize, weight_levels

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-0.5, 1.5, size=(2, 5, 6, 3)).astype("float32")
SCHEMES = [("symmetric", False), ("symmetric", True), ("affine", True), ("deepeye_floor", False)]


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def slow_convolution(images, kernel):
    """Eq. 3 with zeros beyond the borders, in float64."""
    (batch, height, width, _), (size, _, _, filters) = images.shape, kernel.shape
    padded = np.pad(images.astype("float64"), [(0, 0), (size // 2, size // 2), (size // 2, size // 2), (0, 0)])
    sums = np.zeros((batch, height, width, filters))
    for x in range(height):
        for y in range(width):
            for z in range(filters):
                window = padded[:, x : x + size, y : y + size, :]
                sums[:, x, y, z] = (window * kernel[..., z].astype("float64")).sum(axis=(1, 2, 3))
    return sums


def made(**arguments):
    layer = QuantizedConv2D(4, 3, padding="same", name="conv", **arguments)
    layer.build((None, *IMAGES.shape[1:]))
    random = np.random.default_rng(1)
    layer.kernel.assign(random.normal(0, 0.6, size=layer.kernel.shape))
    if layer.use_bias:
        layer.bias.assign(random.normal(size=4))
    return layer


@pytest.mark.parametrize(("scheme", "per_channel"), SCHEMES)
@pytest.mark.parametrize("activations", ["affine", "deepeye", None])
def test_eq_3_of_values_of_levels(scheme, per_channel, activations):
    layer = made(scheme=scheme, per_channel=per_channel, bits=4, activations=activations, activation_bits=5)
    levels = weight_levels(numpy(layer.kernel), scheme, bits=4, per_channel=per_channel, beyond="clip")
    kernel = numpy(affine_dequantize(*levels))
    maps = {
        "affine": np.rint(IMAGES / np.ptp(IMAGES) * 31) / 31 * np.ptp(IMAGES),
        "deepeye": np.minimum(np.floor(32 * np.clip(IMAGES, 0, 1)), 31) / 32,
        None: IMAGES,
    }[activations]
    expected = slow_convolution(maps, kernel) + numpy(layer.bias)
    np.testing.assert_allclose(numpy(layer(IMAGES)), expected, atol=2e-5)
    assert np.abs(expected - slow_convolution(IMAGES, numpy(layer.kernel))).max() > 1e-3


def test_configuration_files_and_mixed_precision(tmp_path):
    layer = QuantizedConv2D(4, 3, padding="same", strides=2, scheme="deepeye_truncation_scaled", bits=6, name="conv")
    assert QuantizedConv2D.from_config(layer.get_config()).get_config() == layer.get_config()
    layer.build((None, *IMAGES.shape[1:]))
    model = keras.Sequential([keras.Input(IMAGES.shape[1:]), layer])
    model(IMAGES, training=True)
    assert {w.path: tuple(w.shape) for w in model.weights} == {
        "conv/kernel": (3, 3, 3, 4),
        "conv/bias": (4,),
        "conv/input_quantizer/low": (),
        "conv/input_quantizer/high": (),
    }
    assert [w.name for w in model.trainable_weights] == ["kernel", "bias"]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[0]) is QuantizedConv2D
    np.testing.assert_array_equal(numpy(loaded(IMAGES)), numpy(model(IMAGES)))
    half = made(dtype="mixed_float16")
    assert keras.backend.standardize_dtype(half(IMAGES).dtype) == "float16"
    # Rounded to float16, some values get the next level: 1/127 of the largest weight, 1/255 of the range of maps.
    np.testing.assert_allclose(numpy(half(IMAGES)), numpy(made()(IMAGES)), atol=0.05)


@pytest.mark.parametrize("scheme", ["symmetric", "deepeye_truncation"])
def test_gradient_of_a_step_is_that_of_the_quantised_convolution(scheme):
    """With a loss of sum(factors * outputs), the kernel's gradient is that of Eq. 3: sums of quantised maps."""
    layer = made(scheme=scheme, use_bias=False, activations="deepeye")
    before = numpy(layer.kernel).copy()
    model = keras.Sequential([keras.Input(IMAGES.shape[1:]), layer])
    model.compile(keras.optimizers.SGD(0.5), lambda target, output: target * output, jit_compile=False)
    factors = RANDOM.normal(size=(2, 5, 6, 4)).astype("float32")
    model.train_on_batch(IMAGES, factors)
    maps = np.minimum(np.floor(256 * np.clip(IMAGES, 0, 1)), 255) / 256
    padded = np.pad(maps, [(0, 0), (1, 1), (1, 1), (0, 0)])
    gradient = np.zeros_like(before)
    for i in range(3):
        for j in range(3):
            window = padded[:, i : i + 5, j : j + 6, :]
            gradient[i, j] = np.einsum("bxyl,bxyz->lz", window, factors) / factors.size
    if scheme == "deepeye_truncation":
        gradient *= np.abs(before) <= 1
        assert 0 < np.sum(np.abs(before) > 1) < before.size
    np.testing.assert_allclose(numpy(layer.kernel), before - 0.5 * gradient, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_files_of_weights_go_from_one_to_the_other(tmp_path):
    plain = keras.Sequential([keras.Input((5, 6, 3)), keras.layers.Conv2D(4, 3, padding="same", name="conv")])
    quantized = keras.Sequential([keras.Input((5, 6, 3)), made()])
    quantized(IMAGES, training=True)
    plain.save_weights(tmp_path / "plain.weights.h5")
    quantized.save_weights(tmp_path / "quantized.weights.h5")
    other = keras.Sequential([keras.Input((5, 6, 3)), made()])
    other.load_weights(tmp_path / "quantized.weights.h5")
    for found, expected in zip(other.get_weights(), quantized.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    kernel = plain.get_weights()[0]
    quantized.load_weights(tmp_path / "plain.weights.h5")
    np.testing.assert_array_equal(quantized.get_weights()[0], kernel)
    assert [float(value) for value in quantized.get_weights()[2:]] == [0, 0], "the range was of other weights"
    plain.load_weights(tmp_path / "quantized.weights.h5")
    np.testing.assert_array_equal(plain.get_weights()[0], numpy(other.layers[0].kernel))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scheme": "log"}, "conv: scheme must be one of symmetric, affine, deepeye_floor, .*, not 'log'"),
        ({"bits": 9}, "conv: bits must be an integer from 2 to 8, not 9"),
        (
            {"scheme": "deepeye_floor", "per_channel": True},
            "conv: per_channel needs a scale, which deepeye_floor has not",
        ),
        ({"activations": "log"}, "input_quantizer: scheme must be one of affine, deepeye, not 'log'"),
        ({"activation_bits": 1}, "input_quantizer: bits must be an integer from 2 to 8, not 1"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        QuantizedConv2D(4, 3, name="conv", **arguments)
