"""Precision over recall."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, OURS_REAL, use_house_style


def draw_precision_recall(curves: pd.DataFrame, *, baseline: str, real: bool) -> Figure:
    """A line a model.

    Parameters
    ----------
    curves
        Columns model, recall, precision (both in [0, 1]).
    baseline
        The model that is drawn as the baseline.
    real
        Whether the videos are real ones: chooses the colour.
    """
    use_house_style()
    figure, axes = plt.subplots()
    for model, curve in curves.groupby("model", sort=False):
        style, color = ("--", BASELINE) if model == baseline else ("-", OURS_REAL if real else OURS)
        axes.plot(curve["recall"], curve["precision"], linestyle=style, color=color["color"], label=model)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend()
    return figure
