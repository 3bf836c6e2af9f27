"""Matplotlib figures as self-contained HTML: picture, alternative text, the plotted numbers and their CSV."""

import base64
import io
from collections.abc import Mapping
from html import escape

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from compactvid.report.table import html_table


def html_figure(
    figure: Figure, *, alt: str, caption: str, data: pd.DataFrame, name: str, hints: Mapping[str, str] | None = None
) -> str:
    """Render a figure as `<figure>` with its table twin behind a disclosure and a CSV to download.

    Parameters
    ----------
    figure
        A finished matplotlib figure; it is drawn as SVG and closed.
    alt
        What a reader who can't see the picture should know: what is plotted, and what it shows.
    caption
        One or two sentences under the picture, as plain text.
    data
        The plotted numbers, one row a mark.
    name
        File name of the CSV, without ending.
    hints
        Group id of an artist (`set_gid`) -> what is shown where a pointer rests on it.

    Raises
    ------
    ValueError
        `alt` is empty, `data` has no rows, or no artist has the id of a hint.
    """
    if not alt.strip():
        raise ValueError(f"figure {name!r}: alternative text is empty")
    if data.empty:
        raise ValueError(f"figure {name!r}: no data to show beside the picture")
    picture = io.BytesIO()
    with rc_context({"svg.hashsalt": name}):  # without a salt of ours, equal figures would differ in their ids
        figure.savefig(picture, format="svg", metadata={"Date": None})
    plt.close(figure)
    svg = _link("image/svg+xml", _with_hints(picture.getvalue(), hints or {}, name))
    # Of an image no browser shows titles.
    drawn = f'<object role="img" aria-label="{escape(alt)}" type="image/svg+xml" data="{svg}"></object>'
    drawn = drawn if hints else f'<img alt="{escape(alt)}" src="{svg}">'
    table = html_table(data, f"Data of the figure ({len(data)} rows)", formats=_formats(data))
    return (
        f'<figure class="cv-figure">{drawn}'
        f"<figcaption>{escape(caption)}</figcaption>"
        f'<details><summary>The plotted numbers</summary>{table}<p><a download="{escape(name)}.csv" '
        f'href="{_link("text/csv", data.to_csv(index=False).encode())}">Download as CSV</a></p></details></figure>'
    )


def _with_hints(picture: bytes, hints: Mapping[str, str], name: str) -> bytes:
    """The SVG with a title in each group; browsers show it where a pointer rests."""
    text = picture.decode()
    for group, hint in hints.items():
        opening = f'<g id="{group}">'
        if opening not in text:
            raise ValueError(f"figure {name!r}: no artist has the id {group!r}")
        text = text.replace(opening, f"{opening}<title>{escape(hint)}</title>")
    return text.encode()


def _formats(data: pd.DataFrame) -> dict[str, str]:
    return {name: ".4g" for name in data.columns if pd.api.types.is_float_dtype(data[name])}


def _link(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
