"""One notebook's parameters and results, from its first call to its last."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from IPython import get_ipython
from IPython.display import HTML, display
from myst_nb import glue

from compactvid.atomic import replaced
from compactvid.experiments import experiment, require_profile
from compactvid.report.card import html_badge
from compactvid.root import project_root
from compactvid.runs.provenance import Provenance

MOST_ROWS = 1000
"""Most rows of a figure's data: what a page and a result file can hold."""
_INTERACTIVE = {"In", "Out", "exit", "quit", "open", "get_ipython"}


@dataclass
class Session:
    """What a notebook has said so far: result keys with what `record` was given, and what each figure plots."""

    stem: str
    parameters: dict[str, Any]
    provenance: Provenance = field(default_factory=Provenance)
    recorded: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    figures: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    @property
    def profile(self) -> str:
        return self.parameters["profile"]

    @property
    def result_file(self) -> Path:
        return project_root() / "_build" / "results" / self.profile / f"{self.stem}.json"

    def write(self, *, complete: bool) -> None:
        """Write the result file whole; until the notebook's last call it is marked as incomplete."""
        provenance = self.provenance.record() if complete else {}
        content = {
            "stem": self.stem,
            "profile": self.profile,
            "complete": complete,
            "provenance": {"parameters": self.parameters, "runs": self.runs, **provenance},
            "results": self.recorded,
            "figures": self.figures,
        }
        with replaced(self.result_file) as temporary:
            temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


_session: Session | None = None


def current() -> Session:
    """The notebook's session.

    Raises
    ------
    RuntimeError
        `parameters` has not been called yet.
    """
    if _session is None:
        raise RuntimeError("call notebook.parameters(stem, profile=profile, seed=seed) before anything else")
    return _session


def parameters(stem: str, *, profile: str, seed: int, **others: Any) -> None:
    """Check what was injected into the notebook and begin its results.

    Papermill injects any name without a word, so a misspelt parameter would silently change nothing: whatever plain
    value the notebook's namespace holds beside the parameters given here is refused.

    Parameters
    ----------
    stem
        Name of the notebook, shared with its experiment, result file and page.
    profile, seed, others
        The notebook's parameters, as its `parameters` cell names them.

    Raises
    ------
    ValueError
        An unknown parameter or profile (the message lists the valid ones), or a seed that is not a whole number >= 0.
    """
    global _session
    known = {"profile": profile, "seed": seed, **others}
    shell = get_ipython()
    unknown = sorted(name for name, value in (shell.user_ns if shell else {}).items() if _is_parameter(name, value))
    if unknown := [name for name in unknown if name not in known]:
        raise ValueError(f"{stem}: unknown parameter {', '.join(unknown)}; valid parameters are {', '.join(known)}")
    require_profile(stem, profile)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"{stem}: seed must be a whole number >= 0, not {seed!r}")
    _session = Session(stem, known)
    _session.write(complete=False)
    data = experiment(stem).data(profile, seed)
    display(HTML(html_badge(f"profile {profile} · seed {seed} · {data}")))


def record(
    key: str,
    value: float,
    *,
    tolerance: float,
    reason: str,
    unit: str | None = None,
    spread: float | None = None,
    seeds: int | None = None,
    data: str | None = None,
) -> None:
    """Record one result: into the result file, and glued for the book's prose, the same number in both.

    Parameters
    ----------
    key
        Result key, such as `liu2018.table_1.K24-H1440.float32_mib`.
    value
        A finite number.
    tolerance, reason
        How far a later run may differ (absolute, in `unit`), and why so far and no further.
    unit
        Unit of value, tolerance and spread.
    spread, seeds
        Half width of the 95 % t interval over `seeds` re-drawn worlds or splits, for trained quantities.
    data
        What the number was trained or measured on; None for derived numbers.

    Raises
    ------
    ValueError
        The key was recorded before, a number is not finite, or the tolerance is negative or without a reason.
    """
    _keep(key, value, tolerance=tolerance, reason=reason, unit=unit, spread=spread, seeds=seeds, data=data)
    current().write(complete=False)


def _keep(
    key: str,
    value: float,
    *,
    tolerance: float,
    reason: str,
    unit: str | None = None,
    spread: float | None = None,
    seeds: int | None = None,
    data: str | None = None,
) -> None:
    """As `record`, but for the file."""
    session = current()
    if key in session.recorded:
        raise ValueError(f"{session.stem}: {key} is recorded twice")
    for name, number in (("value", value), ("tolerance", tolerance), ("spread", 0.0 if spread is None else spread)):
        if not math.isfinite(number):
            raise ValueError(f"{key}: {name} must be finite, not {number!r}")
    if tolerance < 0 or not reason.strip():
        raise ValueError(f"{key}: a tolerance >= 0 and its reason are needed, not {tolerance!r} and {reason!r}")
    session.recorded[key] = {
        "value": float(value),
        "unit": unit,
        "tolerance": float(tolerance),
        "reason": reason,
        "spread": None if spread is None else float(spread),
        "seeds": None if seeds is None else int(seeds),
        "data": data,
    }
    glue(key, float(value), display=False)


def record_figure(name: str, data: pd.DataFrame) -> None:
    """Keep in the result file what a figure plots, floats rounded to 6 significant digits.

    Raises
    ------
    ValueError
        The notebook has a figure of that name already, the data have more than `MOST_ROWS` rows, or a value is neither
        a finite number nor text nor missing.
    """
    session = current()
    if name in session.figures:
        raise ValueError(f"{session.stem}: two figures are named {name}")
    if len(data) > MOST_ROWS:
        raise ValueError(f"{session.stem}: figure {name} plots {len(data)} rows, expected at most {MOST_ROWS}: thin it")
    session.figures[name] = {
        str(column): [_plain(value, f"{session.stem}: figure {name}, column {column}") for value in values.tolist()]
        for column, values in data.items()
    }
    session.write(complete=False)


def record_frame(frame: pd.DataFrame, columns: Sequence[str], key: str, **about: Any) -> None:
    """Record every present value of some columns.

    Parameters
    ----------
    frame, columns
        Where the values are. A column `NAME_spread`, where there is one, holds the spreads of column `NAME`.
    key
        Pattern of the result keys over the row's columns and `{column}`, such as `liu2018.table_1.{model}.{column}`.
    about
        Passed to `record`.
    """
    for row in frame.to_dict("records"):
        for column in columns:
            if not pd.isna(row[column]):
                name = key.format_map({**row, "column": column})
                _keep(name, row[column], spread=row.get(f"{column}_spread"), **about)
    current().write(complete=False)  # once: written anew for each value, a long page took as long as its square


def _plain(value: Any, place: str) -> Any:
    if isinstance(value, bool | int | str):
        return value
    if pd.isna(value):
        return None
    if not isinstance(value, float) or not math.isfinite(value):
        raise ValueError(f"{place}: {value!r} is neither a finite number nor text")
    return float(f"{value:.6g}")


def _is_parameter(name: str, value: Any) -> bool:
    plain = value is None or isinstance(value, bool | int | float | str | list | dict | tuple)
    return plain and not name.startswith("_") and name not in _INTERACTIVE
