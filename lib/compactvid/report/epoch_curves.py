"""GAP by epoch, a curve a model with the band of its worlds."""

from itertools import cycle

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from compactvid.report.palette import use_house_style

MARKS = "osD^vP"


def draw_epoch_curves(curves: pd.DataFrame) -> Figure:
    """A curve a model, in a band of its interval over the worlds.

    Parameters
    ----------
    curves
        Columns model, epoch (from 1), gap and gap_spread; the models in the order of the legend. With a column panel,
        the panels stand below each other.
    """
    use_house_style()
    panels = [*curves.groupby("panel", sort=False)] if "panel" in curves else [("", curves)]
    figure, column = plt.subplots(len(panels), 1, figsize=(5.4, 1.4 + 3 * len(panels)), sharex=True, squeeze=False)
    for axes, (title, panel) in zip(column[:, 0], panels, strict=True):
        looks = zip(sns.color_palette("colorblind"), cycle(MARKS), strict=False)
        for (name, curve), (color, mark) in zip(panel.groupby("model", sort=False), looks, strict=False):
            axes.plot(curve["epoch"], curve["gap"], color=color, marker=mark, markersize=4, linewidth=1.2, label=name)
            low, high = curve["gap"] - curve["gap_spread"], curve["gap"] + curve["gap_spread"]
            axes.fill_between(curve["epoch"], low, high, color=color, alpha=0.15, linewidth=0)
        axes.set(title=title, ylabel="validation GAP@20")
        axes.legend(loc="lower right", fontsize="small")
    column[-1, 0].set_xlabel("epoch")
    column[-1, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def described_curves(curves: pd.DataFrame) -> str:
    """What the figure shows, in words: where each curve begins and where it ends."""
    if "panel" in curves:
        curves = curves.assign(model=curves["panel"] + ", " + curves["model"])
    ends = [
        f"{name} from {curve['gap'].iloc[0]:.3f} to {curve['gap'].iloc[-1]:.3f} ± {curve['gap_spread'].iloc[-1]:.3f}"
        for name, curve in curves.groupby("model", sort=False)
    ]
    return f"Validation GAP over {curves['epoch'].max()} epochs: {'; '.join(ends)}."
