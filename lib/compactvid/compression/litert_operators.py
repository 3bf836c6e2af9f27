"""What a LiteRT file computes, in which numbers, and how many multiplications that takes."""

import math
import os
from pathlib import Path

import pandas as pd


def litert_operators(path: str | os.PathLike[str]) -> pd.DataFrame:
    """List the operators of a `.tflite` file, as they are stored: no interpreter has replaced any by its own.

    Parameters
    ----------
    path
        A file with one graph, such as `export_litert` writes.

    Returns
    -------
    DataFrame
        One row an operator, in the order of execution: `operator`, LiteRT's name, such as CONV_2D; `inputs` and
        `outputs`, lists of the dtypes of the tensors that it takes (a convolution: features, weights, biases) and
        gives; `input_shapes` and `output_shapes`, of the same.

    Raises
    ------
    ValueError
        The file is missing, or no LiteRT file.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        content = Path(path).read_bytes()
        if not schema.Model.ModelBufferHasIdentifier(content, 0):
            raise ValueError("no such identifier at its beginning")
    except (OSError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)}: not a readable LiteRT file ({error})") from error
    names, dtypes = (
        {number: name for name, number in vars(kind).items() if isinstance(number, int)}
        for kind in (schema.BuiltinOperator, schema.TensorType)
    )
    model = schema.ModelT.InitFromPackedBuf(content)
    (graph,) = model.subgraphs
    rows = []
    for operator in graph.operators:
        row = {"operator": names[model.operatorCodes[operator.opcodeIndex].builtinCode]}
        for side, numbers in (("input", operator.inputs), ("output", operator.outputs)):
            tensors = [graph.tensors[number] for number in numbers if number >= 0]  # -1: none
            row[f"{side}s"] = [dtypes[tensor.type].lower() for tensor in tensors]
            row[f"{side}_shapes"] = [list(map(int, tensor.shape)) for tensor in tensors]
        rows.append(row)
    return pd.DataFrame(rows, columns=["operator", "inputs", "outputs", "input_shapes", "output_shapes"])


def convolution_multiplications(operators: pd.DataFrame) -> int:
    """Multiplications of inputs with weights in all convolutions that `litert_operators` lists, for one example.

    Each value that a convolution gives takes as many as its filter has weights, also where the filter hangs over the
    border. Whatever else the file computes is not counted: biases, activations, and in 8 bits the factor that brings
    each sum to the next levels.
    """
    convolutions = operators[operators["operator"] == "CONV_2D"]
    # A kernel is (filters, height, width, channels), an output (examples, height, width, filters).
    pairs = zip(convolutions["input_shapes"], convolutions["output_shapes"], strict=True)
    return sum(math.prod(outputs[0][1:]) * math.prod(inputs[1][1:]) for inputs, outputs in pairs)
