"""A convolutional network as what it is: a chain of convolutions, each with what follows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compactvid.compression.rebuilt import require_functional


@dataclass(frozen=True)
class ConvolutionBlock:
    """A convolution, and the Keras layers that follow before the next: each or None, in this order."""

    convolution: Any
    batch_norm: Any = None
    activation: Any = None
    pooling: Any = None

    @property
    def gain_and_shift(self) -> tuple[np.ndarray, np.ndarray]:
        r"""What is done to the convolution's sums: multiplied by the one and added to the other, (filters,), float64.

        .. math:: \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}, \qquad
                  \beta + (b - \mu) \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}
        """
        filters = self.convolution.filters
        bias = _array(self.convolution.bias) if self.convolution.use_bias else np.zeros(filters)
        if self.batch_norm is None:
            return np.ones(filters), bias
        norm = self.batch_norm
        gain = (_array(norm.gamma) if norm.scale else 1.0) / np.sqrt(_array(norm.moving_variance) + norm.epsilon)
        return gain, (_array(norm.beta) if norm.center else 0.0) + (bias - _array(norm.moving_mean)) * gain


def convolution_blocks(model: Any) -> list[ConvolutionBlock]:
    """The blocks of a network that is a chain, each layer with one input and one output.

    Parameters
    ----------
    model
        A built functional or sequential `keras.Model`: one or more blocks of a `Conv2D` (of one group, not dilated, not
        activated by itself) and, each if at all and in this order, `BatchNormalization`, `LeakyReLU` and
        `MaxPooling2D`; channels are last. `Dropout` is passed over: at inference it does nothing.

    Raises
    ------
    TypeError
        The model is neither functional nor sequential.
    ValueError
        It has another layer or another order, or is no chain; the layer is named.
    """
    import keras

    places = {
        keras.layers.Conv2D: 0,
        keras.layers.BatchNormalization: 1,
        keras.layers.LeakyReLU: 2,
        keras.layers.MaxPooling2D: 3,
    }
    blocks: list[list[Any]] = []
    filled = len(places)
    for layer in _chain(model):
        if isinstance(layer, keras.layers.Dropout):
            continue
        place = next((number for kind, number in places.items() if isinstance(layer, kind)), None)
        if place is None or (place and place <= filled) or (place and not blocks):
            raise ValueError(
                f"{model.name}: {layer.name} ({type(layer).__name__}) has no place in a chain of Conv2D, "
                "BatchNormalization, LeakyReLU, MaxPooling2D"
            )
        _require_plain(layer)
        if place == 0:
            blocks.append([None] * len(places))
        blocks[-1][place] = layer
        filled = place
    if not blocks:
        raise ValueError(f"{model.name} has no convolution")
    return [ConvolutionBlock(*block) for block in blocks]


def _chain(model: Any) -> Iterator[Any]:
    """The layers from input to output."""
    require_functional(model, caller="convolution_blocks")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(f"{model.name} has {len(model.inputs)} inputs and {len(model.outputs)} outputs, not one each")
    layers = []
    tensor = model.outputs[0]
    while tensor is not model.inputs[0]:
        layer, node, _ = tensor._keras_history
        inputs = layer._inbound_nodes[node].input_tensors
        if len(inputs) != 1:
            raise ValueError(f"{model.name}: {layer.name} has {len(inputs)} inputs, not one")
        layers.append(layer)
        (tensor,) = inputs
    return reversed(layers)


def _require_plain(layer: Any) -> None:
    from keras import activations

    expected = {
        "groups": 1,
        "dilation_rate": (1, 1),
        "data_format": "channels_last",
        "axis": -1,  # of batch normalisation
        "activation": "linear",
    }
    for name, wanted in expected.items():
        value = getattr(layer, name, wanted)
        value = activations.serialize(value) if callable(value) else value
        if value != wanted and (name, value) != ("axis", 3):
            raise ValueError(f"{layer.name}: {name} must be {wanted!r}, not {value!r}")


def _array(variable: Any) -> np.ndarray:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(variable), "float64")
