"""Cheng et al. 2018, Fig. 3 and Eqs. 1 and 2: the quantisers, and what each reading of them costs.

The plan, written before any of it was computed. What the equations say is evaluated on every multiple of 2^-16 in their
domains. What they do to weights and feature maps is measured on the detectors that Fig. 7 trains (`detection_grid`): on
the kernels of the best checkpoint, and on the first 64 test images of each world, affine levels being calibrated on the
first 128 validation images. At `real` the network is what is published of tiny-YOLOv2's weights: six kernels, and the
first five blocks as a network, on Pascal VOC's sample and Darknet's pictures; the sample's first 20 images calibrate.
**Batch normalisation is folded into the published kernels**, where the paper quantises raw weights and keeps batch
normalisation as a layer. So they decide no row of the ledger: what is measured at `real` has keys of its own.

A ratio of signal to noise is one of sums of squares over all values, in decibels; over worlds, means with 95 % t
intervals. Nothing is tested: the claims are statements, and two numbers stand beside what can't be decided.

`scaling_factor`
    sum(w w^q) / sum(w^q w^q) over all kernels of all worlds, with the floor for INT and weights clipped to [-1, 1].
`smaller_nearest_integer`
    Share of the same weights whose level differs between floor and truncation.
"""

from typing import Any

import pandas as pd

from compactvid import papers
from compactvid.experiments import detection_grid as grid
from compactvid.experiments import detector_errors as errors
from compactvid.experiments import printed_equations as equations
from compactvid.experiments import quantization_ratios as ratios
from compactvid.experiments.recorded_values import RECORDED

USES = ("deepeye2018_fig_7",)
PROFILES: dict[str, Any] = grid.SCALES | {"real": errors.PUBLISHED}

STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what the equations, or the networks, give"}
GRID_HEADINGS = {
    "quantizer": "quantiser",
    "lowest": "lowest level",
    "highest": "highest level",
    "mean_error": "mean error, levels",
    "root_mean_square_error": "root mean square error, levels",
}
KERNEL_HEADINGS = {
    "layer": "kernel",
    "largest": "largest magnitude",
    "folded_largest": "batch normalisation folded in",
    "recorded_folded_largest": "published, folded in",
    "to_one_level": "made ±1, %",
    "recorded_to_one_level": "published",
    "int_differs": "INT matters, %",
    "recorded_int_differs": "published",
    "levels": "levels used",
    "recorded_levels": "published",
}
INPUT_HEADINGS = {
    "layer": "input of",
    "low": "smallest",
    "recorded_low": "published",
    "high": "largest",
    "recorded_high": "published",
    "negative": "negative, %",
    "recorded_negative": "published",
    "above_one": "above 1, %",
    "recorded_above_one": "published",
}
COST_HEADINGS = {
    "scheme": "in 8 bits",
    "decibels": "trained detectors, dB",
    "decibels_spread": "±",
    "recorded_decibels": "published weights, dB",
}
FACTOR_HEADINGS = {"reading": "INT", "factor": "best factor, in 1/128", "recorded_factor": "published weights"}
_DIGITS = dict.fromkeys(("largest", "folded_largest", "low", "high"), ".2f") | {"levels": ".0f", "factor": ".4f"}
_DIGITS |= dict.fromkeys(("to_one_level", "int_differs", "negative", "above_one", "decibels", "decibels_spread"), ".1f")
FORMATS = {
    "mean_error": ".3f",
    "root_mean_square_error": ".3f",
    **{f"{begin}{name}": form for name, form in _DIGITS.items() for begin in ("", RECORDED)},
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The equations on their grids, and the errors of each network."""
    return {"equations": equations.runs(), "networks": errors.networks(profile, seed)}


def data(profile: str, seed: int) -> str:
    """What the measured numbers are of."""
    if profile == "real":
        return "published weights, batch normalisation folded in, on Pascal VOC's sample and Darknet's pictures"
    return grid.data(profile, seed)


def statements(profile: str, seed: int) -> pd.DataFrame:
    """The paper's sentences: claim, value (1 or 0), true (yes or no), answer, sentence, key, and measured (a bool).

    Those that are measured have keys apart at `real`, which no row of the ledger has.
    """
    measured = _of_networks(profile, seed)
    frame = pd.DataFrame([*equations.statements(), *measured], columns=["claim", "value", "answer"])
    frame["true"] = frame["value"].map({True: "yes", False: "no"})
    frame["value"] = frame["value"].astype(int)
    said = {entry.id: entry.quotation for entry in papers.entries("deepeye2018")}
    frame["sentence"] = [said[f"deepeye2018.claims.{claim}"] for claim in frame["claim"]]
    frame["measured"] = frame["claim"].isin([claim for claim, _, _ in measured])
    frame["key"] = [
        _key(claim, profile if apart else "") for claim, apart in zip(frame["claim"], frame["measured"], strict=True)
    ]
    return frame


def open_numbers(profile: str, seed: int) -> pd.DataFrame:
    """What stands beside the two statements that can't be decided: columns key, value and unit."""
    rows = [
        (_key("scaling_factor", profile), errors.factor(profile, seed, "floor"), "1"),
        (_key("smaller_nearest_integer", profile), errors.int_differs(profile, seed), "%"),
    ]
    return pd.DataFrame(rows, columns=["key", "value", "unit"])


def to_record(profile: str, seed: int, unit: str) -> pd.DataFrame:
    """The page's own numbers of a unit: columns key, value and, of ratios over three worlds or more, value_spread.

    Parameters
    ----------
    unit
        "dB", "%", or "1" for magnitudes, levels and factors.
    """
    parts: dict[str, list[tuple[Any, str, tuple[str, ...]]]] = {
        "dB": [(make, f"{part}.{{layer}}.{{key}}", ("decibels",)) for part, make in ratios.RATIOS.items()],
        "%": [
            (errors.kernels, errors.KERNEL_KEY, ("to_one_level", "int_differs")),
            (errors.inputs, errors.INPUT_KEY, ("negative", "above_one")),
        ],
        "1": [
            (errors.kernels, errors.KERNEL_KEY, ("folded_largest", "levels")),
            (errors.inputs, errors.INPUT_KEY, ("low", "high")),
            (errors.factors, errors.FACTOR_KEY, ("factor",)),
        ],
    }
    rows = [
        (errors.key(pattern.format_map({**row, "column": column}), profile), row[column], row.get(f"{column}_spread"))
        for make, pattern, columns in parts[unit]
        for row in make(profile, seed).to_dict("records")
        for column in columns
    ]
    frame = pd.DataFrame(rows, columns=["key", "value", "value_spread"]).dropna(subset="value")
    return frame.dropna(axis="columns", how="all")


def _of_networks(profile: str, seed: int) -> list[tuple[str, bool, str]]:
    kernels, inputs = errors.kernels(profile, seed), errors.inputs(profile, seed).set_index("layer")
    magnitudes = kernels.set_index("layer")["folded_largest" if profile == "real" else "largest"]
    outside = (inputs["low"] < 0) | (inputs["high"] > 1)
    return [
        (
            "weights_within_one",
            bool((magnitudes <= 1).all()),
            f"{(magnitudes > 1).sum()} of {len(magnitudes)} kernels leave [-1, 1]; the largest magnitude is "
            f"{magnitudes.max():.2f}, in {magnitudes.idxmax()}",
        ),
        (
            "feature_maps_within_one",
            bool(not outside.any()),
            f"{outside.sum()} of {len(inputs)} convolutions are given values outside of [0, 1], from "
            f"{inputs['low'].min():.2f} to {inputs['high'].max():.2f}",
        ),
    ]


def _key(claim: str, profile: str) -> str:
    return errors.key(f"claims.{claim}", profile) if profile == "real" else f"deepeye2018.claims.{claim}"
