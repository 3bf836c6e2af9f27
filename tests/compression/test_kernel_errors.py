"""Kernels in 8 bits, against every scheme written out in NumPy."""

import numpy as np
import pytest

from compactvid.compression.kernel_errors import LEVELS, kernel_errors

KERNEL = (np.random.default_rng(0).normal(0, 0.3, (3, 3, 8, 16)) * np.linspace(0.01, 2, 16)).astype("float32")


def decibels(kernel, values):
    kernel = kernel.astype("float64")
    return 10 * np.log10((kernel**2).sum() / ((kernel - values) ** 2).sum())


def printed(w, integer):
    w = np.clip(w.astype("float64"), -1, 1)
    levels = np.where(np.abs(w) <= 1 / 128, np.sign(w), integer(128 * w))
    return np.where(np.abs(w) == 1, 127 * np.sign(w), levels)


def expected(kernel):
    levels = {name: printed(kernel, integer) for name, integer in (("floor", np.floor), ("truncation", np.trunc))}
    largest, low, high = np.abs(kernel).max(), min(kernel.min(), 0), max(kernel.max(), 0)
    channels = np.abs(kernel).max(axis=(0, 1, 2))
    step = (high - low) / 255
    zero = np.rint(-low / step)
    values = {
        "affine": (np.clip(np.rint(kernel / step) + zero, 0, 255) - zero) * step,
        "symmetric": np.rint(kernel / largest * 127) / 127 * largest,
        "symmetric_per_channel": np.rint(kernel / channels * 127) / 127 * channels,
    }
    for name, integer in (("floor", np.floor), ("truncation", np.trunc)):
        values[f"deepeye_{name}"] = levels[name] / 128
        factor = np.linalg.lstsq(levels[name].reshape(-1, 1), kernel.ravel(), rcond=None)[0][0]
        values[f"deepeye_{name}_fitted"] = levels[name] * factor
        values[f"deepeye_{name}_scaled"] = printed(kernel / largest, integer) / 128 * largest
    return levels, {name: decibels(kernel, found) for name, found in values.items()}


@pytest.mark.parametrize("size", [1, 0.02])
def test_ratios_and_counts(size):
    kernel = (KERNEL * size).astype("float32")
    found, (levels, ratios) = kernel_errors(kernel), expected(kernel)
    assert found["signal_to_noise"] == {name: pytest.approx(value, abs=0.05) for name, value in ratios.items()}
    magnitude = np.abs(kernel)
    assert found["values"] == 3 * 3 * 8 * 16
    assert found["largest"] == pytest.approx(magnitude.max())
    assert found["beyond_one"] == (magnitude > 1).sum()
    assert found["to_one_level"] == (magnitude <= 1 / 128).sum()
    assert found["nearer_to_zero"] == (128 * magnitude < 0.5).sum()
    assert found["int_differs"] == (levels["floor"] != levels["truncation"]).sum()
    for name, (products, squares) in found["fit"].items():
        assert products == pytest.approx((kernel * levels[name]).sum(), rel=1e-5)
        assert squares == (levels[name] ** 2).sum()
        counts = dict(zip(LEVELS, found["histogram"][f"deepeye_{name}"], strict=True))
        drawn, often = np.unique(levels[name], return_counts=True)
        assert {level: count for level, count in counts.items() if count} == dict(zip(drawn, often, strict=True))
        assert found["levels"][f"deepeye_{name}"] == len(drawn)
    assert sum(found["histogram"]["symmetric"]) == found["values"]


def test_readings_lose_what_half_a_level_says():
    """Rounding leaves a twelfth of a squared level, floor and truncation a third: 6 dB more noise."""
    kernel = np.random.default_rng(1).uniform(-0.98, 0.98, (3, 3, 32, 64)).astype("float32")
    noise = kernel_errors(kernel)["signal_to_noise"]
    assert noise["symmetric"] - noise["deepeye_floor"] == pytest.approx(6, abs=0.3)
    assert noise["deepeye_floor"] == pytest.approx(noise["deepeye_truncation"], abs=0.1)
    assert noise["deepeye_truncation_fitted"] > noise["deepeye_truncation"]
