import errno
import json

import keras
import numpy as np
import pytest

from compactvid.compression.integer_conversion import convert_to_integers
from compactvid.compression.integer_network import IntegerNetwork
from compactvid.compression.simulated_quantization import simulate_quantization
from compactvid.ops.quantize import activation_levels, affine_dequantize

ARRAYS = ("kernel", "multiplier", "shift", "bias")


@pytest.fixture(scope="module")
def network(small_yolo, images):
    return convert_to_integers(simulate_quantization(small_yolo(), calibration=[{"image": images}]))


@pytest.fixture(scope="module")
def printed(small_yolo):
    """Eqs. 1 and 2 as printed."""
    return convert_to_integers(simulate_quantization(small_yolo(1), scheme="deepeye_floor", activations="deepeye"))


@pytest.mark.parametrize("kind", ["network", "printed"])
def test_equation_3_and_the_whole_flow_bit_for_bit(kind, slow_block, images, request):
    network = request.getfixturevalue(kind)
    image = images[:1, :8, :8]
    levels = network.quantize(image)
    assert levels.dtype == np.uint8
    for block in network.convolutions:
        levels = slow_block(levels, block).astype("int64")
    assert network.forward(network.quantize(image)).dtype == np.int32
    np.testing.assert_array_equal(network.forward(network.quantize(image)), levels)
    outputs = network(image)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, levels * (network.output_scale / 65536), rtol=1e-6)
    np.testing.assert_array_equal(network({"image": image}), outputs)


def test_inputs_become_the_levels_of_the_simulation(network, printed):
    values = np.linspace(-0.2, 1.2, 300, dtype="float32").reshape(1, 10, 10, 3)
    scale = np.float32(network.input.scale)
    high = scale * 255
    expected = keras.ops.convert_to_numpy(activation_levels(values, low=0.0, high=high))
    np.testing.assert_array_equal(network.quantize(values), expected)
    np.testing.assert_array_equal(network.input.dequantize(expected), affine_dequantize(expected, scale))
    np.testing.assert_array_equal(printed.quantize(values), np.clip(np.floor(values * 256), 0, 255))
    with pytest.raises(ValueError, match="affine_quantize: there are 300 values that are not finite"):
        network.quantize(values * np.float32("nan"))


def test_steps_are_the_flow_of_fig_4(network, images):
    levels = network.quantize(images)
    steps = list(network.steps(levels))
    assert [(layer, step) for layer, step, _ in steps[:5]] == [
        ("conv1", step) for step in ("accumulate", "normalize", "activate", "requantize", "pool")
    ]
    assert [(layer, step) for layer, step, _ in steps[15:]] == [
        ("last", step) for step in ("accumulate", "normalize", "activate")
    ]
    assert {step: str(found.dtype) for _, step, found in steps} == {
        "accumulate": "int32",
        "normalize": "int32",
        "activate": "int32",
        "requantize": "uint8",
        "pool": "uint8",
    }
    np.testing.assert_array_equal(steps[-1][2], network.forward(levels))
    assert steps[0][2].shape == (4, 16, 16, 6)
    assert steps[4][2].shape == (4, 8, 8, 6)


@pytest.mark.parametrize("kind", ["network", "printed"])
def test_file_gives_back_the_same_integers(kind, images, tmp_path, request):
    network = request.getfixturevalue(kind)
    loaded = IntegerNetwork.load(network.save(tmp_path / "network.npz"))
    assert (loaded.name, loaded.input, loaded.output_scale) == ("small_yolo", network.input, network.output_scale)
    for found, expected in zip(loaded.convolutions, network.convolutions, strict=True):
        for name in ARRAYS:
            array = getattr(found, name)
            assert array.dtype == getattr(expected, name).dtype
            np.testing.assert_array_equal(array, getattr(expected, name))
        for name in vars(expected).keys() - set(ARRAYS):
            assert getattr(found, name) == getattr(expected, name)
    np.testing.assert_array_equal(loaded.forward(network.quantize(images)), network.forward(network.quantize(images)))
    (tmp_path / "again.npz").write_bytes(b"")
    assert network.save(tmp_path / "again.npz").read_bytes() == (tmp_path / "network.npz").read_bytes()


def test_a_weight_is_a_byte_and_a_filter_nine(network, tmp_path):
    kernels, filters = 27 * 6 + 54 * 8 + 72 * 8 + 8 * 5, 6 + 8 + 8 + 5
    assert network.num_bytes == kernels + 9 * filters
    size = network.save(tmp_path / "network.npz").stat().st_size
    # An array costs the archive some 300 bytes of its own, and there are 17.
    assert network.num_bytes < size < network.num_bytes + 17 * 300 + 2000
    with np.load(tmp_path / "network.npz", allow_pickle=False) as archive:
        assert sum(archive[f"{n}/{name}"].nbytes for n in range(4) for name in ARRAYS) == network.num_bytes
        assert json.loads(archive["network"].tobytes())["convolutions"][0]["name"] == "conv1"


def test_the_papers_network_is_a_file_of_a_quarter_of_its_bytes(tmp_path):
    """tiny-YOLOv2 for Pascal VOC (Cheng et al. 2018, Table 1): 15,867,885 float32 values, 63.47 MB."""
    layers, filters = [keras.Input((32, 32, 3))], (16, 32, 64, 128, 256, 512, 1024, 1024)
    for count in filters:
        layers.append(keras.layers.Conv2D(count, 3, padding="same", use_bias=False, kernel_initializer="zeros"))
        layers += [keras.layers.BatchNormalization(), keras.layers.LeakyReLU(negative_slope=0.1)]
    model = keras.Sequential([*layers, keras.layers.Conv2D(125, 1, kernel_initializer="zeros")])
    assert model.count_params() == 15_867_885
    network = convert_to_integers(simulate_quantization(model, activations="deepeye"))
    assert network.num_bytes == 15_855_536 + 9 * (sum(filters) + 125)
    size = network.save(tmp_path / "network.npz").stat().st_size
    assert network.num_bytes < size < network.num_bytes + 37 * 300 + 5000
    assert 3.99 < 4 * model.count_params() / size < 4


def rewritten(path, **changes):
    with np.load(path) as archive:
        arrays = dict(archive)
    for name, change in changes.items():
        arrays[name] = change(arrays[name])
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(b""), "not a readable integer network"),
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), "not a readable integer network"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"conv2", b"conv9", 1)), "Bad CRC-32"),
        (lambda path: np.savez(path, kernel=np.zeros(3)), "network is not a file in the archive"),
        (
            lambda path: rewritten(path, **{"1/kernel": lambda a: a.astype("int16")}),
            r"1/kernel is int16 \(3, 3, 6, 8\), not",
        ),
        (lambda path: rewritten(path, **{"0/bias": lambda a: a[1:]}), r"0/bias is int32 \(5,\), not int32 \(6,\)"),
        (lambda path: rewritten(path, **{"2/kernel": lambda a: a[0]}), r"2/kernel is int8 \(3, 8, 8\), not int8"),
        (
            lambda path: rewritten(
                path, network=lambda a: np.frombuffer(a.tobytes().replace(b'n": 1', b'n": 9', 1), "u1")
            ),
            "it has version 9, not 1",
        ),
    ],
)
def test_a_damaged_file_is_refused_by_name(network, tmp_path, damage, message):
    path = network.save(tmp_path / "network.npz")
    damage(path)
    with pytest.raises(ValueError, match=rf"network.npz: not a readable integer network: .*{message}|{message}"):
        IntegerNetwork.load(path)


def test_a_full_disk_leaves_the_old_file(network, printed, tmp_path, monkeypatch):
    path = printed.save(tmp_path / "network.npz")
    content = path.read_bytes()

    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("compactvid.atomic.sync", full)
    with pytest.raises(OSError, match="No space left"):
        network.save(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
