"""Readings of the detector's bytes, from arrays that are counted here by the layers' widths."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from compactvid.experiments import detector_bytes

FILTERS = (16, 32, 64, 128, 256, 512, 1024, 1024)
KERNELS = [9 * before * after for before, after in pairwise((3, *FILTERS))] + [1024 * 125]
NORM, BIASES = 4 * sum(FILTERS), sum(FILTERS) + 125
VALUES = sum(KERNELS) + NORM + 125
LITERT = {(608, "float32"): 4000, (608, "int8"): 1000, (416, "float32"): 1, (416, "int8"): 2}
RECORD = {
    "networks": [
        {"input_size": size, "precision": precision, "file_bytes": found} for (size, precision), found in LITERT.items()
    ]
}


def written() -> dict:
    """What weighing the network's files returns."""
    darknet, integers = [], []
    for number, (kernel, filters) in enumerate(zip(KERNELS, (*FILTERS, 125), strict=True), start=1):
        parts = ("bias", "scale", "mean", "variance") if number < 9 else ("bias",)
        rows = [(part, filters) for part in parts] + [("kernel", kernel)]
        darknet += [{"convolution": f"conv{number}", "array": name, "bytes": 4 * count} for name, count in rows]
        integers.append({"convolution": f"conv{number}", "array": "kernel", "bytes": kernel})
        integers.append({"convolution": f"conv{number}", "array": "others", "bytes": 9 * filters})
    sizes = {"keras": 4 * VALUES + 7000, "darknet": 4 * VALUES + 20, "integers": sum(KERNELS) + 9 * BIASES + 5000}
    return {"file_bytes": sizes, "arrays": {"darknet": darknet, "integers": integers}}


@pytest.fixture(autouse=True)
def _files(monkeypatch):
    monkeypatch.setattr(detector_bytes, "load_or_run", lambda config: SimpleNamespace(result=written()))


def test_readings_are_counted():
    assert VALUES == 15_867_885  # the value count of the public weights file
    found = detector_bytes.readings().set_index("key")
    small = {
        "inner": sum(KERNELS[1:-1]) + 4 * (KERNELS[0] + KERNELS[-1] + NORM + 125),
        "kernels": sum(KERNELS) + 4 * (NORM + 125),
        "folded": sum(KERNELS) + 4 * BIASES,
        "all": VALUES,
    }
    assert found["mb"].to_dict() == {key: size / 1e6 for key, size in ({"float": 4 * VALUES} | small).items()}
    assert found.loc["float", "mib"] == pytest.approx(60.531, abs=5e-4)
    assert found["rate"].dropna().to_dict() == {key: 4 * VALUES / size for key, size in small.items()}
    assert found["rate"].isna().tolist() == [True, False, False, False, False]
    assert found.index[found["mb"].round(1) == 15.9].tolist() == ["kernels", "folded", "all"]  # as the paper prints


def test_rates_that_the_printed_sizes_allow():
    low, high = detector_bytes.printed_rate_range()
    quotients = [before / after for before in (63.45, 63.55) for after in (15.85, 15.95)]
    assert (low, high) == pytest.approx((min(quotients), max(quotients)))
    assert detector_bytes.printed_rate() == 3.994
    assert detector_bytes.printed("float_size") == 63.5
    with pytest.raises(ValueError, match=r"claims\.detailed_layers: expected a printed number"):
        detector_bytes.printed("detailed_layers")


def test_files_stand_beside_their_float_ones():
    found = detector_bytes.files(RECORD).set_index("key")
    assert found["others"].dropna().to_dict() == {"keras": 7000, "darknet": 20, "integers": 5000}
    rates = found["rate"].dropna()
    assert list(rates.index) == ["integers", "litert_int8"]
    assert rates["integers"] == (4 * VALUES + 20) / (sum(KERNELS) + 9 * BIASES + 5000)
    assert rates["litert_int8"] == 4
    assert found.loc["litert_float32", "mb"] == 0.004


def test_rates_have_their_sources():
    rates = detector_bytes.rates(detector_bytes.readings(), detector_bytes.files(RECORD))
    assert rates["source"].tolist() == ["paper"] + ["counted"] * 4 + ["written"] * 2
    assert rates["rate"].iloc[[0, -1]].tolist() == [3.994, 4]
    assert rates["label"].is_unique
