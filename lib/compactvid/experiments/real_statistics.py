"""Statistics of real data: measured where the files are, else as they were recorded, never a mixture."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from compactvid.experiments.statistics import Figures, Values
from compactvid.papers.results import recorded_file
from compactvid.root import project_root


@dataclass(frozen=True)
class RealStatistics:
    """What is known of a real data set.

    Attributes
    ----------
    values
        Numbers by the last part of their result key.
    figures
        What is plotted, by the figure's name.
    origin
        In a few words, where all of it comes from.
    measured
        Whether it was measured in this build; else it was read from the recorded result file.
    """

    values: Values
    figures: Figures
    origin: str
    measured: bool

    def to_record(self) -> pd.DataFrame:
        """Columns key and value, for `notebook.record_frame`; no row where nothing was measured here."""
        rows = list(self.values.items()) if self.measured else []
        return pd.DataFrame(rows, columns=["key", "value"])


def real_statistics(
    stem: str, source: str, profile: str, files: str | None, measure: Callable[[], tuple[Values, Figures]]
) -> RealStatistics:
    """Measure, or else read what was recorded of the notebook `stem` under keys `<stem>.<source>.<key>`.

    Parameters
    ----------
    stem, source
        As in the result keys.
    profile
        The build's profile; at `real` nothing but measured numbers will do.
    files
        What the data folder holds, in a few words, or None where it holds none of the files.
    measure
        Called where the files are.

    Raises
    ------
    ValueError
        There are no files, and the profile is `real` or nothing was recorded.
    """
    if files is not None:
        return RealStatistics(*measure(), origin=files, measured=True)
    content = recorded_file(project_root(), stem)
    if content is None or profile == "real":
        raise ValueError(f"{stem}: profile {profile} needs real files: set COMPACTVID_DATA to a folder that holds them")
    begin = f"{stem}.{source}."
    return RealStatistics(
        {key.removeprefix(begin): result.value for key, result in content.results.items() if key.startswith(begin)},
        {name: pd.DataFrame(columns) for name, columns in content.figures.items()},
        recorded_origin(stem),
        measured=False,
    )


def recorded_origin(stem: str) -> str:
    """When, at which profile and from which commit the evidence on real files was recorded."""
    content = recorded_file(project_root(), stem)
    if content is None:
        return "nothing: no real files in the data folder, and none recorded"
    made = content.provenance
    return (
        f"recorded on real files on {made['started'][:10]} (profile {content.profile}, commit {made['commit']}); "
        "the data folder holds none"
    )
