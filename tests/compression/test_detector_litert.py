"""A small detector as an 8-bit LiteRT file: what the real runtime computes, operator by operator, in NumPy."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.lib.stride_tricks import sliding_window_view

from compactvid.compression import fold_batch_normalization, simulate_quantization
from compactvid.compression.litert import LiteRTModel, export_litert
from compactvid.compression.litert_operators import litert_operators
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.ops.quantize import signal_to_noise

MODEL = TinyYOLOv2(
    num_classes=6, anchors=((1.0, 1.0),), input_size=(32, 32), filters=(4, 8, 8, 16, 16, 32, 64, 64), halvings=3
)
DATASET = SimulatedScenes(SceneWorld(seed=5, height=32, width=32, min_size=0.3), train=1, validate=16, test=8)


@pytest.fixture(scope="module")
def model():
    """Weights are drawn, not trained."""
    keras.utils.set_random_seed(2)
    model, random = MODEL.build(), np.random.default_rng(2)
    for weight in model.weights:
        if weight.name in ("gamma", "beta", "moving_mean", "moving_variance"):
            weight.assign(random.uniform(0.3, 1.3, weight.shape) - 0.8 * (weight.name == "beta"))
    return model


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Of the validation and of the test split."""
    files = DATASET.prepare(tmp_path_factory.mktemp("data"))
    return [
        DATASET.read(files, split, batch_size=16).batch(0)[0]["image"].astype("float32") / 255
        for split in ("validate", "test")
    ]


@pytest.fixture(scope="module")
def file(model, pictures, tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "detector.tflite"
    return export_litert(model, path, precision="int8", representative=[{"image": pictures[0]}])


def test_all_convolutions_and_all_between_them_are_in_8_bits(file):
    operators = litert_operators(file)
    kinds = operators["operator"].tolist()
    assert (kinds[0], kinds[-1]) == ("QUANTIZE", "DEQUANTIZE")
    assert kinds.count("CONV_2D") == 9
    assert set(kinds) == {"QUANTIZE", "CONV_2D", "LEAKY_RELU", "MAX_POOL_2D", "DEQUANTIZE"}
    inside = operators.iloc[1:-1]
    assert inside["outputs"].tolist() == [["int8"]] * len(inside)
    convolutions = inside[inside["operator"] == "CONV_2D"]
    assert convolutions["inputs"].tolist() == [["int8", "int8", "int32"]] * 9
    others = inside[inside["operator"] != "CONV_2D"]
    assert others["inputs"].tolist() == [["int8"]] * len(others)


def test_the_file_has_a_byte_for_each_weight(model, file):
    """Not the file of 38 kB without weights that a conversion of a function gives."""
    kernels = sum(layer.kernel.shape.num_elements() for layer in model.layers if hasattr(layer, "kernel"))
    graph, buffers = parsed(file)
    stored = [graph.tensors[operator.inputs[1]] for operator in operators_of(graph, file, "CONV_2D")]
    assert sum(len(buffers[tensor.buffer].data) for tensor in stored) == kernels
    # Each filter has a bias of four bytes, a scale of four and a zero point of eight.
    assert kernels < file.stat().st_size < kernels + 16 * (sum(MODEL.filters) + 11) + 20_000 < 2 * kernels


def test_outputs_are_near_the_float_models_and_those_of_simulated_8_bits(model, file, pictures):
    validation, images = pictures
    found = LiteRTModel(file)({"image": images})
    exact = keras.ops.convert_to_numpy(model({"image": images}, training=False))
    assert np.isfinite(found).all()
    assert found.shape == exact.shape
    folded = simulate_quantization(
        fold_batch_normalization(model), calibration=[{"image": validation}], per_channel=True
    )
    simulated = keras.ops.convert_to_numpy(folded({"image": images}, training=False))
    noise = {name: float(signal_to_noise(exact, of)) for name, of in {"file": found, "simulated": simulated}.items()}
    # LiteRT rounds a map before LeakyReLU and behind it, and the outputs too; the simulation before convolutions only.
    assert noise["file"] > 25
    assert noise["file"] > noise["simulated"] - 10
    scale = parsed(file)[0].tensors[parsed(file)[0].operators[-1].inputs[0]].quantization.scale[0]
    np.testing.assert_allclose(found / scale, np.rint(found / scale), atol=1e-3)  # levels of its own


def test_each_operator_equals_the_integers_of_its_tensors_bit_for_bit(file, pictures):
    """The reference kernels, which keep every tensor."""
    graph, _ = parsed(file)
    interpreter = Interpreter(
        model_content=file.read_bytes(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], (1, 32, 32, 3))
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], pictures[1][:1])
    interpreter.invoke()
    checked = {}
    for name in ("CONV_2D", "LEAKY_RELU", "MAX_POOL_2D"):
        for operator in operators_of(graph, file, name):
            inputs = [interpreter.get_tensor(number) for number in operator.inputs]
            (number,) = operator.outputs
            scales = [levels(graph.tensors[index]) for index in [*operator.inputs, number]]
            expected = COMPUTED[name](operator, inputs, scales)
            difference = np.abs(interpreter.get_tensor(number).astype(int) - expected)
            assert difference.max() == 0, name
            checked[name] = checked.get(name, 0) + 1
    assert checked == {"CONV_2D": 9, "LEAKY_RELU": 8, "MAX_POOL_2D": 6}


def parsed(file):
    content = schema.ModelT.InitFromPackedBuf(file.read_bytes())
    (graph,) = content.subgraphs
    return graph, content.buffers


def operators_of(graph, file, name):
    kinds = litert_operators(file)["operator"]
    return [operator for kind, operator in zip(kinds, graph.operators, strict=True) if kind == name]


def levels(tensor):
    return np.asarray(tensor.quantization.scale, "float32"), int(tensor.quantization.zeroPoint[0])


def multiplied(numbers, scales):
    """Whole numbers times scales, in LiteRT's integers: a product in 31 bits, rounded, and a shift, rounded again."""
    mantissas, exponents = np.frexp(np.asarray(scales, "float64"))
    products = (numbers << np.maximum(exponents, 0)) * np.rint(mantissas * 2**31).astype("int64")
    high = np.trunc((products + np.where(products >= 0, 2**30, 1 - 2**30)) / 2**31).astype("int64")
    right = np.maximum(-exponents, 0)
    return np.sign(high) * ((np.abs(high) + (1 << right >> 1)) >> right)  # halves away from zero


def saturated(numbers, zero_point):
    return np.clip(numbers + zero_point, -128, 127)


def padded(features, size, value):
    before = (size - 1) // 2
    edges = [(0, 0), (before, size - 1 - before), (before, size - 1 - before), (0, 0)]
    return np.pad(features, edges, constant_values=value)


def convolution(operator, inputs, scales):
    features, kernel, bias = (array.astype("int64") for array in inputs)  # kernel: (filters, rows, columns, channels)
    (given, zero), (xi, none), _, (output, output_zero) = scales
    assert none == 0
    windows = sliding_window_view(padded(features - zero, kernel.shape[1], 0), kernel.shape[1:3], axis=(1, 2))
    sums = np.einsum("bxylij,zijl->bxyz", windows, kernel) + bias
    return saturated(multiplied(sums, given.astype("float64") * xi / output), output_zero)


def leaky_relu(operator, inputs, scales):
    (given, zero), (output, output_zero) = scales
    numbers, alpha = inputs[0].astype("int64") - zero, operator.builtinOptions.alpha
    negative = multiplied(numbers, np.float32(given * np.float32(alpha)) / output)
    return saturated(np.where(numbers < 0, negative, multiplied(numbers, given / output)), output_zero)


def max_pooling(operator, inputs, scales):
    stride = operator.builtinOptions.strideH
    windows = sliding_window_view(
        np.pad(inputs[0], [(0, 0), (0, 2 - stride), (0, 2 - stride), (0, 0)], constant_values=-128), (2, 2), axis=(1, 2)
    )
    return windows[:, ::stride, ::stride].max(axis=(-2, -1)).astype(int)


COMPUTED = {"CONV_2D": convolution, "LEAKY_RELU": leaky_relu, "MAX_POOL_2D": max_pooling}
