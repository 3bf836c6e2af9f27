"""Files of a small detector, weighed: against counts from its widths, and files that are written here."""

from itertools import pairwise

import numpy as np
import pytest

from compactvid.compression.detector_files import DetectorFiles
from compactvid.models import TinyYOLOv2

FILTERS = (2, 3, 4, 3, 5, 4, 6, 40)
MODEL = TinyYOLOv2(num_classes=2, anchors=((1.0, 1.5),), input_size=(32, 32), filters=FILTERS)
KERNELS = [9 * before * after for before, after in pairwise((3, *FILTERS))] + [FILTERS[-1] * 7]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    found = DetectorFiles(MODEL).execute(folder, None)
    assert not list(folder.iterdir()), "files are left"
    return found


def arrays(result, form, **of):
    rows = result["arrays"][form]
    return [row["bytes"] for row in rows if all(row[name] == value for name, value in of.items())]


def test_a_darknet_file_is_a_header_and_four_bytes_a_value(result):
    values = sum(KERNELS) + 4 * sum(FILTERS) + 7
    assert result["file_bytes"]["darknet"] == 20 + 4 * values
    assert sum(arrays(result, "darknet")) == 4 * values
    assert arrays(result, "darknet", array="kernel") == [4 * count for count in KERNELS]
    assert arrays(result, "darknet", array="bias") == [4 * count for count in (*FILTERS, 7)]
    assert {row["dtype"] for row in result["arrays"]["darknet"]} == {"float32"}


def test_integers_are_a_byte_a_weight_and_nine_a_filter(result, tmp_path):
    assert arrays(result, "integers", array="kernel", dtype="int8") == KERNELS
    assert sum(arrays(result, "integers")) == sum(KERNELS) + 9 * (sum(FILTERS) + 7)
    assert arrays(result, "integers", convolution="conv8") == [KERNELS[7], 4 * 40, 40, 4 * 40]
    np.savez(tmp_path / "same.npz", *(np.zeros(size, "uint8") for size in arrays(result, "integers")))
    names = result["file_bytes"]["integers"] - (tmp_path / "same.npz").stat().st_size
    assert 0 < names < 8000  # what is no array is text, and names


def test_keras_s_file_holds_the_same_values(result):
    values = sum(KERNELS) + 4 * sum(FILTERS) + 7
    assert 4 * values < result["file_bytes"]["keras"] < 4 * values + 100_000
