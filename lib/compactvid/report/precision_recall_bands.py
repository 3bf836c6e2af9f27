"""Precision over recall of detectors, with the band of their worlds."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, use_house_style


def draw_precision_recall_bands(curves: pd.DataFrame) -> Figure:
    """A panel a class, one above the other: two networks' curves, each in the band of its interval over the worlds.

    Parameters
    ----------
    curves
        Columns panel, network (two, the baseline first), recall, precision and precision_spread, in [0, 1].
    """
    use_house_style()
    panels = list(curves.groupby("panel", sort=False))
    figure, column = plt.subplots(len(panels), 1, figsize=(5.4, 0.6 + 2.4 * len(panels)), sharex=True, squeeze=False)
    looks = (BASELINE | {"linestyle": "--"}, OURS | {"linestyle": "-"})
    for axes, (title, panel) in zip(column[:, 0], panels, strict=True):
        for look, (network, curve) in zip(looks, panel.groupby("network", sort=False), strict=True):
            line, color = look["linestyle"], look["color"]
            axes.plot(curve["recall"], curve["precision"], linestyle=line, color=color, linewidth=1.4, label=network)
            low, high = ((curve["precision"] + sign * curve["precision_spread"]).clip(0, 1) for sign in (-1, 1))
            axes.fill_between(curve["recall"], low, high, color=color, alpha=0.2, linewidth=0)
        axes.set(title=title, ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    column[0, 0].legend(loc="upper right", fontsize="small")
    column[-1, 0].set_xlabel("recall")
    return figure
