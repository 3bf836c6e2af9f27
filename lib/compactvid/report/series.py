"""Curves over one axis, real beside simulated."""

from collections.abc import Collection

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, OURS_REAL, use_house_style


def draw_series(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    xlabel: str,
    ylabel: str,
    log: Collection[str] = (),
    joined: bool = True,
) -> Figure:
    """A curve for each series.

    Parameters
    ----------
    frame
        Columns x and y, and data: the name of the series. Names that begin with `real` have the look of real data, all
        others that of simulated data; of one look the first is filled, the next hollow, a third without marks.
    x, y
        Columns to plot.
    xlabel, ylabel
        What they are, with units.
    log
        Which of "x" and "y" are logarithmic.
    joined
        Whether a line joins the marks.
    """
    use_house_style()
    figure, axes = plt.subplots()
    drawn = {True: 0, False: 0}
    for name, series in frame.groupby("data", sort=False):
        real = str(name).startswith("real")
        look = (OURS_REAL if real else OURS) | ({"markersize": 4} if drawn[real] < 2 else {"marker": ""})
        style = {"linestyle": "-" if joined else "", "fillstyle": "none" if drawn[real] else "full"}
        axes.plot(series[x], series[y], label=name, linewidth=1.2, **style, **look)
        drawn[real] += 1
    scales = {f"{axis}scale": "log" for axis in log}
    axes.set(xlabel=xlabel, ylabel=ylabel, **scales)
    if frame["data"].nunique() > 1:
        axes.legend()
    return figure
