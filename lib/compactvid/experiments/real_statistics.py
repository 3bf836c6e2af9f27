"""Statistics of real data: measured where the files are, else as they were recorded, never a mixture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from compactvid.datasets.real_files import RealFiles
from compactvid.experiments.statistics import Figures, Values
from compactvid.papers.results import recorded_file
from compactvid.root import project_root
from compactvid.runs import load_or_run


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


@dataclass(frozen=True)
class RealPage:
    """A page on one real data set; its methods are what an experiment must have.

    Parameters
    ----------
    stem, source
        As in the result keys, `<stem>.<source>.<key>`.
    dataset
        The files by profile and seed.
    files
        In a few words, what they are.
    configs
        Runs on the files.
    summarise
        Turns the results of these runs into numbers and figures.
    """

    stem: str
    source: str
    dataset: Callable[[str, int], RealFiles]
    files: Callable[[str], str]
    configs: Callable[[Any], list]
    summarise: Callable[..., tuple[Values, Figures]]

    def runs(self, profile: str, seed: int) -> dict[str, list]:
        """The runs as one group; nothing where the data folder holds none of the files."""
        files = self.dataset(profile, seed)
        return {"statistics": self.configs(files)} if files.present() else {}

    def data(self, profile: str, seed: int) -> str:
        """What the statistics are of: the files, or the evidence that was recorded on such files."""
        if self.dataset(profile, seed).present():
            return self.files(profile)
        content = recorded_file(project_root(), self.stem)
        if content is None:
            return "nothing: no real files in the data folder, and none recorded"
        made = content.provenance
        return (
            f"recorded on real files on {made['started'][:10]} (profile {content.profile}, commit {made['commit']}); "
            "the data folder holds none"
        )

    def statistics(self, profile: str, seed: int) -> RealStatistics:
        """Measure, or else read what was recorded; at profile `real` nothing but measured numbers will do.

        Raises
        ------
        ValueError
            There are no files, and the profile is `real` or nothing was recorded.
        """
        origin = self.data(profile, seed)
        for configs in self.runs(profile, seed).values():
            measured = self.summarise(*(load_or_run(config).result for config in configs))
            return RealStatistics(*measured, origin, measured=True)
        content = recorded_file(project_root(), self.stem)
        if content is None or profile == "real":
            raise ValueError(
                f"{self.stem}: profile {profile} needs real files: set COMPACTVID_DATA to a folder that holds them"
            )
        begin = f"{self.stem}.{self.source}."
        return RealStatistics(
            {key.removeprefix(begin): result.value for key, result in content.results.items() if key.startswith(begin)},
            {name: pd.DataFrame(columns) for name, columns in content.figures.items()},
            origin,
            measured=False,
        )
