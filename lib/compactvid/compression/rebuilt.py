"""A model with some of its layers built anew, before values are copied into it."""

from collections.abc import Callable, Mapping
from typing import Any


def rebuilt(model: Any, layer: Callable[[Any], Any]) -> Any:
    """Copy a model's graph with other layers; the copy is not compiled, and its values are initial ones.

    Parameters
    ----------
    model
        A functional or sequential `keras.Model`; models in it are rebuilt too.
    layer
        Given a layer of the model, returns a new one to stand in its place.
    """
    import keras

    return keras.models.clone_model(_uncompiled(model), clone_function=layer, recursive=True)


def filled(model: Any, values: Mapping[str, Any]) -> Any:
    """Assign to each weight of a rebuilt model the value of its path, and return the model.

    Raises
    ------
    ValueError
        A weight has a path without a value.
    """
    for weight in model.weights:
        if weight.path not in values:
            raise ValueError(
                f"a copy of {model.name} has a tensor of another name, {weight.path}: build it functionally"
            )
        weight.assign(values[weight.path])
    return model


def symbolic_inputs(model: Any) -> Any:
    """What a functional or sequential model takes, as it takes it: a symbolic tensor, or a dict of these, say."""
    import keras

    return model.inputs[0] if isinstance(model, keras.Sequential) else model.input


def require_functional(model: Any, *, caller: str) -> None:
    """Raise TypeError, in the name of a function, unless the model is a built functional or sequential one."""
    if not isinstance(getattr(model, "layers", None), list) or not hasattr(model, "outputs"):
        raise TypeError(f"{caller} takes a built functional or sequential keras.Model, not {type(model).__name__}")


def _uncompiled(model: Any) -> Any:
    """The same layers in a model that was never compiled: a clone of a compiled one gets an optimizer and its slots."""
    import keras

    inputs = symbolic_inputs(model)
    if isinstance(model, keras.Sequential):
        first = keras.Input(batch_shape=inputs.shape, dtype=inputs.dtype)
        return keras.Sequential([first, *model.layers], name=model.name)
    return keras.Model(inputs, model.output, name=model.name)
