"""What was recorded of an experiment on real data, to stand beside what a page made itself."""

import numpy as np
import pandas as pd

from compactvid.papers.results import recorded_file
from compactvid.root import project_root

RECORDED = "recorded_"
"""Begins the columns of recorded values."""


def beside_recorded(frame: pd.DataFrame, columns: list[str], key: str, stem: str) -> pd.DataFrame:
    """The frame with what is recorded of the profile `real`: `recorded_` + column, and its `..._spread`.

    Parameters
    ----------
    frame, columns
        What was made here, and which of its columns have a recorded twin.
    key
        Pattern of the result keys over the row's columns and `{column}`. What was not recorded is NaN.
    stem
        Of the experiment, such as `liu2018_table_1`.
    """
    recorded = recorded_file(project_root(), stem)
    results = recorded.results if recorded else {}
    found = pd.DataFrame(index=frame.index)
    for column in columns:
        of_rows = [results.get(key.format_map({**row, "column": column})) for row in frame.to_dict("records")]
        found[f"{RECORDED}{column}"] = [each.value if each else np.nan for each in of_rows]
        if f"{column}_spread" in frame:
            found[f"{RECORDED}{column}_spread"] = [each.spread if each else np.nan for each in of_rows]
    return frame.join(found.astype("float64"))


def described(stem: str) -> str:
    """For captions: what the recorded columns of an experiment's page are of, or that there is nothing yet."""
    recorded = recorded_file(project_root(), stem)
    if recorded is None:
        return f"AudioSet: not recorded yet (make record STEM={stem} PROFILE=real)"
    of = sorted({result.data for result in recorded.results.values() if result.data and "AudioSet" in result.data})
    return f"Recorded beforehand: {'; '.join(of)}"
