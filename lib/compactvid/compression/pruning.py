"""Prune a model by magnitude, at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from compactvid.models.gated_netvlad import BIG_FOUR


def prune(model: Any, sparsity: float, tensors: Sequence[str] | None = None) -> Any:
    """Copy a model with the smallest values of some of its tensors set to zero.

    Each tensor by itself loses `num_pruned(size, sparsity)` values: those of smallest magnitude, and among equal
    magnitudes those that come first in row-major order. So the share of pruned values is exact, whatever the values: a
    tensor of zeros stays one, and with sparsity 1 a tensor becomes all zeros.

    Reference: Zhu & Gupta 2017, https://arxiv.org/abs/1710.01878, section 3; `GradualPruning` is their schedule.

    Parameters
    ----------
    model
        A built functional or sequential `keras.Model`.
    sparsity
        Share of zeros, in [0, 1].
    tensors
        Paths of the tensors to prune (`model.weights[i].path`); None: the four big tensors of a `GatedNetVLAD`.

    Returns
    -------
    keras.Model
        Same names, inputs and outputs, not compiled.

    Raises
    ------
    ValueError
        The sparsity lies outside [0, 1]; a path that the model doesn't have; a chosen tensor has values that are NaN.
    TypeError
        The model is neither functional nor sequential.
    """
    if not isinstance(getattr(model, "layers", None), list) or not hasattr(model, "outputs"):
        raise TypeError(f"prune takes a built functional or sequential keras.Model, not {type(model).__name__}")
    require_sparsity("prune", sparsity)
    paths = BIG_FOUR if tensors is None else tensors
    chosen = [weight.path for weight in chosen_weights("prune", model.weights, paths)]
    weights = model.get_weights()
    for index, values in enumerate(weights):
        if (path := model.weights[index].path) in chosen:
            if np.isnan(values).any():
                raise ValueError(f"prune: {path} has values that are NaN, which have no magnitude")
            kept = magnitude_mask(values, num_pruned(values.size, sparsity))
            weights[index] = np.where(kept, values, np.zeros((), values.dtype))
    copy = model.__class__.from_config(model.get_config())
    copy.set_weights(weights)
    return copy


def magnitude_mask(values: np.ndarray, pruned: int) -> np.ndarray:
    """Bool, of the shape of `values`: False for the `pruned` smallest magnitudes, the first of equal ones."""
    if not pruned:
        return np.ones(values.shape, bool)
    magnitudes = np.abs(values.ravel())
    threshold = np.partition(magnitudes, pruned - 1)[pruned - 1]
    kept = magnitudes > threshold
    (ties,) = np.nonzero(magnitudes == threshold)
    kept[ties[pruned - np.count_nonzero(magnitudes < threshold) :]] = True
    return kept.reshape(values.shape)


def num_pruned(size: int, sparsity: float) -> int:
    """How many of `size` values are pruned: the product, rounded to the nearest integer, half to even."""
    return round(size * sparsity)


def require_sparsity(name: str, sparsity: float) -> None:
    """Raise ValueError unless the sparsity is a number in [0, 1]."""
    if not 0 <= sparsity <= 1:
        raise ValueError(f"{name}: sparsity must lie in [0, 1], not {sparsity}")


def chosen_weights(name: str, weights: Sequence[Any], paths: Sequence[str]) -> list[Any]:
    """The variables with these paths, in the order of `weights`; ValueError names those that aren't there."""
    if isinstance(paths, str):
        raise ValueError(f"{name}: tensors must be None or a sequence of paths, not {paths!r}")
    known = [weight.path for weight in weights]
    if unknown := sorted(set(paths) - set(known)):
        raise ValueError(f"{name}: there is no tensor {', '.join(unknown)}; there are {', '.join(known)}")
    return [weight for weight in weights if weight.path in paths]
