"""Cheng et al. 2018, section 5.3: what 8 bits save the detector at its full size, by `make record-detector`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.measured_record import measured_record

PAPER_SIZE = 608
"""Pixels a side of the input in Table 1."""
NETWORK_HEADINGS = {
    "input_size": "input",
    "precision": "file",
    "file_mb": "MB",
    "multiplications": "multiplications",
    "milliseconds": "ms a frame",
    "first_quartile": "from",
    "third_quartile": "to",
    "frames_per_second": "frames/s",
    "error": "error",
}
RATIO_HEADINGS = {
    "input_size": "input",
    "file_bytes": "bytes",
    "multiplications": "multiplications",
    "milliseconds": "time",
    "milliseconds_spread": "±",
}
FORMATS = {
    "file_mb": ".2f",
    "multiplications": ",.0f",
    "milliseconds": ".1f",
    "first_quartile": ".1f",
    "third_quartile": ".1f",
    "frames_per_second": ".2f",
    "error": ".1e",
}
RATIO_FORMATS = {
    "file_bytes": ".3f",
    "multiplications": ".3f",
    "milliseconds": ".2f",
    "milliseconds_spread": ".2f",
}


def recorded() -> dict[str, Any]:
    """What `make record-detector` measured.

    Returns
    -------
    dict
        `networks`, a dict a network and precision: `input_size` (pixels a side), `precision` ("float32" or "int8"),
        `file_bytes`, `multiplications` (of its convolutions, for a frame), `error` (of its output, root mean square
        relative to the network's own) and `milliseconds` (processor time of a frame, one number a round). Further
        `load` (of the machine, before and after), `threads`, `calibration` (pictures) and `provenance`, with `device`.

    Raises
    ------
    FileNotFoundError
        It has not run yet.
    """
    return measured_record("detector")


def networks(record: Mapping[str, Any]) -> pd.DataFrame:
    """One row a network and precision: columns of `NETWORK_HEADINGS`, and file_bytes.

    Milliseconds are the median of the rounds, with the first and third quartile beside it.
    """
    rows = []
    for found in record["networks"]:
        first, median, third = np.percentile(found["milliseconds"], (25, 50, 75))
        rows.append(
            {
                **found,
                "file_mb": found["file_bytes"] / 1e6,
                "milliseconds": median,
                "first_quartile": first,
                "third_quartile": third,
                "frames_per_second": 1e3 / median,
            }
        )
    return pd.DataFrame(rows)[[*NETWORK_HEADINGS, "file_bytes"]]


def ratios(record: Mapping[str, Any]) -> pd.DataFrame:
    """Float32 over int8, one row an input size: columns of `RATIO_HEADINGS`.

    The ratio of times is the mean over the rounds, in each of which both took their turn, with the half width of its
    95 % t interval.
    """
    found = {(each["input_size"], each["precision"]): each for each in record["networks"]}
    rows = []
    for size in dict.fromkeys(size for size, _ in found):
        whole, small = (found[size, precision] for precision in ("float32", "int8"))
        mean, half = mean_and_half_width(np.array(whole["milliseconds"]) / np.array(small["milliseconds"]))
        counted = {name: whole[name] / small[name] for name in ("file_bytes", "multiplications")}
        rows.append({"input_size": size, **counted, "milliseconds": mean, "milliseconds_spread": half})
    return pd.DataFrame(rows)[list(RATIO_HEADINGS)]


def of_the_paper(record: Mapping[str, Any]) -> pd.DataFrame:
    """Of the network of `PAPER_SIZE`, one row: frames_per_second of its 8-bit file; float32 over 8 bits in time, with
    time_spread, and in multiplications."""
    (eight_bit,) = networks(record).query("input_size == @PAPER_SIZE and precision == 'int8'").to_dict("records")
    found = ratios(record).query("input_size == @PAPER_SIZE")
    found = found.rename(columns={"milliseconds": "time", "milliseconds_spread": "time_spread"})
    return found.assign(frames_per_second=eight_bit["frames_per_second"])


def described(record: Mapping[str, Any]) -> str:
    """For captions: on what was measured, how often and beside what other work."""
    device, (before, after) = record["provenance"]["device"], record["load"]
    return (
        f"LiteRT files of the full-size network, one thread of {device} (load {before:.1f} to {after:.1f}): "
        f"processor time of a frame, median of {rounds(record)} rounds and its quartiles"
    )


def rounds(record: Mapping[str, Any]) -> int:
    """How often each frame was timed."""
    return len(record["networks"][0]["milliseconds"])
