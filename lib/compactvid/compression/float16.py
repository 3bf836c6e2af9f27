"""Store tensors of a trained model in float16."""

from collections.abc import Sequence
from typing import Any

from compactvid.compression.rebuilt import rebuilt, require_functional
from compactvid.models.gated_netvlad import BIG_FOUR


def cast_float16(model: Any, tensors: Sequence[str] | str | None = None, *, compute_dtype: str | None = None) -> Any:
    """Copy a model with some of its tensors stored in float16, for inference.

    Values are rounded once, as NumPy rounds. Where a tensor is used it is cast back to its layer's compute dtype, so
    the arithmetic stays what it was, unless another is asked for. Regularisers of the cast layers are left out, and
    the copy is not compiled: it is not meant to be trained.

    Reference: Liu & Liu 2018, section 2.2, "Float16 Compression": four of 32 tensors are cast; biases, batch
    normalisation and the small matrices stay in float32.

    Parameters
    ----------
    model
        A functional or sequential `keras.Model`. Its layers are rebuilt from their configuration.
    tensors
        None: the paper's rule, the four big tensors of a `GatedNetVLAD` (`models.gated_netvlad.BIG_FOUR`). "all": every
        floating tensor, statistics of batch normalisation included. Or the paths of tensors (`model.weights[i].path`).
        `ContextGating` and `MixtureOfExperts` can store their kernels alone; of another layer, all floating tensors are
        cast or none.
    compute_dtype
        "float16": every layer computes in float16 too, tensors that are not cast included, and so does the output have
        it. What a layer or a backend computes more widely whatever its dtype stays wide: `NetVLAD`'s sums over frames,
        `MixtureOfExperts`'s probabilities, and operations that are no layers.

    Returns
    -------
    keras.Model
        Same names, inputs and outputs. Load a saved one after `import compactvid.layers`.

    Raises
    ------
    ValueError
        A path that the model doesn't have, or that can't be cast without others; a value that is not finite, or
        becomes infinite in float16 (65,520 and above); another `compute_dtype`.
    TypeError
        The model is neither functional nor sequential.
    """
    import keras

    copy = with_float16_tensors(model, tensors, compute_dtype=compute_dtype)
    for source, target in zip(model.weights, copy.weights, strict=True):
        value = keras.ops.cast(source.value, target.dtype)
        if target.dtype != source.dtype and not keras.ops.all(keras.ops.isfinite(value)):
            raise ValueError(f"cast_float16: {source.path} has values that float16 (finite up to 65,504) can't hold")
        target.assign(value)
    return copy


def with_float16_tensors(
    model: Any, tensors: Sequence[str] | str | None = None, *, compute_dtype: str | None = None
) -> Any:
    """The copy that `cast_float16` makes, before values are copied into it: all that counting bytes needs."""
    import keras

    require_functional(model, caller="cast_float16")
    if compute_dtype not in (None, "float16"):
        raise ValueError(f"cast_float16: compute_dtype must be None or 'float16', not {compute_dtype!r}")
    chosen = _chosen_paths(model, tensors)

    def rebuild(layer):
        config = layer.get_config()
        floating = {weight.path for weight in getattr(layer, "weights", []) if _is_floating(weight)}
        computes = isinstance(layer, keras.Layer) and not isinstance(layer, keras.layers.InputLayer)
        if compute_dtype and computes:
            config["dtype"] = f"mixed_{compute_dtype}"
        if cast := floating & chosen:
            _store_in_float16(config, cast, floating, layer.name, compute_dtype or layer.compute_dtype)
        return layer.__class__.from_config(config)

    copy = rebuilt(model, rebuild)
    for source, target in zip(model.weights, copy.weights, strict=True):
        dtype = "float16" if source.path in chosen else source.dtype
        if (target.path, target.dtype) != (source.path, dtype):
            raise ValueError(f"cast_float16: the layer that holds {source.path} can't store it as {dtype}")
    return copy


def _chosen_paths(model: Any, tensors: Sequence[str] | str | None) -> set[str]:
    floating = {weight.path for weight in model.weights if _is_floating(weight)}
    if tensors == "all":
        return floating
    if isinstance(tensors, str):
        raise ValueError(f"cast_float16: tensors must be None, 'all' or a sequence of paths, not {tensors!r}")
    chosen = set(BIG_FOUR if tensors is None else tensors)
    if unknown := sorted(chosen - floating):
        rule = " (the four of GatedNetVLAD; name others, or 'all')" if tensors is None else ""
        raise ValueError(
            f"cast_float16: {model.name} has no floating tensor {', '.join(unknown)}{rule}; it has "
            + ", ".join(sorted(floating))
        )
    return chosen


def _store_in_float16(config: dict, cast: set[str], floating: set[str], name: str, compute_dtype: str) -> None:
    """Edit a layer's configuration so that its tensors `cast` are created in float16."""
    from compactvid.layers import float16_storage

    kernels = {path for path in floating if path.endswith("kernel")} if "kernel_dtype" in config else set()
    if cast == floating:
        config["dtype"] = float16_storage(compute_dtype)
    elif cast == kernels:
        config["kernel_dtype"] = "float16"
    else:
        groups = " or ".join(", ".join(sorted(group)) for group in (kernels, floating) if group)
        raise ValueError(f"cast_float16: {name} stores {', '.join(sorted(cast))} only together with: {groups}")
    # A penalty on float16 values would overflow, and has no part in inference.
    config.update({name: None for name in config if name.endswith("_regularizer")})


def _is_floating(weight: Any) -> bool:
    import keras

    return keras.backend.is_float_dtype(weight.dtype)
