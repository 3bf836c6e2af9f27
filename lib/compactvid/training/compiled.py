"""The compiled model that trainings of one process share: compiling takes longer than a short training."""

from collections.abc import Callable
from typing import Any

import numpy as np

_latest: dict[str, tuple[Any, list[np.ndarray]]] = {}


def release(key: str | None) -> None:
    """Let go of the model that is kept, unless it has this key, and of all that Keras remembers of earlier ones."""
    import keras

    if key not in _latest:
        _latest.clear()
        keras.utils.clear_session()


def compiled(key: str | None, build: Callable[[], Any], compile_model: Callable[[Any], None]) -> Any:
    """A compiled model with the initial weights that `build` gives it now.

    Where the latest call had the same key, it is that call's model, with its weights, seeds and optimizer set back, and
    whoever still holds it sees them change.

    Parameters
    ----------
    key
        What model, optimizer, loss and precision are a function of; None for a model of one's own.
    build, compile_model
        Make a `keras.Model`; compile it.
    """
    import keras

    if key in _latest:
        model, optimizer = _latest[key]
        for variable, initial in zip(model.variables, build().variables, strict=True):
            variable.assign(initial.value)
        for variable, value in zip(model.optimizer.variables, optimizer, strict=True):
            variable.assign(value)
        return model
    model = build()
    compile_model(model)
    if key is not None:
        model.optimizer.build(model.trainable_variables)
        _latest[key] = model, [keras.ops.convert_to_numpy(variable.value) for variable in model.optimizer.variables]
    return model
