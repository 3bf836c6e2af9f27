"""Cheng et al. 2018, Table 2: what an epoch takes at the paper's size, by `make record-recurrent`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.measured_record import measured_record

CLIPS = 1600
"""Of UCF11, as the paper counts them; of which how many are trained on is not said."""
HEADINGS = {
    "model": "network",
    "milliseconds": "ms a step",
    "epoch": "s an epoch",
    "speed_up": "speed-up",
    "with_features": "s with the features",
    "speed_up_with_features": "speed-up",
    "printed": "paper, s",
    "printed_speed_up": "paper's",
}
FORMATS = {
    "milliseconds": ",.0f",
    "epoch": ",.0f",
    "with_features": ",.0f",
    "speed_up": ".2f",
    "speed_up_with_features": ".2f",
    "printed": ",.0f",
    "printed_speed_up": ".2f",
}


def epochs(record: Mapping[str, Any], printed: pd.DataFrame) -> pd.DataFrame:
    """One row a network: seconds of an epoch of `CLIPS` clips, median of the steps, and the first's over them.

    `with_features` adds the detector's time for the frames of every clip once, where a network takes features.

    Parameters
    ----------
    record
        Of the benchmark: `batch_size`, `frames`, `milliseconds` a step of each network, and `frame_milliseconds` of the
        detector.
    printed
        Table 2: columns row, runtime and speed_up.
    """
    rows = []
    steps = CLIPS / record["batch_size"]
    extraction = CLIPS * record["frames"] * record["frame_milliseconds"] / 1e3
    paper = printed.set_index("row")
    for model, milliseconds in record["milliseconds"].items():
        epoch = steps * float(np.median(milliseconds)) / 1e3
        name = model.replace(" ", "-")  # as the ledger calls a table's row
        row: dict[str, Any] = {
            "model": model,
            "row": name,
            "milliseconds": float(np.median(milliseconds)),
            "epoch": epoch,
        }
        row["with_features"] = epoch + (extraction if "features" in model or model == "DEEPEYE" else 0.0)
        if name in paper.index:
            row |= {"printed": paper.loc[name, "runtime"], "printed_speed_up": paper.loc[name, "speed_up"]}
        rows.append(row)
    found = pd.DataFrame(rows)
    first = found.iloc[0]
    return found.assign(
        speed_up=first["epoch"] / found["epoch"], speed_up_with_features=first["epoch"] / found["with_features"]
    )


def shorter_epochs(record: Mapping[str, Any]) -> pd.DataFrame:
    """One row a claim: columns claim, value (seconds that the plain RNN's epoch is longer), value_spread, rounds."""
    steps = CLIPS / record["batch_size"]
    plain = np.array(record["milliseconds"]["RNN"])
    rows = []
    for claim, model in {"features_train_faster": "DEEPEYE", "frames_train_faster": "T-RNN with frame inputs"}.items():
        saved = steps * (plain - np.array(record["milliseconds"][model])) / 1e3
        rows.append((claim, *mean_and_half_width(saved), len(saved)))
    return pd.DataFrame(rows, columns=["claim", "value", "value_spread", "rounds"])


def recorded() -> dict[str, Any]:
    """What `make record-recurrent` measured."""
    return measured_record("recurrent")
