"""What was recorded of an experiment, to stand beside what a page made itself."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from compactvid.papers.results import REAL_PROFILES, recorded_file
from compactvid.root import project_root

RECORDED, FULL = "recorded_", "full_"
"""Begin the columns of values that are recorded of real data, and of the profile `full`."""


def beside_recorded(
    frame: pd.DataFrame,
    columns: list[str],
    key: str,
    stem: str,
    *,
    profiles: Sequence[str] = REAL_PROFILES,
    begin: str = RECORDED,
) -> pd.DataFrame:
    """The frame with what is recorded of its values: `recorded_` + column, and its `..._spread`.

    Parameters
    ----------
    frame, columns
        What was made here, and which of its columns have a recorded twin.
    key
        Pattern of the result keys over the row's columns and `{column}`. What was not recorded is NaN.
    stem
        Of the experiment, such as `liu2018_table_1`.
    profiles
        Of which the heaviest that is recorded counts; by default those of real data.
    begin
        Begins the names of the columns.
    """
    recorded = recorded_file(project_root(), stem, profiles)
    results = recorded.results if recorded else {}
    found = pd.DataFrame(index=frame.index)
    for column in columns:
        of_rows = [results.get(key.format_map({**row, "column": column})) for row in frame.to_dict("records")]
        found[f"{begin}{column}"] = [each.value if each else np.nan for each in of_rows]
        if f"{column}_spread" in frame:
            found[f"{begin}{column}_spread"] = [each.spread if each else np.nan for each in of_rows]
    return frame.join(found.astype("float64"))


def beside_full(frame: pd.DataFrame, columns: list[str], key: str, stem: str) -> pd.DataFrame:
    """The frame with what the profile `full` recorded under the same keys: `full_` + column, and its `..._spread`."""
    return beside_recorded(frame, columns, key, stem, profiles=["full"], begin=FULL)


def own_or_full(frame: pd.DataFrame, columns: list[str], key: str, stem: str, profile: str) -> pd.DataFrame:
    """The frame as it is at `full`, which records it; elsewhere with the values that were recorded for its own.

    For what only `full` trains: the frame has all rows at every profile. Parameters are those of `beside_recorded`; the
    `..._spread` of a column goes with it.
    """
    if profile == "full":
        return frame
    found = beside_full(frame, columns, key, stem)
    both = [name for column in columns for name in (column, f"{column}_spread") if name in frame]
    return frame.assign(**{name: found[f"{FULL}{name}"] for name in both})


def recorded_figure(stem: str, name: str, profile: str) -> pd.DataFrame | None:
    """What a figure plotted when `full` was recorded; None where it was not, and at `full`, which records it anew."""
    recorded = None if profile == "full" else recorded_file(project_root(), stem, ["full"])
    return pd.DataFrame(recorded.figures[name]) if recorded and name in recorded.figures else None


def figure_at_full(own: pd.DataFrame, stem: str, name: str, profile: str) -> tuple[pd.DataFrame, str]:
    """What a figure shows: its own frame at `full` and on real data; elsewhere what `full` recorded, where it did.

    Parameters
    ----------
    own
        What the page made itself, with the columns that the figure records.
    stem, name
        Of the experiment, such as `liu2018_table_1`, and of the figure.
    profile
        The page's.

    Returns
    -------
    pandas.DataFrame, str
        The frame, and for the caption which of the two it is.
    """
    recorded = None if profile in REAL_PROFILES else recorded_figure(stem, name, profile)
    return (own, "this build's own") if recorded is None else (recorded, "five simulated worlds, recorded beforehand")


def described(stem: str) -> str:
    """For captions: what the recorded columns of an experiment's page are of, or that there is nothing yet.

    Of the data with most draws: variations are recorded beside it, of fewer, and have captions of their own.
    """
    recorded = recorded_file(project_root(), stem)
    results = recorded.results.values() if recorded else ()
    drawn = [(result.seeds or 0, result.data) for result in results if result.data and "AudioSet" in result.data]
    if not drawn:
        return f"AudioSet: not recorded yet (make record STEM={stem} PROFILE=real)"
    most, _ = max(drawn)
    of = sorted({data for seeds, data in drawn if seeds == most})
    return f"Recorded beforehand: {'; '.join(of)}"
