"""Several trained models in one graph."""

import math
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from compactvid.compression.rebuilt import require_functional

SUM_TOLERANCE = 1e-6
"""How far the weights of an ensemble may be from summing to 1: float32 digits and weights read from text, no more."""


def ensemble_graph(models: Sequence[Any], weights: Sequence[float]) -> Any:
    """Copy models into one graph on shared inputs, whose output is the weighted sum of theirs.

    Reference: Liu & Liu 2018, section 2.3, "Ensemble Single Models into One Graph". As there, the first model's layers
    and tensors are named after "tower", those of the others after "model1", "model2" and so on: `hidden1/kernel` of the
    second is `model1_hidden1/kernel`. Unlike there, a graph that is filled is built from trained models: every tensor
    keeps its member's value and dtype, float16 where the member was cast (`cast_float16`). Its tensors may be
    overwritten afterwards (`overwrite_member`).

    Parameters
    ----------
    models
        Functional or sequential `keras.Model`s of any architecture, with the same inputs (names, shapes, dtypes) and
        one output each, of shape (batch, classes). One may be there twice; none is changed.
    weights
        Weight of each member, >= 0, sum 1 within `SUM_TOLERANCE`. They are constants of the graph.

    Returns
    -------
    keras.Model
        Functional model `ensemble`, not compiled. Inputs as the members'; output (batch, classes).

    Raises
    ------
    ValueError
        No model; another number of weights than of models; weights that are negative, not finite or don't sum to 1;
        members that differ in their inputs or classes.
    TypeError
        A member is neither functional nor sequential.
    """
    import keras

    _check_weights(weights, len(models))
    graphs = [_graph(model) for model in models]
    _require_alike(graphs)
    inputs = keras.tree.map_structure(
        lambda tensor: keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name), graphs[0].input
    )
    outputs = [_copy(graph, inputs, scope(number)) for number, graph in enumerate(graphs)]
    total = reduce(add, (float(weight) * output for weight, output in zip(weights, outputs, strict=True)))
    return keras.Model(inputs, total, name="ensemble")


def scope(number: int) -> str:
    """What the names of a member's layers begin with, as in the released code: `tower`, then `model1`, `model2`, ..."""
    return "tower" if number == 0 else f"model{number}"


def overwrite_member(ensemble: Any, number: int, model: Any) -> int:
    """Overwrite a member's tensors with those of a trained model, rounded to the dtype that each is stored in.

    Reference: Liu & Liu 2018, section 2.3, step 3, "Populate ensemble graph's float16 weight tensors".

    Parameters
    ----------
    ensemble
        Of `ensemble_graph`.
    number
        Which member, counted from 0.
    model
        A `keras.Model` of the member's architecture.

    Returns
    -------
    int
        How many tensors now hold the model's values, rounded as NumPy rounds: all, unless a backend rounds otherwise.

    Raises
    ------
    ValueError
        The ensemble has no such member, or its tensors are not those of the model.
    """
    import keras

    prefix = f"{scope(number)}_"
    tensors = {weight.path: weight for weight in ensemble.weights if weight.path.startswith(prefix)}
    sources = {prefix + weight.path: weight.value for weight in model.weights}
    if {path: tensor.shape for path, tensor in tensors.items()} != {
        path: tuple(v.shape) for path, v in sources.items()
    }:
        raise ValueError(
            f"overwrite_member: the tensors of {scope(number)} in {ensemble.name} are not those of {model.name}"
        )
    equal = 0
    for path, value in sources.items():
        tensors[path].assign(value)
        rounded = keras.ops.convert_to_numpy(value).astype(tensors[path].dtype)
        equal += int(np.array_equal(keras.ops.convert_to_numpy(tensors[path].value), rounded))
    return equal


def _check_weights(weights: Sequence[float], count: int) -> None:
    if count == 0:
        raise ValueError("ensemble_graph: there is no model")
    if len(weights) != count:
        raise ValueError(f"ensemble_graph: {count} models need as many weights, not {len(weights)}")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise ValueError(f"ensemble_graph: weights must be finite and >= 0, not {', '.join(map(str, weights))}")
    if abs(sum(weights) - 1) > SUM_TOLERANCE:
        raise ValueError(f"ensemble_graph: weights must sum to 1 within {SUM_TOLERANCE:g}, these to {sum(weights):.9g}")


def _graph(model: Any) -> Any:
    """A model's layers, inputs and output once more: a compiled model would be cloned with its optimizer."""
    import keras

    require_functional(model, caller="ensemble_graph")
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        shapes = ", ".join(str(output.shape) for output in model.outputs)
        raise ValueError(f"ensemble_graph: {model.name} must have one output of shape (batch, classes), not {shapes}")
    inputs = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    return keras.Model(inputs, model.outputs[0], name=model.name)


def _require_alike(graphs: Sequence[Any]) -> None:
    """Raise ValueError unless all have the inputs and the classes of the first."""
    import keras

    for number, graph in enumerate(graphs, 1):
        inputs = {
            "/".join(map(str, path)): f"{tensor.dtype} {tensor.shape}"
            for path, tensor in keras.tree.flatten_with_path(graph.input)
        }
        found = {"inputs": inputs, "output": graph.output.shape}
        if number == 1:
            first = found
        for what, expected in first.items():
            if found[what] != expected:
                raise ValueError(
                    f"ensemble_graph: model {number} ({graph.name}) has {what} {found[what]}, the first one {expected}"
                )


def _copy(graph: Any, inputs: Any, prefix: str) -> Any:
    """The output of a copy of a member on the shared inputs, its values included."""
    import keras

    def rebuild(layer):
        if isinstance(layer, keras.Model):
            nested = keras.models.clone_model(layer, clone_function=rebuild)
            nested.name = f"{prefix}_{layer.name}"
            return nested
        config = layer.get_config()
        if "name" in config:
            config["name"] = f"{prefix}_{config['name']}"
        with keras.name_scope(f"{prefix}_{layer.name}"):  # for layers that wrap others, which are built here
            return layer.__class__.from_config(config)

    copy = keras.models.clone_model(graph, input_tensors=inputs, clone_function=rebuild)
    for source, target in zip(graph.weights, copy.weights, strict=True):
        target.assign(source.value)
    return copy.output
