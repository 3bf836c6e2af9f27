"""How often each label occurs."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, OURS_REAL, use_house_style


def draw_label_frequency(frequency: pd.DataFrame, *, real: bool) -> Figure:
    """Share of videos over the rank of the label, both logarithmic.

    Parameters
    ----------
    frequency
        Columns rank (from 1) and share (of videos, in [0, 1]).
    real
        Whether the videos are real ones: chooses the colour.
    """
    use_house_style()
    figure, axes = plt.subplots()
    look = OURS_REAL if real else OURS
    axes.plot(frequency["rank"], frequency["share"], linestyle="", markersize=3, **look)
    axes.set(xscale="log", yscale="log", xlabel="rank of the label", ylabel="share of videos with the label")
    return figure
