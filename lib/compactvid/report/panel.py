"""How a panel of curves looks; apart from what draws it, which takes a second to import."""

from typing import NamedTuple


class Panel(NamedTuple):
    """How one panel of curves looks.

    Attributes
    ----------
    xlabel, ylabel
        What is plotted, with units.
    log
        Which axes are logarithmic: "", "x", "y" or "xy".
    joined
        Whether a line joins the marks.
    """

    xlabel: str
    ylabel: str
    log: str = ""
    joined: bool = True
