"""Eqs. 1 and 2 of Cheng et al. 2018 as functions: drawn, and asked what the paper says of them."""

from collections.abc import Mapping

import pandas as pd

from compactvid.compression.printed_quantizers import PrintedQuantizers
from compactvid.compression.transfer_functions import TransferFunctions
from compactvid.report.panel import Panel
from compactvid.runs import load_or_run

GRID = PrintedQuantizers()
CURVES = {
    "3 bits: whole range": (TransferFunctions(-1.25, 1.25, 81, bits=3), Panel("weight", "level")),
    "8 bits: near zero": (TransferFunctions(-4 / 128, 4 / 128, 65), Panel("weight", "level")),
    "8 bits: near the lower end": (TransferFunctions(-130 / 128, -124 / 128, 49), Panel("weight", "level")),
    "3 bits: feature maps": (
        TransferFunctions(-0.5, 1.5, 129, bits=3, feature_maps=True),
        Panel("value before", "value after"),
    ),
}
"""The panels of the drawing: fewer bits follow the same rules, and have steps that can be seen."""
PANELS = {title: panel for title, (_, panel) in CURVES.items()}
QUANTIZERS = {
    "floor": "Eq. 1, floor",
    "truncation": "Eq. 1, truncation",
    "nearest": "symmetric, to the nearest",
    "eq_2": "Eq. 2, clipped",
    "affine": "affine",
}


def runs() -> list:
    """All that is evaluated."""
    return [GRID, *(curve for curve, _ in CURVES.values())]


def transfer() -> pd.DataFrame:
    """Output over input of each quantiser: columns panel, quantizer, input and output."""
    frames = []
    for panel, (curve, _) in CURVES.items():
        found = load_or_run(curve).result
        for name, label in QUANTIZERS.items():
            if name in found:
                frames.append(
                    pd.DataFrame({"panel": panel, "quantizer": label, "input": found["input"], "output": found[name]})
                )
    return pd.concat(frames, ignore_index=True)


def grid_errors() -> pd.DataFrame:
    """What Eq. 1 does to all weights of the grid, beside the nearest level: a row a quantiser.

    Columns: quantizer; lowest and highest level; mean_error and root_mean_square_error, in levels.
    """
    columns = ["lowest", "highest", "mean_error", "root_mean_square_error"]
    found = load_or_run(GRID).result["weights"]
    return pd.DataFrame(
        [
            {"quantizer": label, **{column: found[name][column] for column in columns}}
            for name, label in QUANTIZERS.items()
            if name in found
        ]
    )


def statements() -> list[tuple[str, bool, str]]:
    """Of each claim that the equations alone decide: its name, whether it is true, and what they give."""
    found = load_or_run(GRID).result
    weights, cases, small, maps = (found[name] for name in ("weights", "cases", "small", "feature_maps"))
    floor, truncation = weights["floor"], weights["truncation"]
    levels = "levels {lowest} to {highest}; {below:.2%} of [-1, 1] get one below -127"
    return [
        ("range_with_floor", _in_range(floor), levels.format(**floor)),
        ("range_with_truncation", _in_range(truncation), levels.format(**truncation)),
        (
            "zero_has_a_level",
            cases["of_zero"] > 0,
            f"0 is in {cases['of_zero']} of the three cases; each other weight is in {cases['fewest']}",
        ),
        (
            "small_weights_vanish",
            small["vanish"] == 2 * small["count"],
            f"of the {small['count']} weights of the grid that are nearest to 0, {small['vanish'] // 2} get 0; they "
            f"move by up to {small['largest_error']:.3f} of a level",
        ),
        (
            "order_with_floor",
            floor["drops"] == 0,
            f"at {floor['drops']} place of the grid a larger weight gets a lower level; with truncation at "
            f"{truncation['drops']}",
        ),
        (
            "feature_maps_in_8_bits",
            maps["values"] == maps["kept"] == 2**GRID.bits,
            f"{maps['values']} values, of which {maps['kept']} stay as they are; the highest is {maps['highest']:g}",
        ),
    ]


def _in_range(levels: Mapping[str, float]) -> bool:
    """The range that section 2.2 states."""
    highest = 2 ** (GRID.bits - 1) - 1
    return -highest <= levels["lowest"] and levels["highest"] <= highest
