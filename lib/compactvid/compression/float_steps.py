"""The steps of a chain of convolutions in float, by the names that they have in an integer network."""

from typing import Any

import numpy as np

from compactvid.compression.convolution_chain import convolution_blocks


def float_steps(model: Any, inputs: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Compute what each layer of a network gives.

    Parameters
    ----------
    model
        As in `convolution_blocks`, simulated in few bits or not.
    inputs
        A batch of its one input, (batch, height, width, channels).

    Returns
    -------
    dict
        By the name of each convolution: `kernel`, as it is stored; `features`, its input; and what the convolution
        (`accumulate`), batch normalisation (`normalize`), LeakyReLU (`activate`) and max-pooling (`pool`) give, where
        there is one.

    Raises
    ------
    TypeError, ValueError
        As in `convolution_blocks`.
    """
    import keras

    tensors: dict[str, dict[str, Any]] = {}
    for block in convolution_blocks(model):
        layers = (block.convolution, block.batch_norm, block.activation, block.pooling)
        steps = zip(("accumulate", "normalize", "activate", "pool"), layers, strict=True)
        found = {step: layer.output for step, layer in steps if layer is not None}
        tensors[block.convolution.name] = {"features": block.convolution.input, **found}
    names = [(name, step) for name, found in tensors.items() for step in found]
    outputs = [tensors[name][step] for name, step in names]
    arrays = keras.Model(model.inputs, outputs)([inputs], training=False)
    result: dict[str, dict[str, np.ndarray]] = {
        name: {"kernel": keras.ops.convert_to_numpy(model.get_layer(name).kernel)} for name in tensors
    }
    for (name, step), array in zip(names, arrays, strict=True):
        result[name][step] = keras.ops.convert_to_numpy(array)
    return result
