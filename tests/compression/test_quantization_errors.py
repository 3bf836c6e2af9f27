"""Runs on a detector of drawn weights, and on the published arrays where they are."""

import os
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from compactvid.compression import QuantizationAwareTraining
from compactvid.compression.kernel_errors import kernel_errors
from compactvid.compression.quantization_errors import (
    DetectorQuantizationErrors,
    PublishedQuantizationErrors,
    folded_network,
)
from compactvid.datasets.published_detector import PublishedDetector
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.weights import save_weights

METHODS = (QuantizationAwareTraining(activations=None), QuantizationAwareTraining(bits=4, activations=None))
WORLD = SceneWorld(seed=5, height=32, width=32, min_size=0.3, max_objects=2)
MODEL = TinyYOLOv2(num_classes=6, anchors=((1.5, 1.5),), input_size=(32, 32), filters=(4,) * 8, halvings=3)
BASE = DetectionTraining(
    TrainingRun(MODEL, SimulatedScenes(WORLD, 8, 8, 12), seed=1, epochs=1, batch_size=8, learning_rate=0.01)
)


def drawn(counts, gaps=()):
    random = np.random.default_rng(2)
    layers = {}
    for number, (inputs, outputs) in enumerate(pairwise(counts), start=1):
        if number not in gaps:
            kernel = random.normal(0, 0.3, (3, 3, inputs, outputs)).astype("float32")
            layers[f"conv{number}"] = {"kernel": kernel, "bias": random.normal(size=outputs).astype("float32")}
    return layers


def test_a_detector_of_ours(tmp_path):
    keras.utils.set_random_seed(3)
    model = MODEL.build()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.gamma.assign(3 * np.ones(4))
    save_weights(model, tmp_path / "best.weights.h5")
    run = DetectorQuantizationErrors(BASE, METHODS, calibration=4, images=8)
    found = run.execute(tmp_path, tmp_path / "scenes", [tmp_path])
    names = [f"conv{number}" for number in range(1, 10)]
    assert [row["layer"] for part in ("kernels", "inputs", "outputs") for row in found[part]] == 3 * names
    for row in found["kernels"]:
        kernel = np.asarray(model.get_layer(row["layer"]).kernel)
        assert row["signal_to_noise"] == kernel_errors(kernel)["signal_to_noise"]
        gain = 3 / np.sqrt(1 + 1e-6) if row["layer"] != "conv9" else 1
        assert row["folded_largest"] == pytest.approx(gain * np.abs(kernel).max(), rel=1e-5)
    files = BASE.dataset.prepare(tmp_path / "scenes")
    images = BASE.dataset.read(files, "test", size=(32, 32)).batch(0)[0]["image"][:8]
    assert found["inputs"][0]["high"] == pytest.approx(images.max() / 255)
    for row in found["outputs"]:
        better, worse = row["decibels"]
        assert better > worse + 15, "four bits more"


@pytest.mark.parametrize("options", [{"methods": ()}, {"methods": METHODS, "images": 0}])
def test_nothing_to_measure_is_refused(options):
    with pytest.raises(ValueError, match="at least one method, and one picture of each kind"):
        DetectorQuantizationErrors(BASE, **options)


def test_folded_blocks_are_convolution_leak_and_pooling():
    layers = drawn((3, 4, 5))
    image = np.random.default_rng(4).uniform(size=(1, 8, 8, 3)).astype("float32")
    x = image[0].astype("float64")
    for arrays in layers.values():
        sums = [
            sum(correlate2d(x[..., l], arrays["kernel"][..., l, z], "same") for l in range(x.shape[-1]))
            for z in range(len(arrays["bias"]))
        ]
        x = np.stack(sums, -1) + arrays["bias"]
        x = np.where(x > 0, x, 0.1 * x)
        x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).max(axis=(1, 3))
    np.testing.assert_allclose(folded_network(layers, (8, 8))({"image": image})[0], x, rtol=1e-4, atol=1e-5)


def test_the_network_ends_before_the_first_gap():
    model = folded_network(drawn((3, 4, 4, 4, 4, 4, 4), gaps=(3,)), (32, 32))
    assert [layer.name for layer in model.layers if "conv" in layer.name and "leaky" not in layer.name] == [
        "conv1",
        "conv2",
    ]
    assert folded_network(drawn((3, *(4,) * 6)), (64, 64)).output_shape == (None, 2, 2, 4), "five blocks"
    with pytest.raises(ValueError, match="layers must have kernel and bias of conv1"):
        folded_network(drawn((3, 4, 4), gaps=(1,)), (32, 32))


def test_published_kernels_on_real_pictures(tmp_path):
    """At a quarter of the size, on a few pictures: which six kernels there are, and that they are the files'."""
    # Said apart from the code that looks for them: what it overlooks must not be skipped.
    if not Path(os.environ.get("COMPACTVID_DATA", "absent"), "tiny_yolov2_partial").is_dir():
        pytest.skip("no published weights and pictures in COMPACTVID_DATA")
    assert PublishedDetector.present()
    dataset = PublishedDetector(calibration=97)
    found = PublishedQuantizationErrors(dataset, METHODS, (96, 96)).execute(tmp_path, None)
    assert found["images"] == 3 + 6
    assert [row["layer"] for row in found["kernels"]] == ["conv1", "conv2", "conv3", "conv4", "conv5", "conv9"]
    assert [row["layer"] for row in found["inputs"]] == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    first = np.fromfile(dataset.prepare()["weights"][0], "<f4")
    assert found["kernels"][0]["largest"] == found["kernels"][0]["folded_largest"] == np.abs(first).max() > 20
    assert found["inputs"][0]["negative"] == 0
    assert all(row["negative"] > 0.2 for row in found["inputs"][1:]), "what LeakyReLU lets through"
    assert all(row["decibels"][0] > row["decibels"][1] for row in found["outputs"])
