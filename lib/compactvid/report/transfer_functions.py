"""Quantisers as steps: output over input."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, PAPER, use_house_style
from compactvid.report.panel import Panel

_LOOKS = (
    {"color": PAPER["color"], "linewidth": 4, "alpha": 0.5},
    {"color": OURS["color"], "linewidth": 2, "linestyle": "--"},
    {"color": BASELINE["color"], "linewidth": 1},
)


def draw_transfer_functions(curves: pd.DataFrame, panels: Mapping[str, Panel]) -> Figure:
    """Panels below each other, a line a quantiser, narrower ones upon wider ones: where they agree, all are seen.

    Parameters
    ----------
    curves
        Columns panel, quantizer (at most three a panel), input and output.
    panels
        The panels in their order: their names are titles.
    """
    use_house_style()
    figure, column = plt.subplots(len(panels), 1, figsize=(5.4, 2.9 * len(panels)), squeeze=False)
    for axes, (title, panel) in zip(column[:, 0], panels.items(), strict=True):
        found = curves[curves["panel"] == title]
        for look, (name, curve) in zip(_LOOKS, found.groupby("quantizer", sort=False), strict=False):
            axes.plot(curve["input"], curve["output"], label=name, drawstyle="steps-mid", **look)
        axes.set(title=title, xlabel=panel.xlabel, ylabel=panel.ylabel)
        axes.legend(fontsize="small")
    return figure
