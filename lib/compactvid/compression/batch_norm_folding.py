"""Batch normalisation multiplied into the kernels that it follows."""

from typing import Any

import numpy as np

from compactvid.compression.convolution_chain import convolution_blocks
from compactvid.compression.rebuilt import symbolic_inputs


def fold_batch_normalization(model: Any) -> Any:
    r"""Copy a chain of convolutions to one without batch normalisation that computes the same, for inference.

    .. math:: w' = w \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}, \qquad
              b' = \beta + (b - \mu) \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}

    Reference: Jacob et al. 2018, arXiv:1712.05877, section 3.2, Eq. 14. Cheng et al. 2018, section 2.2, keep batch
    normalisation as a layer that is quantised by itself; what is folded has another distribution than the raw weights
    that they quantise.

    Parameters
    ----------
    model
        As in `convolution_blocks`; its kernels are float32 ones, not yet quantised.

    Returns
    -------
    keras.Model
        Functional, not compiled, with the name and the layers' names of the model; all convolutions have a bias.

    Raises
    ------
    TypeError, ValueError
        As in `convolution_blocks`; a convolution is simulated in few bits already.
    """
    import keras

    from compactvid.layers import QuantizedConv2D

    blocks = convolution_blocks(model)
    (given,) = model.inputs
    outputs = inputs = keras.Input(batch_shape=given.shape, dtype=given.dtype, name=given.name)
    folded = []
    for block in blocks:
        layer = block.convolution
        if isinstance(layer, QuantizedConv2D):
            raise ValueError(f"{layer.name} is quantised: fold batch normalisation before it is")
        gain, shift = block.gain_and_shift
        convolution = keras.layers.Conv2D.from_config(layer.get_config() | {"use_bias": True})
        kernel = np.asarray(keras.ops.convert_to_numpy(layer.kernel), "float64")
        folded.append((convolution, [kernel * gain, shift]))
        outputs = convolution(outputs)
        for following in (block.activation, block.pooling):
            if following is not None:
                outputs = type(following).from_config(following.get_config())(outputs)
    for convolution, values in folded:
        convolution.set_weights([value.astype(convolution.dtype) for value in values])
    return keras.Model(keras.tree.map_structure(lambda _: inputs, symbolic_inputs(model)), outputs, name=model.name)
