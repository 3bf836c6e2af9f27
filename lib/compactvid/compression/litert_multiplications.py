"""How many multiplications a LiteRT file takes for an example: counted in the file's own graph."""

import math
import os
from pathlib import Path


def convolution_multiplications(path: str | os.PathLike[str]) -> int:
    """Multiplications of inputs with weights in all convolutions of a `.tflite` file, for one example.

    Each value that a convolution gives takes as many as its filter has weights, also where the filter hangs over the
    border. Whatever else the file computes is not counted: biases, activations, and in 8 bits the factor that brings
    each sum to the next levels.

    Parameters
    ----------
    path
        A file of `export_litert`.

    Raises
    ------
    ValueError
        It is missing, or no LiteRT file.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        content = Path(path).read_bytes()
        if not schema.Model.ModelBufferHasIdentifier(content, 0):
            raise ValueError("no such identifier at its beginning")
    except (OSError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)}: not a readable LiteRT file ({error})") from error
    model = schema.Model.GetRootAs(content)
    kinds = [model.OperatorCodes(number).BuiltinCode() for number in range(model.OperatorCodesLength())]
    total = 0
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for operator in map(graph.Operators, range(graph.OperatorsLength())):
            if kinds[operator.OpcodeIndex()] == schema.BuiltinOperator.CONV_2D:
                # A kernel is (filters, height, width, channels), an output (examples, height, width, filters).
                kernel, output = (
                    graph.Tensors(index).ShapeAsNumpy() for index in (operator.Inputs(1), operator.Outputs(0))
                )
                total += math.prod(output[1:].tolist()) * math.prod(kernel[1:].tolist())
    return total
