"""How far an integer network is from the float graph that simulates it."""

from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.integer_network import IntegerNetwork
from compactvid.compression.simulated_quantization import inputs_of_convolutions


def integer_agreement(model: Any, network: IntegerNetwork, inputs: np.ndarray) -> pd.DataFrame:
    """Compare the levels of all feature maps.

    Parameters
    ----------
    model
        The model of `simulate_quantization`.
    network
        What `convert_to_integers` made of it.
    inputs
        A batch of the model's one input, (batch, height, width, channels).

    Returns
    -------
    DataFrame
        One row for each convolution but the first, whose input comes from integers: `layer`; `largest`, the largest
        difference of levels of its input, and `share`, how many of them differ, from the inputs on; and
        `largest_alone` and `share_alone`, what the block before it contributes to that when it is given the levels of
        the simulation.
    """
    import keras

    tensors = inputs_of_convolutions(model)
    seen = keras.Model(model.inputs, list(tensors.values()))([inputs], training=False)
    simulated = [
        keras.ops.convert_to_numpy(model.get_layer(name).input_quantizer.levels(values))
        for name, values in zip(tensors, seen, strict=True)
    ]
    levels, rows = network.quantize(inputs), []
    for number, name in enumerate(list(tensors)[1:]):
        block = network.convolutions[number]
        levels = block(levels)
        row: dict[str, Any] = {"layer": name}
        for suffix, found in (("", levels), ("_alone", block(simulated[number]))):
            difference = np.abs(found.astype("int64") - simulated[number + 1])
            row |= {f"largest{suffix}": int(difference.max()), f"share{suffix}": float(np.mean(difference > 0))}
        rows.append(row)
    return pd.DataFrame(rows, columns=["layer", "largest", "share", "largest_alone", "share_alone"])
