"""What paper-size trainings cost, as HTML."""

from collections.abc import Mapping
from html import escape

import pandas as pd

from compactvid.report.table import html_table


def cost_page(
    costs: pd.DataFrame, headings: Mapping[str, str], formats: Mapping[str, str], notes: list[str], caption: str
) -> str:
    """The table of costs with its notes below it, without blank lines.

    Parameters
    ----------
    costs
        A row a device.
    headings, formats
        As `compactvid.report.table.html_table` takes them.
    notes
        What the numbers assume, a sentence or two each, as plain text.
    caption
        What the table says.
    """
    table = html_table(costs, caption, formats=formats, headings=headings)
    return "\n".join([table, "<ul>", *(f"<li>{escape(note)}</li>" for note in notes), "</ul>"])
