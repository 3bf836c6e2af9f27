"""Cheng et al. 2018, abstract and section 6: the five headline numbers, their units, and what they divide.

Nothing is trained and nothing built here: the numbers are the paper's own, the benchmarks' contents those of their
manifests. What became of each headline is in the ledger, which the page quotes.
"""

import pandas as pd

from compactvid import papers
from compactvid.experiments.deepeye2018 import fig_7
from compactvid.manifests import manifest

PROFILES = {"smoke": None, "small": None}
BENCHMARKS = {"moments_in_time": "MOMENTS", "ucf11": "UCF11"}
"""Manifest -> the paper's name of the data set."""
DETECTION = {"voc2007": "Pascal VOC"}
"""What section 5.1 measures mAP on."""
OF_A_BOX = "bndbox"
"""The feature of a manifest that boxes of objects are."""

RELATIVE_HEADINGS = {
    "what": "what differs",
    "smaller": "from",
    "larger": "to",
    "printed": "printed",
    "points": "points",
    "relative": "% of the first",
}
RELATIVE_FORMATS = {"smaller": ".2f", "larger": ".2f", "points": ".2f", "relative": ".2f"}
BENCHMARK_HEADINGS = {"data": "data set", "annotations": "annotations", "boxes": "boxes of objects"}


def data(profile: str, seed: int) -> str:
    """Nothing is measured on data."""
    return "no data: what the paper prints, and what manifests say"


def runs(profile: str, seed: int) -> dict[str, list]:
    """None."""
    return {}


def percentages() -> pd.DataFrame:
    """What the paper prints as differences in %, as points and relative to the first, all in %.

    Columns of `RELATIVE_HEADINGS`, and claim: the key of the row of the ledger that asks for `relative`.
    """
    maps = 100 * fig_7.printed().iloc[0]
    plain, frames, features = papers.table("deepeye2018", "table_2").frame()["accuracy"]
    printed = {entry.id.rpartition(".")[2]: entry.printed for entry in papers.entries("deepeye2018")}
    rows = [
        ("mAP, full precision and 8-bit", maps["full"], maps["eight"], "map_loss_relative"),
        ("accuracy, plain RNN and DEEPEYE", plain, features, "accuracy_gain_relative"),
        ("accuracy, T-RNN on frames and DEEPEYE", frames, features, "gain_over_frames_relative"),
    ]
    found = pd.DataFrame(rows, columns=["what", "smaller", "larger", "claim"])
    found["printed"] = found["claim"].map(printed)
    found["points"] = (found["larger"] - found["smaller"]).abs()
    found["relative"] = 100 * found["points"] / found["smaller"]
    return found


def benchmarks() -> pd.DataFrame:
    """What is annotated in the data sets that the paper names: columns of `BENCHMARK_HEADINGS`."""
    rows = []
    for name, title in (BENCHMARKS | DETECTION).items():
        features = [feature.name for feature in manifest(name).features]
        pictures = {"clip", "JPEGImages"}
        annotations = ", ".join(feature for feature in features if feature not in pictures)
        rows.append({"data": title, "annotations": annotations, "boxes": "yes" if OF_A_BOX in features else "no"})
    return pd.DataFrame(rows)


def boxes_in_a_benchmark() -> float:
    """1 if MOMENTS or UCF11 has boxes of objects, without which there is no mAP; else 0."""
    found = benchmarks().set_index("data")["boxes"]
    return float((found[list(BENCHMARKS.values())] == "yes").any())
