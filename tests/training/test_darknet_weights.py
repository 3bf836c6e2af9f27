"""Darknet's weight files into models and back: order, count, and what the model then computes."""

import keras
import numpy as np
import pytest

from compactvid.datasets.darknet import TINY_YOLO_V2_VOC, read_weights
from compactvid.datasets.tfrecord import RecordError
from compactvid.models import TinyYOLOv2
from compactvid.training.darknet_weights import load_darknet_weights, save_darknet_weights

SMALL = TinyYOLOv2(
    num_classes=2, anchors=((1.0, 1.5),), input_size=(16, 16), filters=(2, 3, 4, 3, 5, 4, 6, 5), halvings=3
)


@pytest.fixture(scope="module")
def model():
    return SMALL.build()


def file_of(path, random):
    """Write a file as Darknet does, the values of each layer one after the other; return them."""
    channels, parts = (3, *SMALL.filters), []
    for inputs, filters in zip(channels, SMALL.filters, strict=False):
        bias, scale, mean = random.normal(size=(3, filters))
        variance = 0.1 + random.random(filters)
        kernel = random.normal(size=(filters, inputs, 3, 3)) / np.sqrt(9 * inputs)  # out, in, height, width
        parts.append((bias, scale, mean, variance, kernel))
    parts.append((random.normal(size=7), random.normal(size=(7, SMALL.filters[-1], 1, 1))))
    values = np.concatenate([np.ravel(array) for part in parts for array in part]).astype("<f4")
    path.write_bytes(np.array([0, 2, 5], "<i4").tobytes() + np.array([640], "<i8").tobytes() + values.tobytes())
    return parts


def darknet_forward(parts, image, halvings=3):
    """Darknet's own layout and formula in float64: (3, height, width) -> (channels, rows, columns)."""
    x = image.astype("float64")
    for number, part in enumerate(parts, start=1):
        kernel = part[-1]
        size, pad = kernel.shape[-1], kernel.shape[-1] // 2
        padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
        convolved = np.zeros((len(kernel), *x.shape[1:]))
        for row in range(x.shape[1]):
            for column in range(x.shape[2]):
                window = padded[:, row : row + size, column : column + size]
                convolved[:, row, column] = [np.sum(one * window) for one in kernel]
        if len(part) == 2:
            return convolved + part[0][:, None, None]
        bias, scale, mean, variance = (values[:, None, None] for values in part[:4])
        x = scale * (convolved - mean) / (np.sqrt(variance) + 1e-6) + bias
        x = np.maximum(x, 0.1 * x)
        if number <= 6:
            stride = 2 if number <= halvings else 1
            padded = np.pad(x, ((0, 0), (0, 1), (0, 1)), constant_values=-np.inf)
            shifted = [padded[:, i : i + x.shape[1], j : j + x.shape[2]] for i in (0, 1) for j in (0, 1)]
            x = np.max(shifted, axis=0)[:, ::stride, ::stride]


def test_a_file_s_values_give_what_darknet_computes_with_them(model, tmp_path):
    """The order of the file, both transpositions, and batch normalisation: float32 over nine layers."""
    random = np.random.default_rng(0)
    parts = file_of(tmp_path / "a.weights", random)
    read = load_darknet_weights(model, tmp_path / "a.weights")
    assert (read.version, read.seen) == ((0, 2, 5), 640)
    image = random.random((3, 16, 16))
    found = model.predict_on_batch({"image": image.transpose(1, 2, 0)[None].astype("float32")})
    expected = darknet_forward(parts, image)
    np.testing.assert_allclose(found[0].transpose(2, 0, 1), expected, atol=1e-4 * np.abs(expected).max())


def test_written_and_loaded_again_the_file_and_the_outputs_are_the_same(model, tmp_path):
    random = np.random.default_rng(1)
    file_of(tmp_path / "a.weights", random)
    load_darknet_weights(model, tmp_path / "a.weights")
    save_darknet_weights(model, tmp_path / "b.weights", version=(0, 2, 5), seen=640)
    assert (tmp_path / "b.weights").read_bytes() == (tmp_path / "a.weights").read_bytes()
    image = {"image": random.random((2, 16, 16, 3)).astype("float32")}
    before = model.predict_on_batch(image)
    other = SMALL.build()
    assert np.abs(other.predict_on_batch(image) - before).max() > 0.01
    load_darknet_weights(other, tmp_path / "b.weights")
    np.testing.assert_array_equal(other.predict_on_batch(image), before)


def test_files_of_another_length_or_architecture_are_refused_and_change_nothing(model, tmp_path):
    path = tmp_path / "a.weights"
    file_of(path, np.random.default_rng(2))
    content, before = path.read_bytes(), model.get_weights()
    for wrong in (content[:-4], content + bytes(4), content[:30]):
        path.write_bytes(wrong)
        with pytest.raises(
            RecordError, match=f"a.weights: {len(wrong)} bytes, expected {len(content)}: a header of 20"
        ):
            load_darknet_weights(model, path)
    path.write_bytes(content)
    wider = TinyYOLOv2(**{**vars(SMALL), "filters": (2, 3, 4, 3, 5, 4, 6, 6)}).build()
    with pytest.raises(RecordError, match=f"{len(content)} bytes, expected {len(content) + 4 * (9 * 6 + 4 + 7)}: "):
        load_darknet_weights(wider, path)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    with pytest.raises(FileNotFoundError):
        load_darknet_weights(model, tmp_path / "none.weights")


def test_the_network_for_pascal_voc_has_the_file_of_darknet(tmp_path):
    """63,471,556 bytes with the older header, as published; `read_weights` knows that file by itself."""
    save_darknet_weights(TinyYOLOv2().build(initialize=False), tmp_path / "voc.weights", version=(0, 1, 0))
    assert (tmp_path / "voc.weights").stat().st_size == 63_471_556
    assert read_weights(tmp_path / "voc.weights", TINY_YOLO_V2_VOC).layers["conv9"]["bias"].shape == (125,)


def test_values_that_are_no_numbers_are_not_written(tmp_path):
    model = SMALL.build()
    model.get_layer("conv4").set_weights([np.full((3, 3, 4, 3), np.nan, "float32")])
    with pytest.raises(ValueError, match="conv4, kernel: value nan, expected finite ones"):
        save_darknet_weights(model, tmp_path / "a.weights")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (lambda layers: [layers.Dense(3, name="dense")], r"no weights for dense \(Dense\)"),
        (lambda layers: [layers.Conv2D(3, 3, use_bias=False, name="bare")], "bare has neither a bias nor batch norm"),
        (lambda layers: [layers.Conv2D(3, (3, 1), name="tall")], "tall has a kernel of 3 x 1, expected a square one"),
        (lambda layers: [layers.BatchNormalization(name="first")], "first does not follow a convolution without bias"),
    ],
)
def test_other_layers_are_named(layers, message, tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers(keras.layers)])
    with pytest.raises(ValueError, match=message):
        load_darknet_weights(model, tmp_path / "a.weights")
