"""The average of several checkpoints of one training."""

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from typing import Any

import numpy as np

from compactvid.training.weights import load_weights


def average_checkpoints(
    checkpoints: Iterable[Sequence[np.ndarray] | str | PathLike[str]], *, model: Any = None
) -> list[np.ndarray]:
    """Average the weights of several checkpoints, tensor by tensor.

    Reference: Liu & Liu 2018, section 2.3, "Checkpoint Average". Moving statistics are averaged like weights, as the
    released code does.

    Parameters
    ----------
    checkpoints
        Checkpoints of one architecture: each a sequence of arrays as `model.get_weights()` returns them, or the path of
        a `.weights.h5` file. A generator will do: one checkpoint is held at a time.
    model
        The `keras.Model` that the files belong to, needed for files only: they don't say in which order a model holds
        its tensors. Its own weights are as before when the function returns or raises.

    Returns
    -------
    list of numpy.ndarray
        Mean of each tensor, summed in float64, in the tensor's own dtype; for `model.set_weights`.

    Raises
    ------
    ValueError
        No checkpoint; checkpoints that differ in number, shapes or dtypes of tensors; a value that is not finite;
        integer tensors that are not equal (their mean has no meaning); a file without `model`.
    FileNotFoundError
        A file does not exist.
    """
    own_weights = None if model is None else model.get_weights()
    first: list[np.ndarray] = []
    sums: list[np.ndarray] = []
    count = 0
    try:
        for count, checkpoint in enumerate(checkpoints, start=1):
            name, weights = _read(checkpoint, count, model)
            if count == 1:
                first = weights
                sums = [np.zeros(weight.shape) for weight in weights]
            _require_like(first, weights, name)
            for total, weight in zip(sums, weights, strict=True):
                total += weight
    finally:
        if own_weights is not None:
            model.set_weights(own_weights)
    if count == 0:
        raise ValueError("average_checkpoints: there is no checkpoint to average")
    return [(total / count).astype(weight.dtype) for total, weight in zip(sums, first, strict=True)]


def _read(checkpoint: Any, number: int, model: Any) -> tuple[str, list[np.ndarray]]:
    """Name a checkpoint for messages, and return its tensors."""
    if not isinstance(checkpoint, str | PathLike):
        return f"checkpoint {number}", [np.asarray(weight) for weight in checkpoint]
    path = fspath(checkpoint)
    if model is None:
        raise ValueError(f"average_checkpoints: give the model that {path} belongs to (model=...)")
    try:
        load_weights(model, path)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"average_checkpoints: there is no file {path}") from error
    except (ValueError, OSError) as error:
        raise ValueError(f"average_checkpoints: {path} is no checkpoint of {model.name}: {error}") from error
    return path, model.get_weights()


def _require_like(first: list[np.ndarray], weights: list[np.ndarray], name: str) -> None:
    if len(weights) != len(first):
        raise ValueError(f"average_checkpoints: {name} has {len(weights)} tensors, the first checkpoint {len(first)}")
    for index, (expected, weight) in enumerate(zip(first, weights, strict=True)):
        if (weight.shape, weight.dtype) != (expected.shape, expected.dtype):
            raise ValueError(
                f"average_checkpoints: tensor {index} of {name} is {weight.dtype}{list(weight.shape)}, "
                f"in the first checkpoint {expected.dtype}{list(expected.shape)}"
            )
        if weight.dtype.kind in "biu" and not np.array_equal(weight, expected):
            raise ValueError(f"average_checkpoints: integer tensor {index} of {name} differs from the first checkpoint")
        if not np.isfinite(weight).all():
            raise ValueError(f"average_checkpoints: tensor {index} of {name} has values that are not finite")
