"""Input and output of the quantisers, to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TransferFunctions:
    """Levels of weights, or values of feature maps, at evenly spread inputs.

    Parameters
    ----------
    low, high, points
        The inputs.
    bits
        2 to 8.
    feature_maps
        Whether they are feature maps, else weights.
    """

    low: float
    high: float
    points: int
    bits: int = 8
    feature_maps: bool = False

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Nothing is written to `folder`.

        Returns
        -------
        dict
            ``input``, and an output for each quantiser. Of weights, levels: "floor" and "truncation" of Eq. 1 with
            weights beyond [-1, 1] clipped, and "nearest", symmetric, of the same scale. Of feature maps, values read
            back: "eq_2", clipped to [0, 1], and "affine", whose levels span the inputs.
        """
        from compactvid.ops.quantize import fake_quantize_activations, quantize_w, symmetric_quantize

        x = np.linspace(self.low, self.high, self.points, dtype="float32")
        if self.feature_maps:
            outputs = {
                "eq_2": fake_quantize_activations(x, "deepeye", bits=self.bits),
                "affine": fake_quantize_activations(x, bits=self.bits, low=self.low, high=self.high),
            }
        else:
            outputs = {
                name: quantize_w(x, bits=self.bits, integer=name, beyond="clip") for name in ("floor", "truncation")
            }
            outputs["nearest"] = symmetric_quantize(x, 2.0 ** (1 - self.bits), bits=self.bits)
        return {"input": x.tolist(), **{name: _plain(values) for name, values in outputs.items()}}


def _plain(values: Any) -> list[float]:
    from keras import ops

    return ops.convert_to_numpy(values).tolist()
