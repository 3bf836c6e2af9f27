"""How a network's weights are distributed, layer by layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.darknet_folded import read_folded

EDGES = np.linspace(-5, 5, 41)
"""Edges of the histogram's bins, in standard deviations of the layer's kernel."""


@dataclass(frozen=True)
class WeightStatistics:
    """`kernel_statistics` of each kernel that is there.

    Parameters
    ----------
    dataset
        A configuration whose `prepare` gives the paths of one folder's files, such as `FoldedWeights`.
    """

    dataset: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Read the kernels; nothing is written to `folder`."""
        files = self.dataset.prepare(data_folder)["all"]
        layers = read_folded(files[0].parent)
        return {
            "layers": [
                {"layer": name, **kernel_statistics(arrays["kernel"])}
                for name, arrays in layers.items()
                if "kernel" in arrays
            ]
        }


def kernel_statistics(kernel: np.ndarray) -> dict[str, Any]:
    """Moments, extremes and histogram.

    Parameters
    ----------
    kernel : ndarray
        Any shape, not constant.

    Returns
    -------
    dict
        ``values``, their number; ``mean``, ``standard_deviation``, ``minimum``, ``maximum``; ``histogram``: shares of
        the values between successive `EDGES` times the standard deviation, the last edge included; what lies beyond is
        in no bin.
    """
    values = kernel.ravel().astype(np.float64)
    deviation = float(values.std())
    counts, _ = np.histogram(values, EDGES * deviation)
    return {
        "values": values.size,
        "mean": float(values.mean()),
        "standard_deviation": deviation,
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "histogram": (counts / values.size).tolist(),
    }
