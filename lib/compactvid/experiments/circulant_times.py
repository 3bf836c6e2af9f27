"""Araujo et al. 2018, section 3: what products with circulant matrices cost, by `make record-circulant`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.measured_record import measured_record

TIME_HEADINGS = {"order": "n", "dense": "dense", "circulant": "circulant", "ratio": "dense / circulant"}
EXPONENT_HEADINGS = {"product": "product", "exponent": "exponent", "exponent_spread": "±"}
LAYER_HEADINGS = {"device": "machine", "threads": "threads", "load": "load", "ratio": "dense / circulant"}
FORMATS = {
    "dense": ".3f",
    "circulant": ".3f",
    "load": ".1f",
    "ratio": ".2f",
    "exponent": ".2f",
    "exponent_spread": ".2f",
}


def recorded() -> dict[str, Any]:
    """What `make record-circulant` measured.

    Raises
    ------
    FileNotFoundError
        It has not run yet.
    """
    return measured_record("circulant")


def products(record: Mapping[str, Any]) -> pd.DataFrame:
    """Processor milliseconds of a product, median of the repetitions: order, dense, circulant, and their ratio."""
    measured = record["threads"]["1"]["products"]
    frame = pd.DataFrame({name: 1e3 * np.median(found, axis=0) for name, found in measured["seconds"].items()})
    frame.insert(0, "order", measured["orders"])
    return frame.assign(ratio=frame["dense"] / frame["circulant"])


def exponents(record: Mapping[str, Any]) -> pd.DataFrame:
    """Exponent of the time in n, mean over the repetitions with half width: dense, circulant, and their difference."""
    measured = record["threads"]["1"]["products"]
    orders = np.log(measured["orders"])
    slopes = {name: np.polyfit(orders, np.log(found).T, 1)[0] for name, found in measured["seconds"].items()}
    slopes["difference"] = slopes["dense"] - slopes["circulant"]
    rows = [(name, *mean_and_half_width(found)) for name, found in slopes.items()]
    return pd.DataFrame(rows, columns=list(EXPONENT_HEADINGS))


def repetitions(record: Mapping[str, Any]) -> int:
    """How often products were timed."""
    return len(record["threads"]["1"]["products"]["seconds"]["dense"])


def layer(record: Mapping[str, Any]) -> pd.DataFrame:
    """The fully connected layer, 8192 to 512 values, forward and with gradients, on one thread: one row.

    Columns device, threads, load (of the machine), ratio: the dense layer's median seconds over the circulant one's.
    """
    measured = record["threads"]["1"]
    wanted = {"features": 8192, "units": 512, "mode": "graph", "work": "forward and gradients"}
    (row,) = (row for row in measured["layers"] if wanted.items() <= row.items())
    found = record["provenance"]["device"], 1, measured["load"], row["median_ratio"]["dense"]
    return pd.DataFrame([found], columns=list(LAYER_HEADINGS))
