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
        Columns model, epoch (from 1), gap and gap_spread; the models in the order of the legend.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    looks = zip(sns.color_palette("colorblind"), cycle(MARKS), strict=False)
    for (name, curve), (color, mark) in zip(curves.groupby("model", sort=False), looks, strict=False):
        axes.plot(curve["epoch"], curve["gap"], color=color, marker=mark, markersize=4, linewidth=1.2, label=name)
        low, high = curve["gap"] - curve["gap_spread"], curve["gap"] + curve["gap_spread"]
        axes.fill_between(curve["epoch"], low, high, color=color, alpha=0.15, linewidth=0)
    axes.set(xlabel="epoch", ylabel="validation GAP@20")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower right", fontsize="small")
    return figure


def described_curves(curves: pd.DataFrame) -> str:
    """What the figure shows, in words: where each curve begins and where it ends."""
    ends = [
        f"{name} from {curve['gap'].iloc[0]:.3f} to {curve['gap'].iloc[-1]:.3f} ± {curve['gap_spread'].iloc[-1]:.3f}"
        for name, curve in curves.groupby("model", sort=False)
    ]
    return f"Validation GAP over {curves['epoch'].max()} epochs: {'; '.join(ends)}."
