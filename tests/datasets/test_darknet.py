"""Darknet's weights: the order of Darknet's own source, the exact count, and damaged files."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets.darknet import (
    TINY_YOLO_V2_VOC,
    Convolution,
    DarknetWeights,
    read_weights,
    write_weights,
)
from compactvid.datasets.tfrecord import RecordError

SMALL = (Convolution("first", 2, 3), Convolution("last", 3, 2, kernel_size=1, batch_normalized=False))
VALUES = 3 * 4 + 3 * 2 * 9 + 2 + 2 * 3
HEADER = struct.pack("<3iq", 0, 2, 0, 32013312)
CONTENT = HEADER + np.arange(VALUES, dtype="<f4").tobytes()


def problem(path, content: bytes, convolutions=SMALL) -> str:
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_weights(path, convolutions)
    where, _, text = str(caught.value).partition(": ")
    assert where == str(path)
    return text


def test_tiny_yolo_v2_has_nine_convolutions_of_15867885_values():
    """Darknet says the same of its file: 63,471,556 bytes with the older header of 16."""
    assert [convolution.filters for convolution in TINY_YOLO_V2_VOC] == [16, 32, 64, 128, 256, 512, 1024, 1024, 125]
    assert [convolution.in_channels for convolution in TINY_YOLO_V2_VOC] == [3, 16, 32, 64, 128, 256, 512, 1024, 1024]
    assert sum(convolution.num_values for convolution in TINY_YOLO_V2_VOC) == 15_867_885 == (63_471_556 - 16) // 4
    kernels = [int(np.prod(convolution.shapes["kernel"])) for convolution in TINY_YOLO_V2_VOC]
    assert sum(kernels) == 15_855_536
    assert not TINY_YOLO_V2_VOC[8].batch_normalized


def test_values_stand_where_darknet_puts_them(tmp_path):
    """Beside a reading value by value, in the order of `load_convolutional_weights`."""
    path = tmp_path / "a.weights"
    path.write_bytes(CONTENT)
    read = read_weights(path, SMALL)
    assert (read.version, read.seen) == ((0, 2, 0), 32013312)
    values = iter(range(VALUES))
    for convolution in SMALL:
        arrays, filters, size = read.layers[convolution.name], convolution.filters, convolution.kernel_size
        names = ["bias", "scale", "mean", "variance"] if convolution.batch_normalized else ["bias"]
        assert list(arrays) == [*names, "kernel"]
        for name in names:
            assert arrays[name].tolist() == [next(values) for _ in range(filters)]
        assert arrays["kernel"].shape == (size, size, convolution.in_channels, filters)
        for out in range(filters):
            for into in range(convolution.in_channels):
                for row in range(size):
                    for column in range(size):
                        assert arrays["kernel"][row, column, into, out] == next(values)
        assert all(array.dtype == np.float32 for array in arrays.values())
    assert next(values, None) is None


def test_a_convolution_with_the_kernel_is_darknets(tf, tmp_path):
    """Beside Darknet's im2col and product of matrices, written out as loops."""
    path, random = tmp_path / "a.weights", np.random.default_rng(0)
    path.write_bytes(HEADER + np.abs(random.normal(size=VALUES)).astype("<f4").tobytes())
    stored = np.frombuffer(path.read_bytes()[len(HEADER) :], "<f4")[12 : 12 + 54].reshape(3, 2 * 3 * 3)
    image = random.normal(size=(2, 5, 6)).astype(np.float32)  # channels, height, width
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    expected = np.empty((3, 5, 6))
    for row in range(5):
        for column in range(6):
            expected[:, row, column] = stored @ padded[:, row : row + 3, column : column + 3].reshape(-1)
    kernel = read_weights(path, SMALL).layers["first"]["kernel"]
    found = tf.nn.conv2d(image.transpose(1, 2, 0)[None], kernel, strides=1, padding="SAME")[0]
    np.testing.assert_allclose(np.transpose(found, (2, 0, 1)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("version", "size"),
    [
        ((0, 1, 0), 4),
        ((0, 2, 0), 8),
        ((0, 2, 5), 8),
        ((1, 0, 0), 8),
        ((0, 0, 0), 4),
        ((1000, 0, 0), 4),
        ((0, 1000, 3), 4),
        ((999, 999, 0), 8),
    ],
)
def test_versions_of_the_header(tmp_path, version, size):
    path = tmp_path / "a.weights"
    content = struct.pack("<3i", *version) + (77).to_bytes(size, "little") + CONTENT[len(HEADER) :]
    path.write_bytes(content)
    read = read_weights(path, SMALL)
    assert (read.version, read.seen) == (version, 77)
    assert read.layers["last"]["kernel"][0, 0, 2, 1] == VALUES - 1
    write_weights(tmp_path / "b.weights", read, SMALL)
    assert (tmp_path / "b.weights").read_bytes() == content


def test_what_is_wrong_is_named(tmp_path):
    path = tmp_path / "a.weights"
    expected = f"expected {len(CONTENT)}: a header of 20 and {VALUES} values of 2 convolutions"
    assert problem(path, CONTENT[:-1]) == f"{len(CONTENT) - 1} bytes, {expected}"
    assert problem(path, CONTENT + b"\0\0\0\0") == f"{len(CONTENT) + 4} bytes, {expected}"
    assert problem(path, CONTENT, TINY_YOLO_V2_VOC).endswith("values of 9 convolutions")
    assert problem(path, b"") == "the header is cut off: the file has 0 bytes, expected at least 16"
    assert problem(path, HEADER[:11]) == "the header is cut off: the file has 11 bytes, expected at least 16"
    assert problem(path, HEADER[:13]).startswith("13 bytes, expected ")
    negative = struct.pack("<i", -1)
    assert problem(path, CONTENT[:4] + negative + CONTENT[8:]) == "version 0.-1.0, expected no negative number"
    older = CONTENT[:4] + struct.pack("<i", 1) + CONTENT[8:]
    assert problem(path, older).startswith(f"{len(CONTENT)} bytes, expected {len(CONTENT) - 4}: a header of 16 and ")
    seen = struct.pack("<q", -5)
    assert problem(path, CONTENT[:12] + seen + CONTENT[20:]) == "-5 images seen, expected no negative number"
    nan = struct.pack("<f", float("nan"))
    assert problem(path, CONTENT[:-4] + nan) == "last, kernel: value nan, expected finite ones"
    variance = len(HEADER) + 4 * (3 * 3 + 1)
    damaged = CONTENT[:variance] + struct.pack("<f", -0.5) + CONTENT[variance + 4 :]
    assert problem(path, damaged) == "first, variance: value -0.5, expected none below 0"


def test_places_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file; expected Darknet weights: '.*a\.weights'"):
        read_weights(tmp_path / "a.weights")
    with pytest.raises(IsADirectoryError, match="this is a directory; expected Darknet weights"):
        read_weights(tmp_path)


def weights(**changes) -> DarknetWeights:
    layers = {
        convolution.name: {name: np.ones(shape, np.float32) for name, shape in convolution.shapes.items()}
        for convolution in SMALL
    }
    for place, value in changes.items():
        layer, name = place.split("_")
        layers[layer][name] = value
    return DarknetWeights(layers)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (DarknetWeights({"first": {}}), "arrays missing or superfluous: first bias, first kernel, first mean,"),
        (DarknetWeights(weights().layers, version=(0, -2, 0)), "version 0.-2.0, expected no negative number"),
        (DarknetWeights(weights().layers, seen=-1), "-1 images seen, expected no negative number"),
        (
            DarknetWeights(weights().layers, (0, 1, 0), 1 << 31),
            "version (0, 1, 0) and seen 2147483648 cannot be written",
        ),
        (weights(last_mean=np.ones(2, np.float32)), "arrays missing or superfluous: last mean"),
        (weights(last_bias=np.ones(3, np.float32)), "last, bias: float32 (3,), expected float32 (2,)"),
        (weights(last_bias=np.ones(2)), "last, bias: float64 (2,), expected float32 (2,)"),
        (
            weights(first_kernel=np.ones((3, 2, 3, 3), np.float32)),
            "first, kernel: float32 (3, 2, 3, 3), expected float32 (3, 3, 2, 3)",
        ),
        (weights(first_kernel=np.ones(3, np.float32)), "first, kernel: float32 (3,), expected float32 (3, 3, 2, 3)"),
        (weights(first_scale=np.full(3, np.inf, np.float32)), "first, scale: value inf, expected finite ones"),
        (weights(first_variance=np.full(3, -1, np.float32)), "first, variance: value -1.0, expected none below 0"),
    ],
)
def test_what_is_not_to_be_written_leaves_no_file(tmp_path, wrong, expected):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared)
        write_weights(tmp_path / "a.weights", wrong, SMALL)
    assert str(caught.value).removeprefix(f"{tmp_path / 'a.weights'}: ").startswith(expected)
    assert not list(tmp_path.iterdir())


@settings(max_examples=200)
@given(data=st.data())
def test_damaged_files_give_a_named_error_or_what_they_hold(tmp_path_factory, damage, data):
    folder = tmp_path_factory.getbasetemp()
    path, again = folder / "a.weights", folder / "b.weights"
    path.write_bytes(content := data.draw(damage(CONTENT)))
    again.unlink(missing_ok=True)
    message = ""
    try:
        write_weights(again, read_weights(path, SMALL), SMALL)
    except RecordError as error:
        message = str(error)
    if message:
        assert message.startswith(f"{path}: ")
    else:
        assert again.read_bytes() == content
