"""Curves over one axis, real beside simulated."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter

from compactvid.report.palette import OURS, OURS_REAL, use_house_style
from compactvid.report.panel import Panel

MOST_MARKS = 150
"""Of a joined curve with more points than these only the line is drawn."""


def draw_series(frame: pd.DataFrame, x: str, y: str, panel: Panel) -> Figure:
    """One panel with a curve for each series.

    Parameters
    ----------
    frame
        Columns x and y, and data: the name of the series. Names that begin with `real` have the look of real data, all
        others that of simulated data; of one look the first is filled, the others hollow.
    x, y
        Columns to plot.
    panel
        How it looks.
    """
    use_house_style()
    figure, axes = plt.subplots()
    _curves(axes, frame, x, y, panel)
    if frame["data"].nunique() > 1:
        axes.legend()
    return figure


def draw_panels(frame: pd.DataFrame, panels: Mapping[str, Panel]) -> Figure:
    """Panels below each other, the legend in the first.

    Parameters
    ----------
    frame
        Columns panel (a key of `panels`), data (as in `draw_series`), x and y.
    panels
        The panels in their order.
    """
    use_house_style()
    shared = len({panel.xlabel for panel in panels.values()}) == 1
    figure, column = plt.subplots(len(panels), 1, figsize=(5.4, 2.7 * len(panels)), squeeze=False, sharex=shared)
    for axes, (name, panel) in zip(column[:, 0], panels.items(), strict=True):
        _curves(axes, frame[frame["panel"] == name], "x", "y", panel)
    column[0, 0].legend()
    return figure


def _curves(axes: Axes, frame: pd.DataFrame, x: str, y: str, panel: Panel) -> None:
    drawn = {True: 0, False: 0}
    for name, series in frame.groupby("data", sort=False):
        real = str(name).startswith("real")
        look = OURS_REAL if real else OURS
        if panel.joined and len(series) > MOST_MARKS:
            look = look | {"marker": ""}
        axes.plot(
            series[x],
            series[y],
            label=name,
            linestyle="-" if panel.joined else "",
            linewidth=1.2,
            markersize=4,
            fillstyle="none" if drawn[real] else "full",
            **look,
        )
        drawn[real] += 1
    axes.set(xlabel=panel.xlabel, ylabel=panel.ylabel, **{f"{axis}scale": "log" for axis in panel.log})
    for name, axis, values in (("x", axes.xaxis, frame[x]), ("y", axes.yaxis, frame[y])):
        if name in panel.log:
            within_a_decade = values.max() < 10 * values.min()
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(StrMethodFormatter("{x:g}") if within_a_decade else NullFormatter())
        elif np.issubdtype(values.dtype, np.integer) or (values == values.round()).all():
            axis.set_major_locator(MaxNLocator(integer=True))
