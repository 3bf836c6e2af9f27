"""Cheng et al. 2018, sections 4 and 5.3: the detector's bytes, 63.5 MB before and 15.9 after, read in several ways.

What the printed sizes leave open, such as in how many bits batch normalisation is, is counted in every way that the
text allows. The counts are of arrays of files that are written at full size and read back.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from compactvid import papers
from compactvid.compression.detector_files import DetectorFiles
from compactvid.models import TinyYOLOv2
from compactvid.runs import load_or_run

PAPER = TinyYOLOv2(input_size=(608, 608))
FILES = DetectorFiles(PAPER)
ENDS = ["conv1", "conv9"]
"""The first and the last convolution."""

READING_HEADINGS = {"reading": "in 8 bits", "mb": "MB", "mib": "MiB", "rate": "rate"}
FILE_HEADINGS = {
    "file": "file",
    "holds": "holds",
    "mb": "MB",
    "mib": "MiB",
    "others": "bytes of no array",
    "rate": "rate",
}
FORMATS = {"mb": ".3f", "mib": ".3f", "rate": ".3f", "others": ",.0f"}


def arrays(form: str) -> pd.DataFrame:
    """The arrays of the "darknet" file or of that of "integers": columns convolution, array, dtype, bytes."""
    return pd.DataFrame(load_or_run(FILES).result["arrays"][form])


def printed(claim: str) -> float:
    """The number that the paper prints for a claim.

    Raises
    ------
    ValueError
        It prints none.
    """
    (number,) = (entry.number for entry in papers.entries("deepeye2018") if entry.id == f"deepeye2018.claims.{claim}")
    if number is None:
        raise ValueError(f"deepeye2018.claims.{claim}: expected a printed number")
    return float(number)


def printed_rate() -> float:
    """How many times smaller 8 bits are said to make the network."""
    return printed("compression_in_print")


def printed_rate_range() -> tuple[float, float]:
    """The smallest and the largest quotient of two sizes that print as the paper's, to 0.1 MB."""
    before, after = printed("float_size"), printed("eight_bit_size")
    return (before - 0.05) / (after + 0.05), (before + 0.05) / (after - 0.05)


def readings() -> pd.DataFrame:
    """The bytes of the network's values, by what of them is in 8 bits: columns key and those of `READING_HEADINGS`.

    Rates are over the float network's bytes. A bias a filter is left where batch normalisation is folded into kernels.
    """
    values = arrays("darknet").assign(values=lambda frame: frame["bytes"] // 4)
    count = values.groupby(values["array"])["values"].sum()
    ends = values[values["convolution"].isin(ENDS)].groupby("array")["values"].sum()
    everything, kernels, biases = count.sum(), count["kernel"], count["bias"]
    others = everything - kernels
    rows = [
        ("float", "nothing", 4 * everything),
        ("inner", "kernels, but of the first and the last convolution", kernels + 3 * ends["kernel"] + 4 * others),
        ("kernels", "kernels", kernels + 4 * others),
        ("folded", "kernels, with batch normalisation folded into them", kernels + 4 * biases),
        ("all", "all values", everything),
    ]
    return pd.DataFrame(
        [
            (key, reading, size / 1e6, size / 2**20, 4 * everything / size if key != "float" else None)
            for key, reading, size in rows
        ],
        columns=["key", *READING_HEADINGS],
    )


def files(record: Mapping[str, Any]) -> pd.DataFrame:
    """Written files of the network of 608 x 608: columns key and those of `FILE_HEADINGS`.

    The rate of an 8-bit file is over the float32 file of the row before it. Of LiteRT's files `others` is not known.

    Parameters
    ----------
    record
        What is recorded of LiteRT's files: see `compactvid.experiments.detector_times.recorded`.
    """
    written = load_or_run(FILES).result["file_bytes"]
    values, integers = (arrays(form)["bytes"].sum() for form in ("darknet", "integers"))
    litert = {
        network["precision"]: network["file_bytes"]
        for network in record["networks"]
        if (network["input_size"],) * 2 == PAPER.input_size
    }
    rows = [
        ("keras", "Keras", "float32", written["keras"], values),
        ("darknet", "Darknet", "float32", written["darknet"], values),
        ("integers", "integers", "8-bit kernels, 9 bytes a filter", written["integers"], integers),
        ("litert_float32", "LiteRT", "float32", litert["float32"], None),
        ("litert_int8", "LiteRT", "8-bit kernels", litert["int8"], None),
    ]
    frame = pd.DataFrame(rows, columns=["key", "file", "holds", "bytes", "arrays"])
    frame["mb"], frame["mib"] = frame["bytes"] / 1e6, frame["bytes"] / 2**20
    frame["others"] = frame["bytes"] - frame["arrays"]
    frame["rate"] = (frame["bytes"].shift() / frame["bytes"]).where(frame["holds"] != "float32")
    return frame[["key", *FILE_HEADINGS]]


def rates(readings: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """What the rate of bytes may be: columns source ("paper", "counted" or "written"), label, rate."""
    parts = [
        pd.DataFrame({"source": ["paper"], "label": ["as printed"], "rate": [printed_rate()]}),
        readings.assign(source="counted", label="in 8 bits: " + readings["reading"]),
        files.assign(source="written", label="file of " + files["file"]),
    ]
    found = pd.concat(part[part["rate"].notna()][["source", "label", "rate"]] for part in parts)
    return found.reset_index(drop=True)
