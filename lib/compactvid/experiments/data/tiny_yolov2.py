"""Tiny YOLOv2's weights: what lies where in Darknet's file, and how the published kernels are distributed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.datasets.darknet import TINY_YOLO_V2_VOC
from compactvid.datasets.folded_weights import FoldedWeights
from compactvid.datasets.statistics.weights import EDGES, WeightStatistics
from compactvid.experiments.real_statistics import RealPage, RealStatistics
from compactvid.experiments.statistics import Figures, Values

PROFILES = dict.fromkeys(("smoke", "small", "real"), FoldedWeights())
"""All of the published arrays at each profile."""
KERNEL_COLUMNS = ("standard_deviation", "minimum", "maximum")


def file_layout() -> pd.DataFrame:
    """One row a convolution, in the order of the file: layer, kernel (out × in × height × width), values and offset.

    ``values`` counts biases, scales, means and variances and the kernel; ``offset`` is the number of values before it.
    """
    counts = np.array([convolution.num_values for convolution in TINY_YOLO_V2_VOC])
    return pd.DataFrame(
        {
            "layer": [convolution.name for convolution in TINY_YOLO_V2_VOC],
            "kernel": [
                f"{found.filters} × {found.in_channels} × {found.kernel_size} × {found.kernel_size}"
                for found in TINY_YOLO_V2_VOC
            ],
            "normalised": ["yes" if convolution.batch_normalized else "no" for convolution in TINY_YOLO_V2_VOC],
            "offset": np.cumsum(counts) - counts,
            "values": counts,
        }
    )


def kernels(statistics: RealStatistics) -> pd.DataFrame:
    """One row a layer: layer, standard_deviation, minimum and maximum of its kernel."""
    layers = dict.fromkeys(statistics.figures["kernels"]["layer"])
    return pd.DataFrame(
        [
            {"layer": layer, **{name: statistics.values[f"{layer}_{name}"] for name in KERNEL_COLUMNS}}
            for layer in layers
        ]
    )


def _summary(result: Mapping[str, Any]) -> tuple[Values, Figures]:
    """Numbers `<layer>_standard_deviation`, `_minimum` and `_maximum`, and the frame kernels."""
    layers = result["layers"]
    values = {f"{layer['layer']}_{name}": layer[name] for layer in layers for name in KERNEL_COLUMNS}
    centres = (EDGES[:-1] + EDGES[1:]) / 2
    frames = [
        pd.DataFrame({"layer": layer["layer"], "deviations": centres, "share": layer["histogram"]}) for layer in layers
    ]
    return values, {"kernels": pd.concat(frames, ignore_index=True)}


_PAGE = RealPage(
    "data_tiny_yolov2",
    "weights",
    dataset=lambda profile, seed: PROFILES[profile],
    files=lambda profile: "real weights of six of nine convolutions",
    configs=lambda folder: [WeightStatistics(folder)],
    summarise=_summary,
)
runs, data, statistics = _PAGE.runs, _PAGE.data, _PAGE.statistics
