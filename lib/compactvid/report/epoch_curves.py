"""A score by epoch, a curve a model with the band of its worlds."""

from itertools import cycle

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from compactvid.report.palette import use_house_style

MARKS = "osD^vP"


def draw_epoch_curves(
    curves: pd.DataFrame, *, score: str = "gap", label: str | None = "validation GAP@20", mark_every: int = 1
) -> Figure:
    """A curve a model, in a band of its interval over the worlds.

    The upright axis is that of the curves: bands that are wider than all of them together, as those of two worlds are,
    leave it.

    Parameters
    ----------
    curves
        Columns model, epoch (from 1), `score` and its `..._spread`; the models in the order of the legend. With a
        column panel, the panels stand below each other.
    score
        Name of the column that is drawn.
    label
        Of the upright axis; None: the panel's name, in place of a title.
    mark_every
        Epochs from one mark to the next.
    """
    use_house_style()
    panels = [*curves.groupby("panel", sort=False)] if "panel" in curves else [("", curves)]
    figure, column = plt.subplots(len(panels), 1, figsize=(5.4, 1.4 + 3 * len(panels)), sharex=True, squeeze=False)
    explained: list[str] = []
    for axes, (title, panel) in zip(column[:, 0], panels, strict=True):
        looks = zip(sns.color_palette("colorblind"), cycle(MARKS), strict=False)
        for (name, curve), (color, mark) in zip(panel.groupby("model", sort=False), looks, strict=False):
            look = {"color": color, "marker": mark, "markersize": 4, "linewidth": 1.2, "markevery": mark_every}
            axes.plot(curve["epoch"], curve[score], label=name, **look)
            low, high = (curve[score] + sign * curve[f"{score}_spread"] for sign in (-1, 1))
            axes.fill_between(curve["epoch"], low, high, color=color, alpha=0.15, linewidth=0)
        axes.set(title=title if label else "", ylabel=label or title, ylim=_limits(panel, score))
        if (models := [*panel["model"].unique()]) != explained:  # once for panels of the same models
            axes.legend(loc="lower right" if score == "gap" else "best", fontsize="small")
            explained = models
    column[-1, 0].set_xlabel("epoch")
    column[-1, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _limits(panel: pd.DataFrame, score: str) -> tuple[float, float]:
    """The bands, as far as they are not further from all curves than these from each other."""
    middle, spread = panel[score], panel[f"{score}_spread"]
    beyond = max(middle.max() - middle.min(), 1e-9)
    low = max((middle - spread).min(), middle.min() - beyond)
    high = min((middle + spread).max(), middle.max() + beyond)
    margin = 0.05 * max(high - low, beyond)
    return low - margin, high + margin


def described_curves(curves: pd.DataFrame, *, score: str = "gap", label: str = "Validation GAP") -> str:
    """What the figure shows, in words: where each curve begins and where it ends."""
    if "panel" in curves:
        curves = curves.assign(model=curves["panel"] + ", " + curves["model"])
    ends = []
    for name, curve in curves.groupby("model", sort=False):
        spread = curve[f"{score}_spread"].iloc[-1]
        ends.append(f"{name} from {curve[score].iloc[0]:.3f} to {curve[score].iloc[-1]:.3f} ± {spread:.3f}")
    return f"{label} over {curves['epoch'].max()} epochs: {'; '.join(ends)}."
