"""Tiny YOLOv2: its counts to the digit, and its forward pass against Darknet's, written out as loops."""

import keras
import numpy as np
import pytest

from compactvid.datasets.darknet import TINY_YOLO_V2_VOC
from compactvid.metrics import model_size
from compactvid.models import TinyYOLOv2
from compactvid.models.tiny_yolov2 import EPSILON

SMALL = TinyYOLOv2(
    num_classes=3,
    anchors=((1.0, 1.5), (2.0, 1.0)),
    input_size=(32, 64),
    filters=(2, 3, 4, 3, 5, 4, 6, 5),
    halvings=4,
)


def build_without_values(**fields):
    with keras.StatelessScope(initialize_variables=False):
        return TinyYOLOv2(**fields).build(initialize=False)


def darknet_forward(weights, image, halvings=4):
    """cfg/yolov2-tiny-voc.cfg in float64, loop by loop: (height, width, 3) -> (rows, columns, channels).

    Pads the convolutions by a pixel on each side and the poolings by one at the end, as Darknet does.
    """
    values, x = iter(weights), image.astype("float64")
    for number in range(1, 10):
        kernel = next(values).astype("float64")
        size, pad = kernel.shape[0], kernel.shape[0] // 2
        padded = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
        convolved = np.empty((*x.shape[:2], kernel.shape[3]))
        for row in range(x.shape[0]):
            for column in range(x.shape[1]):
                window = padded[row : row + size, column : column + size]
                convolved[row, column] = np.tensordot(window, kernel, 3)
        if number == 9:
            return convolved + next(values)
        scale, bias, mean, variance = (next(values).astype("float64") for _ in range(4))
        x = scale * (convolved - mean) / (np.sqrt(variance) + 1e-6) + bias
        x = np.where(x > 0, x, 0.1 * x)
        if number <= 6:
            stride = 2 if number <= halvings else 1
            padded = np.pad(x, ((0, 1), (0, 1), (0, 0)), constant_values=-np.inf)
            pooled = np.empty((x.shape[0] // stride, x.shape[1] // stride, x.shape[2]))
            for row in range(pooled.shape[0]):
                for column in range(pooled.shape[1]):
                    top, left = row * stride, column * stride
                    pooled[row, column] = padded[top : top + 2, left : left + 2].max(axis=(0, 1))
            x = pooled


def random_weights(model, seed=0):
    """Values of every tensor, variances from 0.01 on, kernels scaled so that sums stay of order 1."""
    random, values = np.random.default_rng(seed), []
    for weight in model.weights:
        value = random.normal(size=weight.shape)
        if weight.path.endswith("variance"):
            value = 0.01 + value**2
        if weight.path.endswith("kernel"):
            value /= np.sqrt(np.prod(weight.shape[:-1]))
        values.append(value.astype("float32"))
    return values


def test_predicts_what_darknet_predicts():
    """float32 over nine layers; dividing by sqrt(v + 1e-6) instead of sqrt(v) + 1e-6 moves values by 4e-5 a layer."""
    model = SMALL.build()
    weights = random_weights(model)
    model.set_weights(weights)
    image = np.random.default_rng(1).random((32, 64, 3))
    found = keras.ops.convert_to_numpy(model({"image": image[None].astype("float32")}, training=False))
    assert found.shape == (1, *SMALL.grid, SMALL.output_channels) == (1, 2, 4, 2 * 8)
    expected = darknet_forward(weights, image)
    np.testing.assert_allclose(found[0], expected, atol=4e-4 * np.abs(expected).max())


def test_the_root_of_the_variance_is_darknets_within_the_stated_bounds():
    variance = np.geomspace(0.01, 1e6, 10_000)
    difference = np.abs(np.sqrt(variance + EPSILON) / (np.sqrt(variance) + 1e-6) - 1)
    assert 3.9e-5 < difference.max() < 4.1e-5
    assert difference[variance >= 0.25].max() < 1e-6


def test_pascal_voc_has_15867885_values():
    model = build_without_values()
    assert model.count_params() == 15_867_885
    assert [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)] == [
        convolution.name for convolution in TINY_YOLO_V2_VOC
    ]
    kernels = {weight.path: weight.shape for weight in model.weights if weight.path.endswith("kernel")}
    assert list(kernels.values()) == [convolution.shapes["kernel"] for convolution in TINY_YOLO_V2_VOC]
    assert sum(int(np.prod(shape)) for shape in kernels.values()) == 15_855_536
    # Cheng et al. 2018, Table 1, column Parameters
    printed = {"conv1": 432, "conv2": 4608, "conv3": 18_432, "conv9": 128_000}
    assert {name: int(np.prod(kernels[f"{name}/kernel"])) for name in printed} == printed
    assert len(model.weights) == 8 * 5 + 2


def test_the_paper_s_output_is_19_x_19_x_125_and_that_of_coco_425():
    """Table 1 and section 4, step 1."""
    assert TinyYOLOv2(input_size=(608, 608)).grid == (19, 19)
    assert build_without_values(input_size=(608, 608)).output_shape == (None, 19, 19, 125)
    assert TinyYOLOv2().grid == (13, 13)
    assert build_without_values(num_classes=80, input_size=(608, 608)).output_shape == (None, 19, 19, 425)


def test_a_scaled_network_has_the_same_topology():
    filters = (2, 4, 8, 16, 32, 64, 128, 128)
    small = build_without_values(num_classes=6, input_size=(96, 96), filters=filters)
    full = build_without_values()
    assert [type(layer) for layer in small.layers] == [type(layer) for layer in full.layers]
    assert small.output_shape == (None, 3, 3, 5 * 11)
    channels = (3, *filters)
    convolutions = sum(9 * c * f + 4 * f for c, f in zip(channels, filters, strict=False))
    assert small.count_params() == convolutions + 129 * 55 == 254_413
    assert build_without_values(input_size=(96, 96), halvings=4).output_shape == (None, 6, 6, 125)


def test_without_initial_values_kernels_are_zero():
    assert not any(np.any(weight) for weight in SMALL.build(initialize=False).get_weights()[::5])


def test_mixed_precision_keeps_weights_and_output_in_float32():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = SMALL.build()
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.output.dtype == "float32"
    assert set(model_size(model)["dtype"]) == {"float32"}
    assert model.get_layer("conv3").compute_dtype == "float16"


def test_saves_and_loads(tmp_path):
    model = SMALL.build()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    image = {"image": np.random.default_rng(2).random((2, 32, 64, 3)).astype("float32")}
    np.testing.assert_array_equal(loaded.predict_on_batch(image), model.predict_on_batch(image))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"num_classes": 0}, "num_classes must be a positive integer, not 0"),
        ({"input_size": (416, 400)}, r"positive multiples of 32 with 5 halvings, not \(416, 400\)"),
        ({"input_size": (0, 32)}, "input_size must be height and width"),
        ({"filters": (16, 32)}, r"filters must be eight positive integers, not \(16, 32\)"),
        ({"filters": (16,) * 7 + (0,)}, "filters must be eight positive integers"),
        ({"halvings": 7}, "halvings must be an integer from 0 to 6, not 7"),
        ({"anchors": ()}, "anchors must be pairs"),
        ({"anchors": ((1.0, 0.0),)}, "anchors must be pairs of positive widths and heights"),
        ({"anchors": ((1.0, float("nan")),)}, "anchors must be pairs"),
        ({"batch_norm_momentum": 1.0}, "batch_norm_momentum must be a number in"),
    ],
)
def test_fields_are_checked_by_name(fields, message):
    with pytest.raises(ValueError, match=f"TinyYOLOv2: {message}" if not message.startswith("positive") else message):
        TinyYOLOv2(**fields)
