"""A chain of convolutions that computes with integers only, in memory and as a file of 8-bit weights."""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.atomic import replaced
from compactvid.compression.integer_convolution import FRACTION_BITS, IntegerConvolution, Levels, MaxPooling

_VERSION = 1
_ARRAYS = {"kernel": "int8", "multiplier": "int32", "shift": "uint8", "bias": "int32"}


@dataclass(frozen=True)
class IntegerNetwork:
    """What `convert_to_integers` makes of a model; called with inputs, it returns outputs.

    Reference: Cheng et al. 2018, Fig. 4: the inputs are quantised once, and from there on all is integers: 8-bit
    kernels and feature maps, sums in int32, batch normalisation in integers, max-pooling on 8-bit levels. Only the last
    convolution's sums are given back as values.

    Parameters
    ----------
    name
        Of the model.
    input
        Levels of the inputs.
    convolutions
        Its blocks, from input to output.
    output_scale
        The outputs are the last block's integers times this times 2^-16.
    """

    name: str
    input: Levels
    convolutions: tuple[IntegerConvolution, ...]
    output_scale: float

    def __call__(self, inputs: np.ndarray | Mapping[str, np.ndarray]) -> np.ndarray:
        """Values in, (batch, height, width, channels), or a dict of these alone; values out, float32."""
        if isinstance(inputs, Mapping):
            (inputs,) = inputs.values()
        return self.outputs(self.forward(self.quantize(inputs)))

    def quantize(self, inputs: np.ndarray) -> np.ndarray:
        """Levels of inputs, uint8; beyond the outermost ones they become these.

        Raises
        ------
        ValueError
            No inputs, or some that are not finite.
        """
        from keras import ops

        from compactvid.ops.quantize import affine_quantize, quantize_a

        levels = self.input
        if levels.rounding == "floor":
            found = quantize_a(inputs, bits=levels.bits, beyond="clip")
        else:
            found = affine_quantize(inputs, np.float32(levels.scale), levels.zero_point, bits=levels.bits)
        return np.asarray(ops.convert_to_numpy(found))

    def forward(self, levels: np.ndarray) -> np.ndarray:
        """The last block's integers, int32, for levels of inputs."""
        for convolution in self.convolutions:
            levels = convolution(levels)
        return levels

    def outputs(self, integers: np.ndarray) -> np.ndarray:
        """The values of the last block's integers, float32."""
        return (integers * (self.output_scale / 2**FRACTION_BITS)).astype("float32")

    def steps(self, levels: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
        """Each step of the flow, as (convolution, step, integers): Fig. 4 with numbers.

        The steps are the methods of `IntegerConvolution`: accumulate, normalize, activate, requantize, pool.
        """
        for convolution in self.convolutions:
            names = ["accumulate", "normalize", "activate"]
            names += ["requantize"] * (convolution.output is not None) + ["pool"] * (convolution.pooling is not None)
            for name in names:
                levels = getattr(convolution, name)(levels)
                yield convolution.name, name, levels

    @property
    def num_bytes(self) -> int:
        """The bytes of all arrays: one for each weight, and nine for each filter."""
        return sum(getattr(block, name).nbytes for block in self.convolutions for name in _ARRAYS)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the network to a file, whole or not at all.

        It is an uncompressed `.npz` archive that NumPy alone can read: for each block N, from 0, `N/kernel` int8,
        `N/multiplier` int32, `N/shift` uint8, `N/bias` int32; and `network`, bytes of JSON with all that is no array.

        Returns
        -------
        Path
            The file.
        """
        described: dict[str, Any] = {"version": _VERSION, "name": self.name, "output_scale": self.output_scale}
        described |= {"input": asdict(self.input), "convolutions": []}
        arrays: dict[str, np.ndarray] = {}
        for number, block in enumerate(self.convolutions):
            fields = asdict(block)
            arrays |= {f"{number}/{name}": fields.pop(name) for name in _ARRAYS}
            described["convolutions"].append(fields)
        text = np.frombuffer(json.dumps(described).encode(), "uint8")
        path = Path(path)
        with replaced(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, network=text, **arrays)
        return path

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "IntegerNetwork":
        """Read a file of `save`: the same integers.

        Raises
        ------
        ValueError
            It is missing, no such file, of another version, or damaged; it is named.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
                described = json.loads(archive["network"].tobytes())
                if described["version"] != _VERSION:
                    raise ValueError(f"it has version {described['version']}, not {_VERSION}")
                blocks = [_block(fields, archive, number) for number, fields in enumerate(described["convolutions"])]
            return cls(described["name"], Levels(**described["input"]), tuple(blocks), described["output_scale"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{os.fspath(path)}: not a readable integer network: {error}") from error


def _block(fields: dict[str, Any], archive: Any, number: int) -> IntegerConvolution:
    arrays = {name: archive[f"{number}/{name}"] for name in _ARRAYS}
    filters = arrays["kernel"].shape[-1]
    for name, dtype in _ARRAYS.items():
        found, shape = arrays[name], arrays["kernel"].shape if name == "kernel" else (filters,)
        if found.dtype != dtype or found.shape != shape or arrays["kernel"].ndim != 4:
            raise ValueError(f"{number}/{name} is {found.dtype} {found.shape}, not {dtype} {shape}")
    rows, columns = fields["strides"]
    described = fields | {"strides": (rows, columns)}
    if fields["pooling"] is not None:
        pooling = fields["pooling"]
        described["pooling"] = MaxPooling(tuple(pooling["size"]), tuple(pooling["strides"]), pooling["padding"])
    if fields["output"] is not None:
        described["output"] = Levels(**fields["output"])
    return IntegerConvolution(**described, **arrays)
