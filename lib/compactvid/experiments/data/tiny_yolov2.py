"""Tiny YOLOv2's weights: what lies where in Darknet's file, and how the published kernels are distributed."""

import numpy as np
import pandas as pd

from compactvid.datasets.darknet import TINY_YOLO_V2_VOC
from compactvid.datasets.folded_weights import FoldedWeights
from compactvid.datasets.statistics.weights import EDGES, WeightStatistics
from compactvid.experiments.real_statistics import RealStatistics, real_statistics, recorded_origin
from compactvid.experiments.statistics import Figures, Values
from compactvid.runs import load_or_run

PROFILES = dict.fromkeys(("smoke", "small", "real"), FoldedWeights())
"""All of the published arrays at each profile."""


def runs(profile: str, seed: int) -> dict[str, list]:
    """Weight statistics; nothing where the data folder holds no kernel."""
    folder = PROFILES[profile]
    return {"statistics": [WeightStatistics(folder)]} if folder.present() else {}


def data(profile: str, seed: int) -> str:
    """Which real weights the statistics are of."""
    return _files(profile) or recorded_origin("data_tiny_yolov2")


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


def statistics(profile: str, seed: int) -> RealStatistics:
    """Numbers `<layer>_standard_deviation`, `_minimum` and `_maximum`, and the frame kernels."""
    return real_statistics("data_tiny_yolov2", "weights", profile, _files(profile), lambda: _measured(profile, seed))


def kernels(statistics: RealStatistics) -> pd.DataFrame:
    """One row a layer: layer, standard_deviation, minimum and maximum of its kernel."""
    columns = ("standard_deviation", "minimum", "maximum")
    layers = dict.fromkeys(statistics.figures["kernels"]["layer"])
    return pd.DataFrame(
        [{"layer": layer, **{name: statistics.values[f"{layer}_{name}"] for name in columns}} for layer in layers]
    )


def _files(profile: str) -> str | None:
    return "real weights of six of nine convolutions" if PROFILES[profile].present() else None


def _measured(profile: str, seed: int) -> tuple[Values, Figures]:
    layers = load_or_run(runs(profile, seed)["statistics"][0]).result["layers"]
    values = {
        f"{layer['layer']}_{name}": layer[name]
        for layer in layers
        for name in ("standard_deviation", "minimum", "maximum")
    }
    centres = (EDGES[:-1] + EDGES[1:]) / 2
    frames = [
        pd.DataFrame({"layer": layer["layer"], "deviations": centres, "share": layer["histogram"]}) for layer in layers
    ]
    return values, {"kernels": pd.concat(frames, ignore_index=True)}
