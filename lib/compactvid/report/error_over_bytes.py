"""What approximations of a matrix lose, over the bytes that they take."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, StrMethodFormatter

from compactvid.report.palette import BASELINE, OURS, use_house_style

_LOOKS = (
    OURS | {"linestyle": "-"},
    BASELINE | {"linestyle": "--"},
    BASELINE | {"linestyle": ":", "marker": "^", "fillstyle": "none"},
)


def draw_error_over_bytes(errors: pd.DataFrame, *, dense_bytes: int) -> Figure:
    """A panel a kind of matrix, one above the other: a curve a method, with the band of its interval.

    Parameters
    ----------
    errors
        Columns matrices, method (at most three, ours first), bytes, error, error_spread.
    dense_bytes
        What the matrix itself takes: a vertical line.
    """
    use_house_style()
    kinds = list(errors.groupby("matrices", sort=False))
    figure, panels = plt.subplots(len(kinds), 1, figsize=(5.4, 0.4 + 2.5 * len(kinds)), sharex=True, squeeze=False)
    for axes, (kind, of_kind) in zip(panels.flat, kinds, strict=True):
        for look, (method, found) in zip(_LOOKS, of_kind.groupby("method", sort=False), strict=False):
            axes.plot(found["bytes"], found["error"], label=method, linewidth=1.2, markersize=5, **look)
            low, high = (found["error"] + sign * found["error_spread"] for sign in (-1, 1))
            axes.fill_between(found["bytes"], low, high, color=look["color"], alpha=0.2, linewidth=0)
        axes.axvline(dense_bytes, color=BASELINE["color"], linewidth=1)
        axes.set(title=kind, ylabel="relative error", ylim=(0, 1), xscale="log")
        axes.xaxis.set_major_locator(FixedLocator(sorted(errors["bytes"].unique())))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    panels[0, 0].legend(fontsize="small")
    panels[-1, 0].set_xlabel("bytes, float32")
    return figure
