"""Paired differences over worlds: each world, their mean and its interval."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, use_house_style


def draw_paired_differences(
    differences: pd.DataFrame, summary: pd.DataFrame, *, tested: int, metric: str = "GAP@20"
) -> Figure:
    """A line a comparison: small marks are worlds, the large one their mean with its interval.

    Parameters
    ----------
    differences
        Columns comparison, difference: one row a comparison and world.
    summary
        Columns comparison, value, value_spread: one row a comparison, from top to bottom.
    tested
        How many of them, counted from the top, decide a claim; they are filled, the others hollow.
    metric
        What differs.
    """
    use_house_style()
    # The names stand above their lines: beside them, a phone would have no room for the marks.
    figure, axes = plt.subplots(figsize=(5.4, 0.75 * len(summary) + 0.9))
    axes.axvline(0, color=BASELINE["color"], linewidth=1)
    for place, row in enumerate(summary.itertuples()):
        worlds = differences.loc[differences["comparison"] == row.comparison, "difference"]
        axes.plot(worlds, [place + 0.18] * len(worlds), linestyle="", markersize=4, **BASELINE)
        fill = "full" if place < tested else "none"
        axes.errorbar(row.value, place, xerr=row.value_spread, capsize=3, fillstyle=fill, linestyle="", **OURS)
        axes.annotate(
            str(row.comparison),
            (0, place - 0.2),
            xycoords=("axes fraction", "data"),
            fontsize="small",
            va="bottom",
            backgroundcolor="white",
        )
    axes.set(xlabel=f"difference in {metric} on test", ylim=(len(summary) - 0.4, -0.75), yticks=[])
    return figure
