"""Precision over recall."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, OURS_REAL, use_house_style


def draw_precision_recall(curves: pd.DataFrame, *, baseline: str, real: bool) -> Figure:
    """A line a model and draw.

    Parameters
    ----------
    curves
        Columns model, draw, recall, precision (the last two in [0, 1]).
    baseline
        The model that is drawn as the baseline.
    real
        Whether the videos are real ones: chooses the colour.
    """
    use_house_style()
    figure, axes = plt.subplots()
    for (model, draw), curve in curves.groupby(["model", "draw"], sort=False):
        style, look = ("--", BASELINE) if model == baseline else ("-", OURS_REAL if real else OURS)
        label = model if draw == curves["draw"].min() else None
        axes.plot(curve["recall"], curve["precision"], linestyle=style, color=look["color"], alpha=0.8, label=label)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend()
    return figure
