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
SPEED_UPS = {
    "speed_up_measured": ("T-RNN on features", "DEEPEYE", False),
    "speed_up_with_detector": ("T-RNN on features, with the detector's time", "DEEPEYE", True),
    "speed_up_on_frames_measured": ("T-RNN on frames", "T-RNN with frame inputs", False),
}
"""Claim -> in words, whose epoch, and whether the detector's time for its features is added."""
SPEED_UP_HEADINGS = {"network": "network", "value": "ours", "value_spread": "±", "printed": "paper"}
SPEED_UP_FORMATS = {"value": ".3g", "value_spread": ".2g", "printed": ".2f"}


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
    extraction = _extraction(record)
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


def speed_ups(record: Mapping[str, Any], printed: pd.DataFrame) -> pd.DataFrame:
    """One row a claim of `SPEED_UPS`: columns claim, those of `SPEED_UP_HEADINGS`, and rounds.

    `value` is the plain RNN's epoch over the network's, taken within each round of the record: mean of the rounds, and
    half width. The detector's time is one median for all rounds, so that the half width is of the steps alone.

    Parameters
    ----------
    record, printed
        As in `epochs`.
    """
    steps = CLIPS / record["batch_size"]
    epochs = {model: steps * np.array(found) / 1e3 for model, found in record["milliseconds"].items()}
    paper = printed.set_index("row")["speed_up"]
    rows = []
    for claim, (words, model, with_detector) in SPEED_UPS.items():
        ratios = epochs["RNN"] / (epochs[model] + with_detector * _extraction(record))
        rows.append((claim, words, *mean_and_half_width(ratios), paper[model.replace(" ", "-")], len(ratios)))
    return pd.DataFrame(rows, columns=["claim", *SPEED_UP_HEADINGS, "rounds"])


def recorded() -> dict[str, Any]:
    """What `make record-recurrent` measured."""
    return measured_record("recurrent")


def _extraction(record: Mapping[str, Any]) -> float:
    """Seconds that the detector takes for all frames of an epoch."""
    return CLIPS * record["frames"] * record["frame_milliseconds"] / 1e3
