"""Weights of convolutional networks in Darknet's ``.weights`` files.

A file is a header and then float32 values, all little-endian: for each convolution its biases, with batch normalisation
the scales, means and variances, and the kernel in the order (out, in, height, width). The header is the version, three
int32 (major, minor, revision), and the number of images seen in training: int64 from version 0.2 on, int32 before it
and in files whose major or minor version is 1000 or more.
Source: `load_weights_upto` and `load_convolutional_weights` in src/parser.c of https://github.com/pjreddie/darknet.
"""

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from compactvid.atomic import replaced
from compactvid.datasets.tfrecord import RecordError, read_file

_VERSION = struct.Struct("<3i")
_WRITTEN_VERSION = (0, 2, 0)


@dataclass(frozen=True)
class Convolution:
    """What the file does not say of a convolution.

    Parameters
    ----------
    name
        Under which its arrays are found.
    in_channels, filters
        Channels of its input and its output.
    kernel_size
        Height and width of the kernel.
    batch_normalized
        Whether batch normalisation follows; its shift is what the file calls biases.
    """

    name: str
    in_channels: int
    filters: int
    kernel_size: int = 3
    batch_normalized: bool = True

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each array of `DarknetWeights`, in the order of the file."""
        names = ("bias", "scale", "mean", "variance") if self.batch_normalized else ("bias",)
        kernel = (self.kernel_size, self.kernel_size, self.in_channels, self.filters)
        return dict.fromkeys(names, (self.filters,)) | {"kernel": kernel}

    @property
    def num_values(self) -> int:
        """Number of float32 values in the file."""
        return sum(int(np.prod(shape)) for shape in self.shapes.values())


_CHANNELS = (3, 16, 32, 64, 128, 256, 512, 1024, 1024)
TINY_YOLO_V2_VOC = (
    *(Convolution(f"conv{number}", *pair) for number, pair in enumerate(pairwise(_CHANNELS), start=1)),
    Convolution("conv9", _CHANNELS[-1], 5 * (5 + 20), kernel_size=1, batch_normalized=False),
)
"""The nine convolutions of tiny-YOLOv2 for Pascal VOC, cfg/yolov2-tiny-voc.cfg: 5 anchors x (x, y, width, height,
objectness, 20 classes) come out."""


@dataclass(frozen=True)
class DarknetWeights:
    """Content of a ``.weights`` file.

    Parameters
    ----------
    layers
        By the convolution's name: ``bias`` and, with batch normalisation, ``scale``, ``mean`` and ``variance``, all
        (filters,), and ``kernel`` (height, width, in_channels, filters), as Keras has it; float32. Darknet normalises
        by ``(x - mean) / (sqrt(variance) + 1e-6)``, then multiplies by the scale and adds the bias.
    version
        Major, minor, revision.
    seen
        Images seen in training.
    """

    layers: Mapping[str, Mapping[str, np.ndarray]]
    version: tuple[int, int, int] = _WRITTEN_VERSION
    seen: int = 0


def read_weights(path: str | os.PathLike, convolutions: Sequence[Convolution] = TINY_YOLO_V2_VOC) -> DarknetWeights:
    """Read a ``.weights`` file.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        The header is cut off, a version or the number of images seen is negative; the file does not have exactly the
        values that `convolutions` ask for; or one of them is not finite, or a variance is negative.
    """
    return _parse(path, read_file(path, "Darknet weights"), convolutions)


def write_weights(
    path: str | os.PathLike, weights: DarknetWeights, convolutions: Sequence[Convolution] = TINY_YOLO_V2_VOC
) -> None:
    """Write a ``.weights`` file: complete and synced to disk under its name, or not at all.

    What `read_weights` gives is written back byte for byte.

    Raises
    ------
    ValueError
        An array is missing, superfluous, of another shape or type than `convolutions` ask for, or holds values that
        `read_weights` refuses; the message names layer and array.
    """
    expected = {(convolution.name, name) for convolution in convolutions for name in convolution.shapes}
    if wrong := expected ^ {(layer, name) for layer, arrays in weights.layers.items() for name in arrays}:
        raise ValueError(f"arrays missing or superfluous: {', '.join(map(' '.join, sorted(wrong)))}")
    try:
        chunks = [_VERSION.pack(*weights.version), _seen_format(weights.version).pack(weights.seen)]
    except struct.error as error:
        raise ValueError(f"version {weights.version} and seen {weights.seen} cannot be written: {error}") from None
    for convolution in convolutions:
        for name, shape in convolution.shapes.items():
            values = weights.layers[convolution.name][name]
            if values.shape != shape or values.dtype != np.float32:
                raise ValueError(f"{convolution.name}, {name}: {values.dtype} {values.shape}, expected float32 {shape}")
            chunks.append((values.transpose(3, 2, 0, 1) if name == "kernel" else values).astype("<f4").tobytes())
    content = b"".join(chunks)
    _parse(path, content, convolutions)  # refuses what could not be read
    with replaced(Path(path)) as temporary:
        temporary.write_bytes(content)


def _parse(path: str | os.PathLike, content: bytes, convolutions: Sequence[Convolution]) -> DarknetWeights:
    if len(content) < _VERSION.size:
        raise RecordError(path, None, f"the header is cut off: the file has {len(content)} bytes, expected at least 16")
    version = _VERSION.unpack_from(content)
    if min(version) < 0:
        raise RecordError(path, None, f"version {'.'.join(map(str, version))}, expected no negative number")
    seen_format = _seen_format(version)
    header = _VERSION.size + seen_format.size
    expected = header + 4 * sum(convolution.num_values for convolution in convolutions)
    if len(content) != expected:
        raise RecordError(
            path,
            None,
            f"{len(content)} bytes, expected {expected}: a header of {header} and "
            f"{(expected - header) // 4} values of {len(convolutions)} convolutions",
        )
    (seen,) = seen_format.unpack_from(content, _VERSION.size)
    if seen < 0:
        raise RecordError(path, None, f"{seen} images seen, expected no negative number")
    layers, position = {}, header
    for convolution in convolutions:
        layers[convolution.name] = arrays = dict[str, np.ndarray]()
        for name, shape in convolution.shapes.items():
            values = np.frombuffer(content, "<f4", int(np.prod(shape)), position).astype(np.float32)
            position += values.nbytes
            if problem := _problem(name, values):
                raise RecordError(path, None, f"{convolution.name}, {name}: {problem}")
            if name == "kernel":
                height, width, inputs, filters = shape
                values = values.reshape(filters, inputs, height, width).transpose(2, 3, 1, 0)
            arrays[name] = values
    return DarknetWeights(layers, version, seen)


def _seen_format(version: tuple[int, int, int]) -> struct.Struct:
    major, minor, _ = version
    return struct.Struct("<q" if 10 * major + minor >= 2 and major < 1000 and minor < 1000 else "<i")


def _problem(name: str, values: np.ndarray) -> str | None:
    if not np.isfinite(values).all():
        return f"value {values.ravel()[np.flatnonzero(~np.isfinite(values))[0]]}, expected finite ones"
    return f"value {values.min()}, expected none below 0" if name == "variance" and values.min() < 0 else None
