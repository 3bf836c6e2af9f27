"""A model's weights from and to Darknet's ``.weights`` files."""

import os
from typing import Any

from compactvid.datasets.darknet import Convolution, DarknetWeights, read_weights, write_weights


def load_darknet_weights(model: Any, path: str | os.PathLike) -> DarknetWeights:
    """Read a ``.weights`` file into a model of exactly its architecture.

    Values stay as they are, so that `save_darknet_weights` writes the same file again. For what Keras then computes
    otherwise than Darknet, see `compactvid.models.TinyYOLOv2`.

    Parameters
    ----------
    model
        A built `keras.Model`, as `compactvid.models.TinyYOLOv2` builds it: a chain of convolutions in the order of the
        file, each with a bias or followed by batch normalisation.
    path
        The file.

    Returns
    -------
    DarknetWeights
        What was read.

    Raises
    ------
    OSError, RecordError
        As `compactvid.datasets.darknet.read_weights`; among others, the file does not have exactly the values that the
        model needs.
    ValueError
        The model is no such chain; the layer is named.
    """
    layers = _layers(model)
    read = read_weights(path, [convolution for convolution, _, _ in layers])
    for convolution, layer, batch_norm in layers:
        arrays = read.layers[convolution.name]
        if batch_norm is None:
            layer.set_weights([arrays["kernel"], arrays["bias"]])
        else:
            layer.set_weights([arrays["kernel"]])
            batch_norm.set_weights([arrays[name] for name in ("scale", "bias", "mean", "variance")])
    return read


def save_darknet_weights(
    model: Any, path: str | os.PathLike, *, version: tuple[int, int, int] = (0, 2, 0), seen: int = 0
) -> None:
    """Write a model's weights as a ``.weights`` file, whole or not at all.

    Parameters
    ----------
    model
        As in `load_darknet_weights`.
    path
        The file.
    version, seen
        Of its header: see `compactvid.datasets.darknet.DarknetWeights`.

    Raises
    ------
    ValueError
        The model is no such chain, or a value is not finite; the layer is named.
    """
    layers = _layers(model)
    arrays = {}
    for convolution, layer, batch_norm in layers:
        kernel, *bias = layer.get_weights()
        if batch_norm is not None:
            scale, *others = batch_norm.get_weights()
            arrays[convolution.name] = dict(
                zip(convolution.shapes, (others[0], scale, *others[1:], kernel), strict=True)
            )
        else:
            arrays[convolution.name] = {"bias": bias[0], "kernel": kernel}
    write_weights(path, DarknetWeights(arrays, version, seen), [convolution for convolution, _, _ in layers])


def _layers(model: Any) -> list[tuple[Convolution, Any, Any]]:
    """Each convolution: as the file has it, its layer, and that of its batch normalisation or None."""
    from keras import layers

    found: list[tuple[Any, Any]] = []
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            found.append((layer, None))
        elif isinstance(layer, layers.BatchNormalization):
            if not found or found[-1][0].use_bias or found[-1][1] is not None:
                raise ValueError(f"{model.name}: {layer.name} does not follow a convolution without bias")
            found[-1] = (found[-1][0], layer)
        elif layer.weights:
            raise ValueError(f"{model.name}: a Darknet file has no weights for {layer.name} ({type(layer).__name__})")
    chain = []
    for layer, batch_norm in found:
        if not layer.use_bias and batch_norm is None:
            raise ValueError(f"{model.name}: {layer.name} has neither a bias nor batch normalisation")
        height, width, in_channels, filters = layer.kernel.shape
        if height != width:
            raise ValueError(f"{model.name}: {layer.name} has a kernel of {height} x {width}, expected a square one")
        chain.append((Convolution(layer.name, in_channels, filters, height, batch_norm is not None), layer, batch_norm))
    return chain
