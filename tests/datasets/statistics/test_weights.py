"""Kernel statistics against values whose distribution is known."""

import numpy as np
import pytest

from compactvid.datasets.statistics.weights import EDGES, WeightStatistics, kernel_statistics


def test_values_by_hand():
    kernel = np.array([[-3.0, -1], [1, 3]], np.float32)  # standard deviation sqrt(5)
    found = kernel_statistics(kernel)
    histogram = np.array(found.pop("histogram"))
    assert found == {"values": 4, "mean": 0, "standard_deviation": pytest.approx(5**0.5), "minimum": -3, "maximum": 3}
    in_deviations = np.array([-3, -1, 1, 3]) / 5**0.5
    places = [int(np.flatnonzero((EDGES[:-1] <= value) & (value < EDGES[1:]))[0]) for value in in_deviations]
    assert np.flatnonzero(histogram).tolist() == places
    assert histogram[places].tolist() == [0.25] * 4


def test_what_lies_beyond_is_in_no_bin():
    values = np.zeros(1000)
    values[0] = 1
    assert sum(kernel_statistics(values)["histogram"]) == pytest.approx(0.999)


def test_layers_without_a_kernel_are_left_out(tmp_path):
    np.arange(16 * 27, dtype="<f4").tofile(tmp_path / "conv1_W.bin")
    np.zeros(512, "<f4").tofile(tmp_path / "conv6_b.bin")

    class Source:
        def prepare(self, folder):
            return {"all": [tmp_path / "conv1_W.bin", tmp_path / "conv6_b.bin"]}

    (layer,) = WeightStatistics(Source()).execute(tmp_path, None)["layers"]
    assert (layer["layer"], layer["values"], layer["maximum"]) == ("conv1", 432, 431)
