import keras
import numpy as np
import pandas as pd
import pytest

from compactvid.compression.rebuilt import rebuilt
from compactvid.compression.simulated_quantization import (
    activation_ranges,
    simulate_quantization,
    without_simulated_quantization,
)
from compactvid.layers import QuantizedConv2D

NAMES = ["conv1", "conv2", "conv3", "last"]


def values(model):
    return {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}


def quantized_layers(model):
    return [layer.name for layer in model.layers if isinstance(layer, QuantizedConv2D)]


def by_hand(model, images):
    """The inputs of the convolutions, layer by layer."""
    inputs, tensor = [], images
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            inputs.append(np.asarray(tensor))
        if not isinstance(layer, keras.layers.InputLayer):
            tensor = layer(tensor)
    return inputs


@pytest.mark.parametrize("sequential", [False, True])
def test_ranges_are_those_of_the_float_model(small_yolo, images, sequential):
    model = small_yolo(sequential=sequential)
    wide = np.concatenate([images - 0.1, images * 1.5])
    batches = [wide[:3], wide[3:]] if sequential else [{"image": wide[:3]}, {"image": wide[3:]}]
    ranges = activation_ranges(model, batches)
    inputs = by_hand(model, wide)
    expected = pd.DataFrame(
        {
            "layer": NAMES,
            "low": [min(0, x.min()) for x in inputs],
            "high": [max(0, x.max()) for x in inputs],
            "negative": [np.mean(x < 0) for x in inputs],
            "above_one": [np.mean(x > 1) for x in inputs],
        }
    )
    pd.testing.assert_frame_equal(ranges, expected, rtol=1e-5, check_dtype=False)
    assert ranges["negative"].between(0.01, 0.7).all()
    simulated = simulate_quantization(model, calibration=batches)
    for row in ranges.itertuples():
        quantizer = simulated.get_layer(row.layer).input_quantizer
        np.testing.assert_allclose([float(quantizer.low), float(quantizer.high)], [row.low, row.high], rtol=1e-6)


def test_only_the_arithmetic_changes(small_yolo, images):
    model = small_yolo()
    before = values(model)
    simulated = simulate_quantization(model, calibration=[{"image": images}], bits=4, per_channel=True)
    assert quantized_layers(simulated) == NAMES
    assert [layer.name for layer in simulated.layers] == [layer.name for layer in model.layers]
    assert [w.path for w in simulated.trainable_weights] == [w.path for w in model.trainable_weights]
    after = values(simulated)
    for path, value in before.items():
        np.testing.assert_array_equal(after.pop(path), value)
        np.testing.assert_array_equal(values(model)[path], value)
    assert list(after) == [f"{name}/input_quantizer/{end}" for name in NAMES for end in ("low", "high")]
    errors = []
    for bits in (8, 4, 2):
        found = simulate_quantization(model, calibration=[{"image": images}], bits=bits, activation_bits=bits)
        errors.append(np.abs(found({"image": images}) - model({"image": images}, training=False)).max())
    assert 0 < errors[0] < errors[1] < errors[2]
    float_layers = simulate_quantization(model, layers=[])
    np.testing.assert_array_equal(float_layers({"image": images}), model({"image": images}, training=False))


def test_some_layers_and_weights_only(small_yolo, images):
    model = small_yolo()
    assert quantized_layers(simulate_quantization(model, layers=["conv2", "conv3"])) == ["conv2", "conv3"]
    simulated = simulate_quantization(model, activations=None, calibration=[{"image": images}])
    assert [w.path for w in simulated.weights] == [w.path for w in model.weights]
    reference = small_yolo()
    for name in NAMES:
        kernel = reference.get_layer(name).kernel
        value = keras.ops.convert_to_numpy(kernel)
        kernel.assign(np.rint(value / np.abs(value).max() * 127) * np.abs(value).max() / 127)
    np.testing.assert_allclose(simulated({"image": images}), reference({"image": images}), atol=1e-4)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
@pytest.mark.parametrize("sequential", [False, True])
def test_trained_saved_and_turned_back(small_yolo, images, tmp_path, sequential):
    model = small_yolo(sequential=sequential)
    given = images if sequential else {"image": images}
    simulated = simulate_quantization(model, bits=4, activation_bits=4, momentum=0.5)
    before = values(simulated)
    targets = np.random.default_rng(0).normal(size=(4, 4, 4, 5)).astype("float32")
    simulated.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
    losses = [float(simulated.train_on_batch(given, targets)) for _ in range(3)]
    assert losses[-1] < losses[0]
    assert all((before[w.path] != values(simulated)[w.path]).any() for w in simulated.trainable_weights)
    assert all(float(simulated.get_layer(name).input_quantizer.high) > 0 for name in NAMES)
    simulated.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(given), simulated(given, training=False))

    plain = without_simulated_quantization(simulated)
    assert quantized_layers(plain) == []
    assert [(w.path, tuple(w.shape)) for w in plain.weights] == [(w.path, tuple(w.shape)) for w in model.weights]
    simulated.save_weights(tmp_path / "trained.weights.h5")
    model.load_weights(tmp_path / "trained.weights.h5")
    for path, value in values(plain).items():
        np.testing.assert_array_equal(value, values(simulated)[path])
        np.testing.assert_array_equal(value, values(model)[path])


def test_bad_input(small_yolo, images):
    model = small_yolo()
    for layers in (["conv1", "norm1"], "conv1", ["nothing"]):
        with pytest.raises(
            ValueError, match=r"layers must be None or names of float convolutions of small_yolo, which ha"
        ):
            simulate_quantization(model, layers=layers)
    with pytest.raises(ValueError, match="which has none; not None"):
        simulate_quantization(simulate_quantization(model))
    with pytest.raises(ValueError, match="simulate_quantization: bits must be an integer from 2 to 8, not 9"):
        simulate_quantization(model, bits=9)
    with pytest.raises(ValueError, match=r"simulate_quantization: scheme must be one of .*, not 'log'"):
        simulate_quantization(model, scheme="log")
    with pytest.raises(ValueError, match=r"Unrecognized keyword arguments passed to Conv2D: {'levels': 8}"):
        simulate_quantization(model, levels=8)
    with pytest.raises(ValueError, match="activation_ranges: there are no batches"):
        simulate_quantization(model, calibration=[])
    with pytest.raises(ValueError, match="activation_ranges: the input of conv1 has values that are not finite"):
        simulate_quantization(model, calibration=[{"image": images * np.float32("nan")}])
    for function in (simulate_quantization, without_simulated_quantization, lambda m: activation_ranges(m, [images])):
        with pytest.raises(TypeError, match=r"takes a built functional or sequential keras\.Model, not str"):
            function("model.keras")


def test_maps_of_zeros_have_a_range(small_yolo, images):
    ranges = activation_ranges(small_yolo(), [{"image": images * 0}])
    assert ranges.loc[0, ["low", "high", "negative", "above_one"]].tolist() == [0, 1, 0, 0]


def test_a_convolution_used_twice_has_no_one_range():
    image = keras.Input((8, 8, 2))
    convolution = keras.layers.Conv2D(2, 3, name="shared")
    model = keras.Model(image, convolution(convolution(image)), name="twice")
    with pytest.raises(ValueError, match="twice: shared is used more than once"):
        activation_ranges(model, [np.zeros((1, 8, 8, 2), "float32")])
    assert rebuilt(model, lambda layer: layer.__class__.from_config(layer.get_config())).count_params() == 38
