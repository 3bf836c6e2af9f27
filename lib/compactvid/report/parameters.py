"""The parameters of a dataclass with the reasons that its docstring gives, so that nothing is typed twice."""

import dataclasses
import inspect
import re
from typing import Any

import pandas as pd

_ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*)(?: : .*)?$")


def parameter_table(described: Any) -> pd.DataFrame:
    """One row for each entry of the numpydoc section `Parameters`.

    Parameters
    ----------
    described
        An instance of a dataclass: its values are shown.

    Returns
    -------
    pandas.DataFrame
        Columns parameter (an entry's names, joined by commas), value (theirs), reason (the entry's text, without the
        marks of code).

    Raises
    ------
    ValueError
        The section and the fields do not name the same parameters.
    """
    rows, documented = [], []
    for names, text in _entries(inspect.getdoc(type(described)) or ""):
        documented += names
        values = [str(getattr(described, name, "?")) for name in names]
        rows.append({"parameter": ", ".join(names), "value": ", ".join(values), "reason": re.sub("[`*]+", "", text)})
    fields = [field.name for field in dataclasses.fields(described)]
    if sorted(documented) != sorted(fields):
        raise ValueError(f"{type(described).__name__}: the docstring describes {documented}, the fields are {fields}")
    return pd.DataFrame(rows, columns=["parameter", "value", "reason"])


def _entries(docstring: str) -> list[tuple[list[str], str]]:
    """Names and text of each entry."""
    _, _, rest = docstring.partition("Parameters\n----------\n")
    found: list[tuple[list[str], list[str]]] = []
    lines = rest.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following and set(following) == {"-"}:
            break  # the title of the next section
        if match := _ENTRY.match(line):
            found.append((match["names"].split(", "), []))
        elif line.startswith(" ") and found:
            found[-1][1].append(line.strip())
    return [(names, " ".join(text)) for names, text in found]
