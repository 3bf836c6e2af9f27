"""Tiny-YOLOv2's published parameters with batch normalisation folded in."""

import numpy as np
import pytest

from compactvid.datasets.darknet import TINY_YOLO_V2_VOC, Convolution
from compactvid.datasets.darknet_folded import read_folded
from compactvid.datasets.tfrecord import RecordError

SMALL = (Convolution("conv1", 2, 4), Convolution("conv2", 4, 3, kernel_size=1))


@pytest.fixture
def folder(tmp_path):
    np.arange(4 * 3 * 3 * 2, dtype="<f4").tofile(tmp_path / "conv1_W.bin")
    np.arange(4, dtype="<f4").tofile(tmp_path / "conv1_b.bin")
    np.arange(3, dtype="<f4").tofile(tmp_path / "conv2_b.bin")
    return tmp_path


def test_values_stand_where_the_file_puts_them(folder):
    layers = read_folded(folder, SMALL)
    assert {name: sorted(arrays) for name, arrays in layers.items()} == {"conv1": ["bias", "kernel"], "conv2": ["bias"]}
    kernel = layers["conv1"]["kernel"]
    assert (kernel.shape, kernel.dtype) == ((3, 3, 2, 4), np.float32)
    for value, (out, row, column, into) in enumerate(np.ndindex(4, 3, 3, 2)):
        assert kernel[row, column, into, out] == value
    assert layers["conv2"]["bias"].tolist() == [0, 1, 2]


def test_real_parameters(real_tiny_yolo):
    layers = read_folded(real_tiny_yolo)
    assert [name for name, arrays in layers.items() if "kernel" in arrays] == [f"conv{i}" for i in (1, 2, 3, 4, 5, 9)]
    for convolution in TINY_YOLO_V2_VOC:
        arrays = layers[convolution.name]
        assert arrays["bias"].shape == (convolution.filters,)
        if "kernel" in arrays:
            size = convolution.kernel_size
            assert arrays["kernel"].shape == (size, size, convolution.in_channels, convolution.filters)
    # Filters of a first layer are smooth or edges: neighbouring weights agree in sign far more often than by chance.
    first = layers["conv1"]["kernel"]
    strong = np.abs(first[1:] * first[:-1]) > 0.05
    assert (first[1:] * first[:-1] > 0)[strong].mean() > 0.6


def test_files_that_are_wrong(folder, tmp_path_factory):
    path = folder / "conv1_b.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RecordError, match=r"conv1_b\.bin: 15 bytes, expected 16: 4 float32 values"):
        read_folded(folder, SMALL)
    np.array([1, 2, np.inf, 4], "<f4").tofile(path)
    with pytest.raises(RecordError, match=r"conv1_b\.bin: a value is not finite"):
        read_folded(folder, SMALL)
    with pytest.raises(FileNotFoundError, match=r"no convN_W\.bin or convN_b\.bin"):
        read_folded(tmp_path_factory.mktemp("empty"), SMALL)
