"""Counts by name."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS_REAL, use_house_style


def draw_counts(frame: pd.DataFrame, name: str, count: str, *, xlabel: str) -> Figure:
    """A horizontal bar for each row, the first on top, its count beside it.

    Parameters
    ----------
    frame
        Columns `name` and `count`.
    name, count
        Column of names, and of counts >= 0 of real data.
    xlabel
        What is counted.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 1 + 0.26 * len(frame)))
    bars = axes.barh(frame[name], frame[count], color=OURS_REAL["color"])
    axes.bar_label(bars, padding=3, fontsize=9)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(xlabel)
    return figure
