"""Ratios of signal to noise of detectors in 8 bits: kernel by kernel, input by input, block by block.

The networks are those of `compactvid.experiments.detector_errors`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments.detector_errors import KERNEL_SCHEMES, METHODS, SOURCES, beside, by_layer
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.recorded_values import RECORDED

FORMS = {
    "negative_to_zero": "negative values to 0",
    "one_at_most": "values above 1 to 1",
    "unit_interval": "both",
    "eq_2": "both, in 8 bits: Eq. 2",
    "affine": "affine, in 8 bits",
}


def kernel_ratios(profile: str, seed: int) -> pd.DataFrame:
    """Signal to noise of each kernel, by scheme: layer, key, scheme, decibels, decibels_spread, recorded_decibels.

    Ours are means over the worlds, from three of them on with the half widths of their intervals; missing where nothing
    is changed.
    """
    return _ratios(profile, seed, "kernels", lambda row: row["signal_to_noise"], KERNEL_SCHEMES)


def input_ratios(profile: str, seed: int) -> pd.DataFrame:
    """Signal to noise of each convolution's input, by what is done to it; columns as in `kernel_ratios`."""
    return _ratios(profile, seed, "inputs", lambda row: row, FORMS)


def output_ratios(profile: str, seed: int) -> pd.DataFrame:
    """Signal to noise behind each block, all up to there in 8 bits, by method; columns as in `kernel_ratios`."""
    labels = {name: label for name, (label, _) in METHODS.items()}
    return _ratios(profile, seed, "outputs", lambda row: dict(zip(METHODS, row["decibels"], strict=True)), labels)


def costs(ratios: pd.DataFrame) -> pd.DataFrame:
    """Of `output_ratios`, what is left behind the last block, which is another one of ours and of the published."""
    columns = [name for name in ratios if "decibels" in name]
    return ratios.groupby("scheme", sort=False)[columns].last().reset_index()


def in_panels(ratios: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Ratios of ours and recorded ones below each other: columns panel, scheme, layer, decibels, decibels_spread."""
    sources = {"": SOURCES[RECORDED]} if profile == "real" else SOURCES
    panels = []
    for begin, panel in sources.items():
        columns = {f"{begin}{name}": name for name in ("decibels", "decibels_spread")}
        panels.append(ratios[["scheme", "layer", *columns]].rename(columns=columns))
        panels[-1].insert(0, "panel", panel)
    return pd.concat([found for found in panels if found["decibels"].notna().any()], ignore_index=True)


def described(panels: pd.DataFrame) -> str:
    """What a figure of ratios shows, in words: the mean over the layers."""
    parts = []
    for panel, found in panels.groupby("panel", sort=False):
        means = found.groupby("scheme", sort=False)["decibels"].mean().dropna()
        parts.append(f"{panel}: " + ", ".join(f"{scheme} {value:.0f}" for scheme, value in means.items()))
    return f"Mean over the layers, in decibels. {'; '.join(parts)}."


def _ratios(profile: str, seed: int, part: str, decibels: Any, labels: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        (found[0]["layer"], name, label, *_mean([decibels(row)[name] for row in found]))
        for found in by_layer(profile, seed, part)
        for name, label in labels.items()
    ]
    frame = pd.DataFrame(rows, columns=["layer", "key", "scheme", "decibels", "decibels_spread"])
    return beside(frame, ["decibels"], f"{part}.{{layer}}.{{key}}")


def _mean(values: list[float | None]) -> tuple[float, float]:
    """Over the worlds, if each has a value; two worlds have no interval that says anything."""
    known = np.array([np.nan if value is None else value for value in values], "float64")
    return mean_and_half_width(known) if len(known) > 2 else (float(known.mean()), np.nan)


RATIOS = {"kernels": kernel_ratios, "inputs": input_ratios, "outputs": output_ratios}
"""What makes each frame of ratios, by the part of the runs' results that it is of."""
