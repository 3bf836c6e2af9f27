"""Cheng et al. 2018, Table 2: weights, compression and times of three recurrent networks at the paper's size.

Counts are of built models (`compactvid.experiments.recurrent_counts`), times are read from the record of ``make
record-recurrent`` (`compactvid.experiments.recurrent_times`). Nothing is trained here.
"""

import pandas as pd

from compactvid import papers
from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.experiments import recurrent_counts

PROFILES = {"smoke": None, "small": None}
PRINTED_HEADINGS = {
    "row": "network",
    "parameters": "weights, paper",
    "ours": "ours",
    "compression": "compression, paper",
    "our_compression": "ours",
}
PRINTED_FORMATS = dict.fromkeys(("parameters", "ours", "compression", "our_compression"), ",.0f")


def data(profile: str, seed: int) -> str:
    """Nothing is measured on data."""
    return "no data: networks are built, not trained"


def runs(profile: str, seed: int) -> dict[str, list[TensorSizes]]:
    """What counts."""
    return {"counts": recurrent_counts.runs()}


def printed() -> pd.DataFrame:
    """Table 2 as printed."""
    return papers.table("deepeye2018", "table_2").frame()


def beside_printed() -> pd.DataFrame:
    """The paper's counts beside ours: columns of `PRINTED_HEADINGS`."""
    ours = recurrent_counts.table().rename(columns={"parameters": "ours", "compression": "our_compression"})
    return printed().merge(ours[["row", "ours", "our_compression"]], on="row")
