"""Store the matrices of a trained model in 8 bits, and get a trainable model back."""

from collections.abc import Iterator, Sequence
from typing import Any

from compactvid.compression.rebuilt import filled, rebuilt, require_functional


def quantize_int8(model: Any, *, per_channel: bool = False, tensors: Sequence[str] | None = None) -> Any:
    """Copy a model with its matrices stored as unsigned 8-bit levels with scale and zero point, for inference.

    In memory, in `.weights.h5` and `.keras` files and in a SavedModel a value is one byte. Where a matrix is used its
    values are computed from the levels (`compactvid.ops.quantize`), so the arithmetic stays what it was. The tensors
    are those of the model and, for a matrix `hidden1/kernel`, `hidden1/kernel_scale` and `hidden1/kernel_zero_point`.

    Reference: Liu & Liu 2018, section 2.2, "Quantization"; the rule is TensorFlow 1's (`quantize_weights`). That one
    quantises every constant of 1,024 values and more, vectors too; here vectors (biases, batch normalisation) stay in
    float32, less than 0.1 % of the bytes of the paper's models.

    Parameters
    ----------
    model
        A built functional or sequential `keras.Model`. Layers that store 8-bit levels already stay as they are.
    per_channel
        One scale and zero point for each output of a matrix; else one for all of it, as in TensorFlow 1.
    tensors
        Paths of the matrices (`model.weights[i].path`); None: all of the layers in `compactvid.layers.INT8_LAYERS`.

    Returns
    -------
    keras.Model
        Same names, inputs and outputs; not compiled. Load a saved one after `import compactvid.layers`.

    Raises
    ------
    ValueError
        A path that is no such matrix; a matrix with values that are NaN or infinite, or without values. (Equal values
        are one level, exact but for float32 rounding; zeros stay zeros.) A `Sequential` inside of another model.
    TypeError
        The model is neither functional nor sequential.
    """
    from compactvid.ops import affine_parameters, affine_quantize

    chosen = _chosen(model, tensors, "quantize_int8")
    values = {weight.path: weight.value for weight in model.weights}
    for path in chosen:
        _require_finite(path, values[path])
        scale, zero_point = affine_parameters(values[path], per_channel=per_channel)
        values[f"{path}_scale"], values[f"{path}_zero_point"] = scale, zero_point
        values[path] = affine_quantize(values[path], scale, zero_point)
    return filled(_with_int8(model, chosen, per_channel=per_channel, trainable_values=False), values)


def simulate_int8(model: Any, *, per_channel: bool = False, tensors: Sequence[str] | None = None) -> Any:
    """Copy a model for quantisation-aware training: it predicts what `quantize_int8` of it would, and has a gradient.

    Its matrices are float32, with the names and shapes of the model's; forwards each is seen quantised with the scale
    and zero point of its present values, backwards the gradient passes straight through to them.

    Reference: Jacob et al. 2018, arXiv:1712.05877, section 3, for weights only.

    Parameters
    ----------
    model, per_channel, tensors
        As in `quantize_int8`.

    Raises
    ------
    ValueError, TypeError
        As in `quantize_int8`, but for the values, which may still change.
    """
    chosen = _chosen(model, tensors, "simulate_int8")
    values = {weight.path: weight.value for weight in model.weights}
    return filled(_with_int8(model, chosen, per_channel=per_channel, trainable_values=True), values)


def dequantize_int8(model: Any) -> Any:
    """Copy a model that stores 8-bit levels to one that stores and trains their float values: it predicts the same.

    The authors could turn a checkpoint into an 8-bit graph, "but not vice versa" (Liu & Liu 2018, section 2.2); this is
    the way back. The copy has the layers, regularisers and tensors that the model had before it was quantised.

    Raises
    ------
    ValueError
        The model stores no levels.
    TypeError
        It is neither functional nor sequential.
    """
    from compactvid.layers import INT8_LAYERS
    from compactvid.ops import affine_dequantize

    require_functional(model, caller="dequantize_int8")
    values = {weight.path: weight.value for weight in model.weights}
    levels = [path for path in values if f"{path}_zero_point" in values]
    if not levels:
        raise ValueError(f"dequantize_int8: {model.name} stores no 8-bit levels; quantize_int8 makes a model that does")
    for path in levels:
        values[path] = affine_dequantize(values[path], values[f"{path}_scale"], values[f"{path}_zero_point"])
    floating: dict[type, Any] = {int8: layer for layer, int8 in INT8_LAYERS.items()}

    def rebuild(layer):
        config = layer.get_config()
        if type(layer) not in floating:
            return layer.__class__.from_config(config)
        kept = {name: value for name, value in config.items() if name not in layer.storage()}
        return floating[type(layer)].from_config(kept)

    return filled(rebuilt(model, rebuild), values)


def _chosen(model: Any, tensors: Sequence[str] | None, caller: str) -> set[str]:
    """The paths of the matrices to quantise."""
    require_functional(model, caller=caller)
    matrices = [weight.path for layer in _layers(model) for weight in _matrices(layer)]
    chosen = matrices if tensors is None else tensors
    if isinstance(chosen, str) or (unknown := sorted(set(chosen) - set(matrices))):
        found = repr(chosen) if isinstance(chosen, str) else ", ".join(unknown)
        raise ValueError(
            f"{caller}: tensors must be None or paths of {model.name}'s float matrices, not {found}; "
            f"it has {', '.join(matrices)}"
        )
    return set(chosen)


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        else:
            yield layer


def _matrices(layer: Any) -> list[Any]:
    """The float matrices of a layer that stores no levels, and that can."""
    from compactvid.layers import INT8_LAYERS
    from compactvid.layers.int8_storage import Int8Matrix

    kind = INT8_LAYERS.get(type(layer), type(layer))
    names = {name for name, attribute in vars(kind).items() if isinstance(attribute, Int8Matrix)}
    return [] if getattr(layer, "stores_levels", False) else [w for w in layer.weights if w.name in names]


def _with_int8(model: Any, chosen: set[str], **storage: Any) -> Any:
    from compactvid.layers import INT8_LAYERS

    def rebuild(layer):
        names = [weight.name for weight in getattr(layer, "weights", []) if weight.path in chosen]
        if not names:
            return layer.__class__.from_config(layer.get_config())
        kind: Any = INT8_LAYERS.get(type(layer), type(layer))
        return kind.from_config(layer.get_config() | storage | {"quantized": names})

    return rebuilt(model, rebuild)


def _require_finite(path: str, values: Any) -> None:
    from keras import ops

    if 0 in values.shape:
        raise ValueError(f"quantize_int8: {path} has no values (shape {list(values.shape)})")
    if not ops.all(ops.isfinite(values)):
        raise ValueError(f"quantize_int8: {path} has values that are not finite, which have no 8-bit range")
