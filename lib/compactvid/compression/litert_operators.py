"""What a LiteRT file computes, and in which numbers."""

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
        gives.
    """
    from ai_edge_litert import schema_py_generated as schema

    names, dtypes = (
        {number: name for name, number in vars(kind).items() if isinstance(number, int)}
        for kind in (schema.BuiltinOperator, schema.TensorType)
    )
    model = schema.ModelT.InitFromPackedBuf(Path(path).read_bytes())
    (graph,) = model.subgraphs
    rows = []
    for operator in graph.operators:
        tensors = [
            [dtypes[graph.tensors[number].type].lower() for number in numbers if number >= 0]  # -1: none
            for numbers in (operator.inputs, operator.outputs)
        ]
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        rows.append({"operator": names[code], "inputs": tensors[0], "outputs": tensors[1]})
    return pd.DataFrame(rows, columns=["operator", "inputs", "outputs"])
