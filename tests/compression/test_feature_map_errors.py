"""Ratios of signal to noise inside of a network, against the network with kernels and inputs changed by hand."""

import keras
import numpy as np
import pytest

from compactvid.compression import QuantizationAwareTraining, activation_ranges
from compactvid.compression.feature_map_errors import SignalToNoise, input_errors, output_errors

WEIGHTS_ONLY = QuantizationAwareTraining(bits=4, activations=None)
BOTH = QuantizationAwareTraining("deepeye_floor", activations="deepeye")


def decibels(x, approximation):
    x, approximation = (np.asarray(values, "float64") for values in (x, approximation))
    return 10 * np.log10((x**2).sum() / ((x - approximation) ** 2).sum())


def parts(model, names):
    return keras.Model(model.input, [model.get_layer(name).output for name in names])


def batches(images):
    return [{"image": images[:1]}, {"image": images[1:]}]


def test_inputs_in_the_unit_interval_and_in_eight_bits(small_yolo, images):
    model = small_yolo(1)
    found = input_errors(model, activation_ranges(model, [{"image": images[:2]}]), batches(images))
    given = [images, *(np.asarray(values) for values in parts(model, ["pool1", "pool2", "pool3"])({"image": images}))]
    assert [row["layer"] for row in found] == ["conv1", "conv2", "conv3", "last"]
    assert [found[0][form] for form in ("negative_to_zero", "one_at_most", "unit_interval")] == [None] * 3
    for row, a in zip(found, given, strict=True):
        inside = np.clip(a, 0, 1)
        assert row["negative"] == pytest.approx((a < 0).mean())
        assert (row["low"], row["high"]) == pytest.approx((min(a.min(), 0), a.max()))
        eq_2 = np.minimum(np.floor(256 * inside), 255) / 256
        low, high = min(a[:2].min(), 0), a[:2].max()
        step = (high - low) / 255
        zero = np.rint(-low / step)
        affine = (np.clip(np.rint(a / step) + zero, 0, 255) - zero) * step
        assert row["eq_2"] == pytest.approx(decibels(a, eq_2), abs=0.01)
        assert row["affine"] == pytest.approx(decibels(a, affine), abs=0.1)
        if row["layer"] != "conv1":
            assert row["negative_to_zero"] == pytest.approx(decibels(a, np.maximum(a, 0)), abs=0.01)
            assert row["one_at_most"] == pytest.approx(decibels(a, np.minimum(a, 1)), abs=0.01)
            assert row["unit_interval"] == pytest.approx(decibels(a, inside), abs=0.01)


def test_outputs_with_rounded_kernels(small_yolo, images):
    model, changed = small_yolo(1), small_yolo(1)
    for layer in changed.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = np.asarray(layer.kernel)
            scale = np.abs(kernel).max() / 7
            layer.kernel.assign(np.rint(kernel / scale) * scale)
    names = ["leaky1", "leaky2", "leaky3", "last"]
    exact, rounded = (parts(network, names)({"image": images}) for network in (model, changed))
    found = output_errors(model, [WEIGHTS_ONLY, BOTH], activation_ranges(model, [{"image": images}]), batches(images))
    assert [row["layer"] for row in found] == ["conv1", "conv2", "conv3", "last"]
    for row, x, approximation in zip(found, exact, rounded, strict=True):
        assert row["decibels"][0] == pytest.approx(decibels(x, approximation), abs=0.02)
    assert found[-1]["decibels"][1] < found[0]["decibels"][1] - 3, "errors add up, and Eq. 2 clips the inputs"


def test_nothing_to_compare_has_no_ratio():
    ratio = SignalToNoise()
    ratio.add(np.ones(3), np.ones(3))
    assert ratio.decibels() is None
    ratio.add(np.ones(3), np.ones(3) + 1e-7)
    assert ratio.decibels() is None, "float32's own rounding"
    ratio = SignalToNoise()
    ratio.add(np.zeros(1), np.zeros(1))
    ratio.add(np.full(3, 3.0), np.full(3, 2.0))
    assert ratio.decibels() == pytest.approx(10 * np.log10(9))
    nothing = SignalToNoise()
    nothing.add(np.zeros(2), np.ones(2))
    assert nothing.decibels() is None
