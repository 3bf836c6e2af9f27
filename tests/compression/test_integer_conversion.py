"""What the integers stand for, against exact fractions and against the simulation in float32."""

from fractions import Fraction

import keras
import numpy as np
import pytest

from compactvid.compression.batch_norm_folding import fold_batch_normalization
from compactvid.compression.integer_conversion import convert_to_integers
from compactvid.compression.simulated_quantization import simulate_quantization
from compactvid.ops.quantize import weight_levels

L = keras.layers


def simulated(small_yolo, images, seed=0, **arguments):
    return simulate_quantization(small_yolo(seed), calibration=[{"image": images}], **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"per_channel": True, "bits": 3, "activation_bits": 4},
        {"scheme": "deepeye_floor", "activations": "deepeye"},
        {"scheme": "deepeye_truncation_scaled"},
    ],
)
def test_a_block_is_batch_normalisation_of_the_values_of_levels(small_yolo, images, arguments):
    """From a sum of integers: s_a xi (gamma / sqrt(var + eps)) sum + beta - mean gamma / sqrt(var + eps), in steps."""
    model = simulated(small_yolo, images, **arguments)
    network = convert_to_integers(model)
    for number, block in enumerate(network.convolutions[:-1], start=1):
        layer = model.get_layer(f"conv{number}")
        levels, xi, _ = weight_levels(
            layer.kernel, layer.scheme, bits=layer.bits, per_channel=layer.per_channel, beyond="clip"
        )
        np.testing.assert_array_equal(block.kernel, keras.ops.convert_to_numpy(levels))
        gamma, beta, mean, variance = (v.astype("float64") for v in model.get_layer(f"norm{number}").get_weights())
        gain = gamma / np.sqrt(variance + 1e-3)
        scale = float(layer.input_quantizer.parameters()[0])
        xi = np.broadcast_to(keras.ops.convert_to_numpy(xi).astype("float64").reshape(-1), gain.shape)
        sums = np.array([[-(10**6)], [-1], [0], [12345], [10**6]]) * np.ones_like(gain, dtype="int64")
        found = block.normalize(sums.astype("int32"))
        for (row, z), value in np.ndenumerate(found):
            exact = Fraction(scale) * Fraction(xi[z]) * Fraction(gain[z]) * int(sums[row, z])
            exact = (exact + Fraction(beta[z] - mean[z] * gain[z])) / Fraction(block.output.scale) * 2**16
            exact = max(Fraction(-(2**31)), min(Fraction(2**31 - 1), exact))
            # A half of the shift, a half of the bias, and a multiplier rounded to 31 bits.
            assert abs(int(value) - exact) <= 1 + abs(exact) / 2**30 + 1e-3


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"per_channel": True},
        {"scheme": "deepeye_floor", "activations": "deepeye"},
        {"scheme": "deepeye_truncation_scaled", "bits": 6},
        {"bits": 4, "activation_bits": 4},
    ],
)
@pytest.mark.parametrize("folded", [False, True])
def test_outputs_are_those_of_the_simulation(small_yolo, images, arguments, folded):
    float_model = fold_batch_normalization(small_yolo(2)) if folded else small_yolo(2)
    model = simulate_quantization(float_model, calibration=[{"image": images}], **arguments)
    expected = keras.ops.convert_to_numpy(model({"image": images}, training=False))
    found = convert_to_integers(model)(images)
    exact = keras.ops.convert_to_numpy(float_model({"image": images}, training=False))
    cost = np.abs(expected - exact).max()
    # A level of the last maps, here and there, times a weight: well below what the quantisation itself costs.
    assert np.abs(found - expected).max() < max(1e-5, 0.5 * cost)
    assert np.mean(np.abs(found - expected)) < max(1e-6, 0.05 * cost)


def test_the_last_outputs_do_not_saturate_whatever_the_input(small_yolo, images):
    network = convert_to_integers(simulated(small_yolo, images))
    last = network.convolutions[-1]
    signs = np.sign(last.kernel[0, 0].astype("int64"))  # (in, out)
    for z in range(5):
        for sign in (-1, 1):
            levels = np.where(sign * signs[:, z] > 0, 255, 0).astype("uint8").reshape(1, 1, 1, -1)
            assert abs(int(last(levels)[0, 0, 0, z])) < 2**30 + 2**16


def test_dead_and_inverted_filters(small_yolo, images):
    model = small_yolo()
    norm = model.get_layer("norm1")
    gamma, beta, mean, variance = norm.get_weights()
    gamma[0], gamma[1] = 0.0, -1.0
    norm.set_weights([gamma, beta, mean, variance])
    kernel = model.get_layer("conv1").get_weights()[0]
    kernel[..., 2] = 0
    model.get_layer("conv1").set_weights([kernel])
    simulation = simulate_quantization(model, calibration=[{"image": images}], per_channel=True)
    network = convert_to_integers(simulation)
    first = network.convolutions[0]
    assert first.multiplier[0] == 0
    assert first.multiplier[1] < 0
    expected = keras.ops.convert_to_numpy(simulation({"image": images}, training=False))
    np.testing.assert_allclose(network(images), expected, atol=0.05)


def network_of(*layers, **arguments):
    model = keras.Sequential([keras.Input((4, 4, 2)), *layers], name="network")
    return simulate_quantization(model, calibration=[np.ones((1, 4, 4, 2), "float32")], **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": ["conv1", "conv2"]}, "conv3: kernel and input must be quantised; see simulate_quantization"),
        ({"activations": None}, "conv1: kernel and input must be quantised; see simulate_quantization"),
        ({"scheme": "affine"}, "conv1: affine weights have a zero point, which integers here have not"),
    ],
)
def test_what_has_no_integers_is_refused_by_name(small_yolo, images, arguments, message):
    with pytest.raises(ValueError, match=message):
        convert_to_integers(simulated(small_yolo, images, **arguments))


def test_other_bad_input(small_yolo):
    with pytest.raises(ValueError, match="conv1/input_quantizer/low: there is no range yet: calibrate or train"):
        convert_to_integers(simulate_quantization(small_yolo()))
    with pytest.raises(ValueError, match=r"network: relu \(ReLU\) has no place"):
        convert_to_integers(network_of(L.Conv2D(2, 1), L.ReLU(name="relu")))
    with pytest.raises(TypeError, match="takes a built functional or sequential"):
        convert_to_integers("model.keras")
    huge = network_of(L.Conv2D(2, 1, name="first", bias_initializer=keras.initializers.Constant(1e6)), L.Conv2D(2, 1))
    huge.layers[1].input_quantizer.high.assign(1.0)
    with pytest.raises(ValueError, match=r"first: adds 1e\+06, 2\^15 or more steps of its output, 0.0039"):
        convert_to_integers(huge)
    steep = network_of(L.Conv2D(2, 1, name="first", kernel_initializer="ones"), L.Conv2D(2, 1))
    steep.layers[1].input_quantizer.low.assign(0.0)
    steep.layers[1].input_quantizer.high.assign(1e-8)
    with pytest.raises(ValueError, match="first: gains must lie below 32768 steps of the output"):
        convert_to_integers(steep)


def test_sums_beyond_32_bits_are_refused():
    wide = keras.Sequential([keras.Input((1, 1, 70_000)), L.Conv2D(1, 1, name="wide", kernel_initializer="ones")])
    simulation = simulate_quantization(wide, activations="deepeye")
    with pytest.raises(ValueError, match="wide: sums of up to 2266950000 exceed int32"):
        convert_to_integers(simulation)
