"""Data frames as accessible HTML tables."""

from collections.abc import Mapping
from numbers import Number

import pandas as pd

from compactvid.report.cells import cell, html_cells


def html_table(
    frame: pd.DataFrame,
    caption: str,
    *,
    formats: Mapping[str, str] | None = None,
    headings: Mapping[str, str] | None = None,
    sortable: bool = False,
) -> str:
    """Render a frame as one `<table>` with a caption, a row heading in its first column and a scroll wrapper.

    Parameters
    ----------
    frame
        What to show, in this order; the index is not shown.
    caption
        What the table says, as plain text.
    formats
        Column -> format specification, such as `.2f`; missing values become an en dash. Tables may share one mapping:
        columns that this frame has not are passed over.
    headings
        Column -> heading to show in place of its name, in the same way.
    sortable
        Let the book's script make each heading a button that sorts by it.

    Raises
    ------
    ValueError
        The frame has none of the columns that `formats` or `headings` name.
    """
    formats, headings = dict(formats or {}), dict(headings or {})
    for argument, names in (("formats", formats), ("headings", headings)):
        if names and not set(names) & set(frame.columns):
            raise ValueError(f"html_table: {argument} name {list(names)}, but the frame has {list(frame.columns)}")
    numeric = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    head = [cell(headings.get(name, str(name)), number=name in numeric) for name in frame.columns]
    body = [
        [
            cell(_shown(value, formats.get(name)), number=name in numeric)
            for name, value in zip(frame.columns, row, strict=True)
        ]
        for row in frame.itertuples(index=False)
    ]
    return html_cells(caption, head, body, sortable=sortable)


def _shown(value: object, specification: str | None) -> str:
    if value is None or (isinstance(value, Number) and pd.isna(value)):
        return ""
    if not specification:
        return str(value)
    if isinstance(value, float) and "." in specification:  # -0.0 that is rounded is 0
        sign, rest = ("+", specification[1:]) if specification.startswith("+") else ("", specification)
        specification = f"{sign}z{rest}"
    return format(value, specification).replace("-", "−")
