"""Show tables and figures of the book from a notebook."""

from collections.abc import Mapping

import pandas as pd
from IPython.display import HTML, display
from matplotlib.figure import Figure

from compactvid.notebook.session import current, record_figure
from compactvid.report.definitions import html_definitions
from compactvid.report.figure import html_figure
from compactvid.report.table import html_table


def table(
    frame: pd.DataFrame,
    caption: str,
    *,
    formats: Mapping[str, str] | None = None,
    headings: Mapping[str, str] | None = None,
) -> None:
    """Show a frame as the book's table; see `compactvid.report.table.html_table`."""
    display(HTML(html_table(frame, caption, formats=formats, headings=headings)))


def definitions(frame: pd.DataFrame, caption: str) -> None:
    """Show terms with what is said of each; see `compactvid.report.definitions.html_definitions`."""
    display(HTML(html_definitions(frame, caption)))


def figure(
    drawn: Figure, name: str, *, alt: str, caption: str, data: pd.DataFrame, hints: Mapping[str, str] | None = None
) -> None:
    """Show a matplotlib figure as the book's figure, and record what it plots in the result file.

    See `compactvid.report.figure.html_figure` for the parameters, and `compactvid.notebook.session.record_figure` for
    what `data` may hold.
    """
    record_figure(name, data)
    name = f"{current().stem}-{name}"
    display(HTML(html_figure(drawn, alt=alt, caption=caption, data=data, name=name, hints=hints)))
