r"""What Eqs. 1 and 2 of Cheng et al. 2018 do, as printed, to every number of a fine grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class PrintedQuantizers:
    """Evaluate the quantisers on multiples of a power of two, which float32 holds, and so do the equations' products.

    Parameters
    ----------
    bits
        Of weights and feature maps, 2 to 8.
    fraction_bits
        b: the grid is all multiples of 2^-b in [-1, 1] for weights, in [0, 1] for feature maps; more than `bits` + 1,
        so that several lie between two levels, and at most 20.

    Raises
    ------
    ValueError
        `fraction_bits` is out of its range.
    """

    bits: int = 8
    fraction_bits: int = 16

    def __post_init__(self) -> None:
        if not self.bits + 1 < self.fraction_bits <= 20:
            raise ValueError(
                f"PrintedQuantizers: fraction_bits must be from {self.bits + 2} to 20, not {self.fraction_bits!r}"
            )

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Nothing is written to `folder`.

        Returns
        -------
        dict
            ``weights``, by the reading of INT, "floor" or "truncation": ``lowest`` and ``highest`` level; ``below``,
            the share of the grid with a level lower than the range that the paper states; ``drops``, how many weights
            have a lower level than their smaller neighbour; and in levels the ``mean_error`` and the
            ``root_mean_square_error`` of :math:`w^q - 2^{bits - 1} w`, beside those of "nearest", the symmetric
            quantiser. ``cases``: how many of the three cases of Eq. 1 the weight 0 is in (``of_zero``), and the fewest
            and most that another weight is in. ``small``: how many weights but 0 are nearer to 0 than to any other
            level, how many of these get 0 in either reading, and the largest error of these, in levels.
            ``feature_maps``: how many ``values`` Eq. 2 gives, how many it leaves as they are (``kept``), the highest.
        """
        from keras import ops

        from compactvid.ops.quantize import quantize_a, quantize_w, symmetric_quantize

        half, steps = 2 ** (self.bits - 1), 2**self.fraction_bits
        w = np.arange(-steps, steps + 1, dtype="float32") / steps
        exact = half * w.astype("float64")
        levels = {name: _integers(quantize_w(w, bits=self.bits, integer=name)) for name in ("floor", "truncation")}
        nearest = _integers(symmetric_quantize(w, 1 / half, bits=self.bits))
        small = (w != 0) & (np.abs(exact) < 0.5)
        cases = cases_of_equation_1(w, bits=self.bits)
        others = cases[:, w != 0].sum(axis=0)
        a = w[w >= 0]
        values = ops.convert_to_numpy(quantize_a(a, bits=self.bits)) / np.float32(2**self.bits)
        kept = ops.convert_to_numpy(quantize_a(np.unique(values), bits=self.bits)) / np.float32(2**self.bits)
        return {
            "weights": {
                **{name: _described(found, exact, half) for name, found in levels.items()},
                "nearest": _described(nearest, exact, half),
            },
            "cases": {
                "of_zero": int(cases[:, w == 0].sum()),
                "fewest": int(others.min()),
                "most": int(others.max()),
            },
            "small": {
                "count": int(small.sum()),
                "vanish": int(sum((found[small] == 0).sum() for found in levels.values())),
                "largest_error": float(max(np.abs(found - exact)[small].max() for found in levels.values())),
            },
            "feature_maps": {
                "values": len(np.unique(values)),
                "kept": int((kept == np.unique(values)).sum()),
                "highest": float(values.max()),
            },
        }


def cases_of_equation_1(w: np.ndarray, *, bits: int = 8) -> np.ndarray:
    """Which of the three cases of Cheng et al. 2018, Eq. 1, the weights are in: bool, of shape (3, weights)."""
    magnitude, step = np.abs(w), 2.0 ** (1 - bits)
    return np.stack([(magnitude > 0) & (magnitude <= step), (step < magnitude) & (magnitude < 1), magnitude == 1])


def _integers(levels: Any) -> np.ndarray:
    from keras import ops

    return ops.convert_to_numpy(levels).astype("int64")


def _described(levels: np.ndarray, exact: np.ndarray, half: int) -> dict[str, float]:
    error = levels - exact
    return {
        "lowest": int(levels.min()),
        "highest": int(levels.max()),
        "below": float(np.mean(levels < 1 - half)),
        "drops": int((np.diff(levels) < 0).sum()),
        "mean_error": float(error.mean()),
        "root_mean_square_error": float(np.sqrt(np.mean(error**2))),
    }
