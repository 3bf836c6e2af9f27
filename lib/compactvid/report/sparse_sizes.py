"""Bytes of sparse tensors in several formats: over the share of zeros, and beside the GAP that the zeros cost."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from compactvid.report.palette import BASELINE, use_house_style

MARKERS = "osD^vPX*"
LIMITS = {100: ("dense float32", "--"), 50: ("dense float16", ":")}
"""Size in % of dense float32 -> what a sparse file has to beat, and how its line is drawn."""


def draw_sparse_sizes(sizes: pd.DataFrame) -> Figure:
    """A curve a format, with the sizes that it has to get below.

    Parameters
    ----------
    sizes
        Columns label, sparsity (in %), share (bytes in % of dense float32).
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 5.6))
    for marker, (label, of_format) in zip(MARKERS, sizes.groupby("label", sort=False), strict=False):
        axes.plot(of_format["sparsity"], of_format["share"], marker=marker, markersize=5, label=label)
    for share, (label, style) in LIMITS.items():
        axes.axhline(share, color=BASELINE["color"], linestyle=style, label=label)
    axes.set(xlabel="zeros (%)", ylabel="bytes (% of dense float32)", yscale="log")
    _plain_ticks(axes, "y")
    _legend_below(figure, axes)
    return figure


def draw_sparse_gaps(sizes: pd.DataFrame) -> Figure:
    """A mark a format and sparsity: what its bytes are, and what its zeros cost.

    Parameters
    ----------
    sizes
        Columns label, sparsity (in %), share (bytes in % of dense float32), difference and difference_spread (GAP
        against no pruning).
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 5.6))
    for marker, (label, of_format) in zip(MARKERS, sizes.groupby("label", sort=False), strict=False):
        axes.errorbar(
            of_format["share"],
            of_format["difference"],
            yerr=of_format["difference_spread"],
            marker=marker,
            markersize=5,
            capsize=2,
            linewidth=1,
            label=label,
        )
    for share, (label, style) in LIMITS.items():
        axes.axvline(share, color=BASELINE["color"], linestyle=style, label=label)
    axes.axhline(0, color=BASELINE["color"], linewidth=1)
    axes.set(xlabel="bytes (% of dense float32)", ylabel="GAP against no pruning", xscale="log")
    _plain_ticks(axes, "x")
    _legend_below(figure, axes)
    return figure


def _plain_ticks(axes: Axes, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks([2, 5, 10, 20, 50, 100, 200, 500])
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def _legend_below(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="small")
