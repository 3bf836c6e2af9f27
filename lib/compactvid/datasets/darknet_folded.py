"""Tiny-YOLOv2 with batch normalisation folded in, a raw file an array, as it is published beside Darknet's weights.

``convN_W.bin`` and ``convN_b.bin`` hold little-endian float32 values, kernels in the order (out, height, width, in).
Source: Examples/YOLO in https://github.com/hollance/Forge; its script folded Darknet's weights, as YAD2K's Keras model
normalises them: ``kernel * scale / sqrt(variance + 0.001)`` and ``bias - mean * scale / sqrt(variance + 0.001)``.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from compactvid.datasets.darknet import TINY_YOLO_V2_VOC, Convolution
from compactvid.datasets.tfrecord import RecordError, read_file


def read_folded(
    folder: str | os.PathLike, convolutions: Sequence[Convolution] = TINY_YOLO_V2_VOC
) -> dict[str, dict[str, np.ndarray]]:
    """Read the arrays that a folder has.

    Returns
    -------
    dict
        By the convolution's name: ``kernel`` (height, width, in_channels, filters), as Keras has it, and ``bias``
        (filters,), float32; only those whose file is there.

    Raises
    ------
    OSError
        A file is not readable, or there is none at all.
    RecordError
        A file does not have exactly the values that its convolution asks for, or one is not finite.
    """
    folder, layers = Path(folder), dict[str, dict[str, np.ndarray]]()
    for convolution in convolutions:
        size, _, inputs, filters = convolution.shapes["kernel"]
        kernel, bias = (folder / f"{convolution.name}_{ending}.bin" for ending in "Wb")
        arrays = {}
        if kernel.exists():
            values = _values(kernel, filters * size * size * inputs)
            arrays["kernel"] = values.reshape(filters, size, size, inputs).transpose(1, 2, 3, 0)
        if bias.exists():
            arrays["bias"] = _values(bias, filters)
        if arrays:
            layers[convolution.name] = arrays
    if not layers:
        raise FileNotFoundError(f"{folder}: no convN_W.bin or convN_b.bin")
    return layers


def _values(path: Path, count: int) -> np.ndarray:
    content = read_file(path, "raw float32 values")
    if len(content) != 4 * count:
        raise RecordError(path, None, f"{len(content)} bytes, expected {4 * count}: {count} float32 values")
    values = np.frombuffer(content, "<f4").astype(np.float32)
    if not np.isfinite(values).all():
        raise RecordError(path, None, "a value is not finite")
    return values
