"""A convolutional model that computes as if its kernels and feature maps were stored in few bits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.rebuilt import filled, rebuilt, require_functional, symbolic_inputs


def simulate_quantization(
    model: Any,
    *,
    layers: Sequence[str] | None = None,
    calibration: Iterable[Any] | pd.DataFrame | None = None,
    **quantization: Any,
) -> Any:
    """Copy a model with `QuantizedConv2D` for its `Conv2D`: it predicts as the quantised one, and can be trained.

    Reference: Cheng et al. 2018, section 2.2 (Q-YOLO); Jacob et al. 2018, arXiv:1712.05877, section 3. All else stays
    in float32; batch normalisation stays a layer, as in Q-YOLO.

    Parameters
    ----------
    model
        A built functional or sequential `keras.Model`.
    layers
        Names of the convolutions; None: all.
    calibration
        Batches of inputs, as the model takes them, or what `activation_ranges` found on them. The "affine" levels of
        each convolution's input then span what the float model gives it on these. None: there is no range yet; see
        `ActivationQuantizer`.
    quantization
        `scheme`, `bits`, `per_channel`, `activations`, `activation_bits`, `momentum` of `QuantizedConv2D`.

    Returns
    -------
    keras.Model
        Same names, inputs and outputs, not compiled, and beside the model's weights those of each range. Load a saved
        one after `import compactvid.layers`.

    Raises
    ------
    TypeError
        The model is neither functional nor sequential.
    ValueError
        A name that is no float convolution of the model; what `QuantizedConv2D` refuses; no calibration batches.
    """
    from keras import layers as keras_layers

    from compactvid.layers import QuantizedConv2D

    require_functional(model, caller="simulate_quantization")
    QuantizedConv2D(1, 1, name="simulate_quantization", **quantization)  # refuses by argument, `from_config` does not
    convolutions = {layer.name: layer for layer in model.layers if type(layer) is keras_layers.Conv2D}
    chosen = list(convolutions if layers is None else layers)
    if isinstance(layers, str) or not convolutions or not set(chosen) <= convolutions.keys():
        raise ValueError(
            f"simulate_quantization: layers must be None or names of float convolutions of {model.name}, which has "
            f"{', '.join(convolutions) or 'none'}; not {layers!r}"
        )

    def rebuild(layer: Any) -> Any:
        kind, config = layer.__class__, layer.get_config()
        return QuantizedConv2D.from_config(config | quantization) if layer.name in chosen else kind.from_config(config)

    values = {weight.path: weight.value for weight in model.weights}
    ranges = pd.DataFrame({"low": 0.0, "high": 0.0}, index=chosen)
    if calibration is not None:
        found = calibration if isinstance(calibration, pd.DataFrame) else activation_ranges(model, calibration)
        ranges = found.set_index("layer")
    for name in chosen:
        path = convolutions[name].kernel.path.removesuffix("/kernel")
        values |= {f"{path}/input_quantizer/{end}": ranges.loc[name, end] for end in ("low", "high")}
    return filled(rebuilt(model, rebuild), values)


def without_simulated_quantization(model: Any) -> Any:
    """Copy a model of `simulate_quantization`, trained or not, to the float model with its kernels.

    Raises
    ------
    TypeError
        The model is neither functional nor sequential.
    """
    from keras import layers as keras_layers

    from compactvid.layers import QuantizedConv2D

    require_functional(model, caller="without_simulated_quantization")

    def rebuild(layer: Any) -> Any:
        kind, config = layer.__class__, layer.get_config()
        if isinstance(layer, QuantizedConv2D):
            kind = keras_layers.Conv2D
            config = {name: value for name, value in config.items() if name not in layer.quantization()}
        return kind.from_config(config)

    return filled(rebuilt(model, rebuild), {weight.path: weight.value for weight in model.weights})


def activation_ranges(model: Any, batches: Iterable[Any]) -> pd.DataFrame:
    """What a model gives its convolutions: one row each, in the model's order.

    Parameters
    ----------
    model
        A built functional or sequential `keras.Model`.
    batches
        Batches of inputs, as the model takes them.

    Returns
    -------
    DataFrame
        Columns `layer`; `low` and `high`, ends of the range of the convolution's input over all batches, and zero ([0,
        1] where all is zero); `negative` and `above_one`, the shares of its values that Eq. 2 of Cheng et al. 2018 has
        no place for.

    Raises
    ------
    ValueError
        No batches; values that are not finite, of a layer that is named.
    """
    import keras

    require_functional(model, caller="activation_ranges")
    tensors = inputs_of_convolutions(model)
    seen = keras.Model(symbolic_inputs(model), list(tensors.values()))
    counts = np.zeros((len(tensors), 3))  # values, negative ones, those above 1
    low, high = np.zeros(len(tensors)), np.zeros(len(tensors))
    for batch in batches:
        for row, (name, tensor) in enumerate(zip(tensors, seen(batch, training=False), strict=True)):
            values = keras.ops.convert_to_numpy(tensor)
            if not np.isfinite(values).all():
                raise ValueError(f"activation_ranges: the input of {name} has values that are not finite")
            counts[row] += values.size, np.sum(values < 0), np.sum(values > 1)
            low[row], high[row] = min(low[row], values.min()), max(high[row], values.max())
    if not counts[:, 0].all():
        raise ValueError("activation_ranges: there are no batches")
    high[low == high] = 1.0
    shares = counts[:, 1:] / counts[:, :1]
    return pd.DataFrame(
        {"layer": list(tensors), "low": low, "high": high, "negative": shares[:, 0], "above_one": shares[:, 1]}
    )


def inputs_of_convolutions(model: Any) -> Mapping[str, Any]:
    """By the name of each convolution, in the model's order, the symbolic tensor that it is given.

    Raises
    ------
    ValueError
        A convolution that is used more than once.
    """
    from keras import layers as keras_layers

    found: dict[str, Any] = {}
    for layer, tensors in _backwards(model.outputs):
        if isinstance(layer, keras_layers.Conv2D):
            if found.get(layer.name, tensors[0]) is not tensors[0]:
                raise ValueError(f"{model.name}: {layer.name} is used more than once")
            (found[layer.name],) = tensors
    return {layer.name: found[layer.name] for layer in model.layers if layer.name in found}


def _backwards(outputs: Sequence[Any]) -> Iterator[tuple[Any, Sequence[Any]]]:
    """The layers that outputs come from, each with the tensors that it is given."""
    waiting, visited = list(outputs), set()
    while waiting:
        tensor = waiting.pop()
        if id(tensor) not in visited:
            visited.add(id(tensor))
            layer, node, _ = tensor._keras_history
            inputs = layer._inbound_nodes[node].input_tensors
            yield layer, inputs
            waiting += inputs
