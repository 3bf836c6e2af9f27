import os
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from compactvid.compression.batch_norm_folding import fold_batch_normalization
from compactvid.compression.integer_agreement import integer_agreement
from compactvid.compression.integer_conversion import convert_to_integers
from compactvid.compression.simulated_quantization import activation_ranges, simulate_quantization
from compactvid.datasets.darknet_folded import read_folded
from compactvid.ops.quantize import signal_to_noise

DATA = Path(os.environ.get("COMPACTVID_DATA", ""))


def compared(model, images, **arguments):
    simulated = simulate_quantization(model, calibration=[{"image": images}], **arguments)
    return simulated, convert_to_integers(simulated)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"per_channel": True},
        {"scheme": "deepeye_floor", "activations": "deepeye"},
        {"bits": 4, "activation_bits": 5},
    ],
)
@pytest.mark.parametrize("folded", [False, True])
def test_a_block_differs_by_a_level_in_few_values(small_yolo, arguments, folded):
    """What the docstring of `convert_to_integers` says, on 32 x 32 images of four blocks of 16 to 32 filters."""
    images = np.random.default_rng(3).uniform(size=(4, 32, 32, 3)).astype("float32")
    model = small_yolo(3, filters=(16, 32, 32), size=32)
    if folded:
        model = fold_batch_normalization(model)
    found = integer_agreement(*compared(model, images, **arguments), images)
    assert found["layer"].tolist() == ["conv2", "conv3", "last"]
    assert (found["largest_alone"] <= 1).all()
    assert (found["share_alone"] < 3e-4).all()
    assert (found["largest"] <= 2).all()
    assert (found["share"] < 0.02).all()


def test_differences_are_found(small_yolo, images):
    simulated, network = compared(small_yolo(), images)
    bias = network.convolutions[0].bias
    before = integer_agreement(simulated, network, images)
    bias += 3 * 2**16  # three levels
    after = integer_agreement(simulated, network, images)
    assert before["largest"].max() <= 1
    assert after.loc[0, ["largest", "largest_alone"]].tolist() == [3, 3]
    assert after.loc[0, "share"] > 0.8
    np.testing.assert_array_equal(after.loc[1:, "share_alone"], before.loc[1:, "share_alone"])
    assert (after.loc[1:, "share"] > 0.1).all()


@pytest.mark.skipif(not (DATA / "tiny_yolov2_partial").is_dir(), reason="no real weights in COMPACTVID_DATA")
def test_real_weights_on_a_real_image():
    """tiny-YOLOv2's first five convolutions, batch normalisation folded in, on Darknet's dog."""
    layers = [keras.Input((128, 128, 3))]
    weights = [read_folded(DATA / "tiny_yolov2_partial")[f"conv{number}"] for number in range(1, 6)]
    for number, arrays in enumerate(weights, start=1):
        layers += [
            keras.layers.Conv2D(len(arrays["bias"]), 3, padding="same", name=f"conv{number}"),
            keras.layers.LeakyReLU(negative_slope=0.1),
            keras.layers.MaxPooling2D(2),
        ]
    model = keras.Sequential(layers)
    for number, arrays in enumerate(weights, start=1):
        model.get_layer(f"conv{number}").set_weights([arrays["kernel"], arrays["bias"]])
    with Image.open(DATA / "darknet_images" / "dog.jpg") as image:
        pixels = np.asarray(image.resize((128, 128)), "float32")[None] / 255
    ranges = activation_ranges(model, [pixels])
    assert (ranges.loc[1:, "negative"] > 0.2).all(), "LeakyReLU leaves what Eq. 2 has no place for"
    assert (ranges.loc[1:, "above_one"] > 0.05).all()

    exact = keras.ops.convert_to_numpy(model(pixels))
    noise = {}
    for name, arguments in {
        "per channel": {"per_channel": True},
        "printed": {"scheme": "deepeye_truncation", "activations": "deepeye"},
    }.items():
        simulated = simulate_quantization(model, calibration=[pixels], **arguments)
        network = convert_to_integers(simulated)
        found = integer_agreement(simulated, network, pixels)
        assert (found["largest_alone"] <= 1).all()
        assert (found["share_alone"] < 3e-4).all()
        noise[name] = float(signal_to_noise(exact, network(pixels)))
    assert noise["per channel"] > 20
    assert noise["printed"] < 10, "in decibels: weights beyond [-1, 1] and maps beyond [0, 1] are clipped"
