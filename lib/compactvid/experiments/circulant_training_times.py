"""Araujo et al. 2018, Table 3: what circulant factors cost in training, by `make record-circulant-training`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.measured_record import measured_record

PARTS = ("whole model", "fully connected layers")
SPEED_HEADINGS = {
    "row": "factors",
    "batch_size": "batch",
    "examples_per_second": "examples/s",
    "ratio": "to dense",
    "ratio_spread": "±",
    "paper_examples_per_second": "paper",
    "paper_ratio": "to dense",
}
SPEED_FORMATS = {
    "examples_per_second": ",.2f",
    "ratio": ".3f",
    "ratio_spread": ".3f",
    "paper_examples_per_second": ",.0f",
    "paper_ratio": ".3f",
}


def recorded() -> dict[str, Any]:
    """What `make record-circulant-training` measured.

    Raises
    ------
    FileNotFoundError
        It has not run yet.
    """
    return measured_record("circulant_training")


def speeds(record: Mapping[str, Any], part: str) -> pd.DataFrame:
    """One row a kind of fully connected layer and batch size: columns of `SPEED_HEADINGS`.

    Examples a second are those of the median step; a ratio is the dense layer's seconds over this one's, mean over the
    rounds with the half width of its 95 % t interval.

    Parameters
    ----------
    record
        As `recorded` gives it.
    part
        What was measured: one of `PARTS`.
    """
    printed = papers.table("araujo2018", "table_3").frame().set_index("row")["examples_per_second"]
    rows = []
    for measured in record["measured"]:
        dense = np.array(measured["seconds"]["Dense-FC"])
        for row, seconds in measured["seconds"].items() if measured["part"] == part else ():
            ratio, half = (1.0, 0.0) if row == "Dense-FC" else mean_and_half_width(dense / np.array(seconds))
            speed, paper = measured["batch_size"] / np.median(seconds), printed.get(row, np.nan)
            rows.append((row, measured["batch_size"], speed, ratio, half, paper, paper / printed["Dense-FC"]))
    return pd.DataFrame(rows, columns=list(SPEED_HEADINGS))


def ratios(record: Mapping[str, Any]) -> pd.DataFrame:
    """What a figure shows, one row a source and number of factors: source, factors, ratio (to dense), ratio_spread.

    The one factor is that without its diagonal, as printed.
    """
    whole, alone = (speeds(record, part) for part in PARTS)
    printed = whole.assign(ratio=whole["paper_ratio"], ratio_spread=0.0)
    sources = {"paper, whole model": printed, "ours, whole model": whole}
    sources |= {f"ours, layers alone, batch {size}": found for size, found in alone.groupby("batch_size")}
    frames = [found.assign(source=source)[found["row"].str.isdigit()] for source, found in sources.items()]
    joined = pd.concat(frames, ignore_index=True)
    return joined.assign(factors=joined["row"].astype(int))[["source", "factors", "ratio", "ratio_spread"]]


def described(ratios: pd.DataFrame) -> str:
    """What the figure of `ratios` shows, in words."""
    lines = [
        f"{source}: " + ", ".join(f"{row.ratio:.2f} with {row.factors}" for row in found.itertuples())
        for source, found in ratios.groupby("source", sort=False)
    ]
    return f"Training examples a second as a ratio to the dense layer, by the number of factors. {'; '.join(lines)}."


def slowdown(record: Mapping[str, Any]) -> dict[str, float]:
    """Examples a second of the whole model with 1 factor minus those with 6: value, spread, seeds (rounds)."""
    (measured,) = (each for each in record["measured"] if each["part"] == "whole model")
    one, six = (measured["batch_size"] / np.array(measured["seconds"][row]) for row in ("1", "6"))
    mean, half = mean_and_half_width(one - six)
    return {"value": mean, "spread": half, "seeds": len(one)}


def predicted_slowdown(record: Mapping[str, Any]) -> float:
    """What 6 factors in place of 1 should cost the whole model's step, by the layers alone, in % of the step."""
    whole, layers = (next(each for each in record["measured"] if each["part"] == part) for part in PARTS)
    if whole["batch_size"] != layers["batch_size"]:
        raise ValueError(f"record: expected the layers alone with batches of {whole['batch_size']} first")
    one, six = (np.median(layers["seconds"][row]) for row in ("1", "6"))
    return float(100 * (six - one) / np.median(whole["seconds"]["1"]))
