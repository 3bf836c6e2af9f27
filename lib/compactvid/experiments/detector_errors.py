"""What 8 bits do to detectors' weights and feature maps: ours, and the published one.

Ours are the detectors that Fig. 7 of Cheng et al. 2018 trains (`compactvid.experiments.detection_grid`), one a world.
At the profile `real` the network is what is published of tiny-YOLOv2. Frames have a column of what is recorded of it
beside each column of ours: `recorded_` + column.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.kernel_errors import LEVELS, READINGS
from compactvid.compression.quantization_errors import DetectorQuantizationErrors, PublishedQuantizationErrors
from compactvid.datasets.published_detector import PublishedDetector
from compactvid.experiments import detection_grid as grid
from compactvid.experiments.recorded_values import RECORDED, beside_recorded
from compactvid.papers.results import recorded_file
from compactvid.root import project_root
from compactvid.runs import load_or_run

STEM = "deepeye2018_fig_3"
WEIGHTS_ALONE = {
    "floor": ("Eq. 1, floor", grid.AS_PRINTED),
    "truncation": ("Eq. 1, truncation", replace(grid.AS_PRINTED, scheme="deepeye_truncation")),
    "floor_scaled": ("Eq. 1, floor, scaled", grid.Q_YOLO),
    "truncation_scaled": ("Eq. 1, truncation, scaled", replace(grid.Q_YOLO, scheme="deepeye_truncation_scaled")),
    "symmetric": ("symmetric per channel", grid.STANDARD),
}
WITH_FEATURE_MAPS = {
    "as_printed": ("Eq. 1, floor, and Eq. 2: as printed", grid.AS_PRINTED),
    "eq_2": ("symmetric per channel, and Eq. 2", replace(grid.STANDARD, activations="deepeye")),
    "q_yolo": ("Eq. 1, floor, scaled, and affine: Q-YOLO", grid.Q_YOLO),
    "standard": ("symmetric per channel, and affine", grid.STANDARD),
}
METHODS = {
    **{name: (label, replace(method, activations=None)) for name, (label, method) in WEIGHTS_ALONE.items()},
    **WITH_FEATURE_MAPS,
}
"""By the last part of the result keys: a name, and what the convolutions compute with."""
PUBLISHED = PublishedQuantizationErrors(PublishedDetector(), tuple(method for _, method in METHODS.values()))
KERNEL_SCHEMES = {
    "deepeye_floor": "Eq. 1, floor",
    "deepeye_truncation": "Eq. 1, truncation",
    "deepeye_floor_fitted": "Eq. 1, floor, best factor",
    "deepeye_truncation_fitted": "Eq. 1, truncation, best factor",
    "deepeye_floor_scaled": "Eq. 1, floor, scaled",
    "deepeye_truncation_scaled": "Eq. 1, truncation, scaled",
    "affine": "affine",
    "symmetric": "symmetric",
    "symmetric_per_channel": "symmetric per channel",
}
SOURCES = {"": "trained detectors", RECORDED: "published weights"}
DRAWN_LEVELS = 40
KERNEL_KEY, INPUT_KEY, FACTOR_KEY = "kernels.{layer}.{column}", "inputs.{layer}.{column}", "factors.{reading}"


def networks(profile: str, seed: int) -> list:
    """The published network at `real`, else the detector of each world."""
    if profile == "real":
        return [PUBLISHED]
    return [
        DetectorQuantizationErrors(grid.training(profile, world), PUBLISHED.methods)
        for world in grid.worlds(profile, seed)
    ]


def key(name: str, profile: str) -> str:
    """The result key, or its pattern, of a number of the page's own; at `real` it is one apart."""
    return f"{STEM}.real.{name}" if profile == "real" else f"{STEM}.{name}"


def kernels(profile: str, seed: int) -> pd.DataFrame:
    """One row a kernel.

    Columns: layer; largest, the largest magnitude in all worlds (missing at `real`: of a published kernel it is not
    known), and folded_largest, that with batch normalisation folded in; and means over the worlds: shares in %,
    to_one_level and int_differs, and levels, how many Eq. 1 uses (see `compactvid.compression.kernel_errors`).
    """
    rows = []
    for found in by_layer(profile, seed, "kernels"):
        values = np.array([kernel["values"] for kernel in found])
        rows.append(
            {
                "layer": found[0]["layer"],
                "largest": np.nan if profile == "real" else max(kernel["largest"] for kernel in found),
                "folded_largest": max(kernel["folded_largest"] for kernel in found),
                **{
                    name: 100 * np.mean([kernel[name] for kernel in found] / values)
                    for name in ("to_one_level", "int_differs")
                },
                "levels": np.mean([kernel["levels"]["deepeye_floor"] for kernel in found]),
            }
        )
    frame = pd.DataFrame(rows)
    return beside(frame, ["folded_largest", "to_one_level", "int_differs", "levels"], KERNEL_KEY)


def inputs(profile: str, seed: int) -> pd.DataFrame:
    """One row an input of a convolution: layer, low and high of all worlds; negative and above_one, shares in %."""
    rows = [
        {
            "layer": found[0]["layer"],
            "low": min(row["low"] for row in found),
            "high": max(row["high"] for row in found),
            **{name: 100 * np.mean([row[name] for row in found]) for name in ("negative", "above_one")},
        }
        for found in by_layer(profile, seed, "inputs")
    ]
    return beside(pd.DataFrame(rows), ["low", "high", "negative", "above_one"], INPUT_KEY)


def factor(profile: str, seed: int, reading: str) -> float:
    """The factor that fits Eq. 1's levels to all kernels of all worlds with the least squared error."""
    sums = [kernel["fit"][reading] for found in by_layer(profile, seed, "kernels") for kernel in found]
    products, squares = np.sum(sums, axis=0)
    return float(products / squares)


def factors(profile: str, seed: int) -> pd.DataFrame:
    """That factor in units of 2^-7: columns reading, factor, recorded_factor."""
    rows = [{"reading": name, "factor": 128 * factor(profile, seed, name)} for name in READINGS]
    return beside(pd.DataFrame(rows), ["factor"], FACTOR_KEY)


def int_differs(profile: str, seed: int) -> float:
    """Share in % of the weights of all worlds whose level depends on the reading of INT."""
    found = [kernel for layer in by_layer(profile, seed, "kernels") for kernel in layer]
    return 100 * sum(kernel["int_differs"] for kernel in found) / sum(kernel["values"] for kernel in found)


def levels(profile: str, seed: int) -> pd.DataFrame:
    """Shares of all kernels' values at the levels near 0: columns panel, scheme, level and share.

    Ours, of all worlds, and the published ones as they were recorded; at `real` these alone, as measured.
    """
    found = [kernel["histogram"] for layer in by_layer(profile, seed, "kernels") for kernel in layer]
    drawn = np.abs(LEVELS) <= DRAWN_LEVELS
    frames = []
    for name in found[0]:
        counts = np.sum([histogram[name] for histogram in found], axis=0)
        columns = {"level": np.array(LEVELS)[drawn], "share": (counts / counts.sum())[drawn]}
        panel = SOURCES[RECORDED if profile == "real" else ""]
        frames.append(pd.DataFrame({"panel": panel, "scheme": KERNEL_SCHEMES[name], **columns}))
    recorded = None if profile == "real" else recorded_file(project_root(), STEM)
    if recorded is not None:
        frames.append(pd.DataFrame(recorded.figures["levels"]))
    return pd.concat(frames, ignore_index=True)


def by_layer(profile: str, seed: int, part: str) -> list[tuple[dict[str, Any], ...]]:
    """For each layer what was found in each network: `part` of what their runs return."""
    found = [load_or_run(network).result[part] for network in networks(profile, seed)]
    return list(zip(*found, strict=True))


def beside(frame: pd.DataFrame, columns: list[str], pattern: str) -> pd.DataFrame:
    """The frame with what is recorded of the published network; the pattern is of `key`."""
    return beside_recorded(frame, columns, key(pattern, "real"), STEM)
