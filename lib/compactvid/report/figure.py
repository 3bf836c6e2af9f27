"""Matplotlib figures as self-contained HTML: picture, alternative text, the plotted numbers and their CSV."""

import base64
import io
from html import escape

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from compactvid.report.table import html_table


def html_figure(figure: Figure, *, alt: str, caption: str, data: pd.DataFrame, name: str) -> str:
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

    Raises
    ------
    ValueError
        `alt` is empty, or `data` has no rows.
    """
    if not alt.strip():
        raise ValueError(f"figure {name!r}: alternative text is empty")
    if data.empty:
        raise ValueError(f"figure {name!r}: no data to show beside the picture")
    picture = io.BytesIO()
    with rc_context({"svg.hashsalt": name}):  # without a salt of ours, equal figures would differ in their ids
        figure.savefig(picture, format="svg", metadata={"Date": None})
    plt.close(figure)
    table = html_table(data, f"Data of the figure ({len(data)} rows)", formats=_formats(data))
    return (
        f'<figure class="cv-figure"><img alt="{escape(alt)}" src="{_link("image/svg+xml", picture.getvalue())}">'
        f"<figcaption>{escape(caption)}</figcaption>"
        f'<details><summary>The plotted numbers</summary>{table}<p><a download="{escape(name)}.csv" '
        f'href="{_link("text/csv", data.to_csv(index=False).encode())}">Download as CSV</a></p></details></figure>'
    )


def _formats(data: pd.DataFrame) -> dict[str, str]:
    return {name: ".4g" for name in data.columns if pd.api.types.is_float_dtype(data[name])}


def _link(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
