"""Cells of markup as one accessible HTML table."""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple


class Cell(NamedTuple):
    """Markup and the class of its cell, if any."""

    markup: str
    name: str = ""


def cell(text: str, *, number: bool = False) -> Cell:
    """Plain text as a cell, an en dash where there is none."""
    return Cell(escape(text or "–"), "cv-num" if number else "")


def html_cells(caption: str, head: Iterable[Cell], body: Iterable[Iterable[Cell]], *, sortable: bool = False) -> str:
    """One `<table>` with a caption and a scroll wrapper; the first cell of a row is its heading.

    Parameters
    ----------
    caption
        What the table says, as plain text.
    head, body
        The columns' headings, and the rows.
    sortable
        Let the book's script make each heading a button that sorts by it.
    """
    columns = "".join(_tag(found, "th", "col") for found in head)
    rows = "".join(
        f"<tr>{_tag(first, 'th', 'row')}{''.join(_tag(found, 'td') for found in others)}</tr>"
        for first, *others in body
    )
    sorting = " cv-sortable" if sortable else ""
    return (
        f'<div class="cv-table{sorting}" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _tag(found: Cell, tag: str, scope: str = "") -> str:
    attributes = f' scope="{scope}"' * bool(scope) + f' class="{found.name}"' * bool(found.name)
    return f"<{tag}{attributes}>{found.markup}</{tag}>"
