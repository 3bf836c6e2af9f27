"""Terms with what is to be said of each: a list instead of a table, where there is more text than fits a column."""

from html import escape

import pandas as pd


def html_definitions(frame: pd.DataFrame, caption: str) -> str:
    """Render a frame as a caption and a description list.

    Parameters
    ----------
    frame
        Columns of text: the first is the term, the last is said of it; one between them is the term's value.
    caption
        What the list says, as plain text.

    Raises
    ------
    ValueError
        The frame has not two or three columns.
    """
    if len(frame.columns) not in (2, 3):
        raise ValueError(f"html_definitions: expected 2 or 3 columns, the frame has {list(frame.columns)}")
    entries = "".join(
        f"<dt>{escape(' = '.join(map(str, term)))}</dt><dd>{escape(str(said))}</dd>"
        for *term, said in frame.itertuples(index=False)
    )
    return f'<div class="cv-definitions"><p>{escape(caption)}</p><dl>{entries}</dl></div>'
