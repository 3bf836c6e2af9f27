"""Signal-to-noise ratios layer by layer, a curve a way of quantising."""

from itertools import cycle

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from compactvid.report.epoch_curves import MARKS
from compactvid.report.palette import use_house_style

MARGIN = 4.0
"""Decibels below the lowest mark and above the highest."""
BESIDE = 0.05
"""How far the marks of two schemes stand from each other, in layers: intervals beside each other can be told apart."""


def draw_signal_to_noise(ratios: pd.DataFrame) -> Figure:
    """Panels below each other, the layers from left to right, one legend below all.

    Parameters
    ----------
    ratios
        Columns panel, scheme, layer and decibels (missing where there is no noise, or nothing is known), all in the
        order that they are to be shown in, at most ten schemes; and, where there are intervals, decibels_spread.
    """
    use_house_style()
    layers, schemes = ({name: None for name in ratios[column]} for column in ("layer", "scheme"))
    places = {layer: place for place, layer in enumerate(layers)}
    panels = list(ratios.groupby("panel", sort=False))
    height = 0.6 + 2.6 * len(panels) + 0.24 * len(schemes)
    figure, column = plt.subplots(len(panels), 1, figsize=(5.4, height), sharex=True, squeeze=False)
    fills = ["full"] * len(MARKS) + ["none"] * len(MARKS)
    looks = dict(zip(schemes, zip(sns.color_palette("colorblind"), cycle(MARKS), fills, strict=False), strict=False))
    for axes, (title, panel) in zip(column[:, 0], panels, strict=True):
        for number, (scheme, (color, mark, fill)) in enumerate(looks.items()):
            aside = BESIDE * (number - (len(looks) - 1) / 2)
            found = panel[panel["scheme"] == scheme]
            axes.errorbar(
                found["layer"].map(places).to_numpy("float64") + aside,
                found["decibels"].to_numpy("float64"),
                yerr=found.get("decibels_spread"),
                color=color,
                marker=mark,
                markersize=5,
                linewidth=1.2,
                elinewidth=0.8,
                fillstyle=fill,
            )
        # Intervals over few worlds may be far wider than all that there is to compare.
        limits = panel["decibels"].min() - MARGIN, panel["decibels"].max() + MARGIN
        axes.set(title=title, ylabel="signal to noise (dB)", ylim=limits)
    column[-1, 0].set_xticks(range(len(layers)), layers, rotation=30)
    marks = [
        plt.Line2D([], [], color=color, marker=mark, fillstyle=fill, label=scheme)
        for scheme, (color, mark, fill) in looks.items()
    ]
    figure.legend(handles=marks, loc="outside lower center", fontsize="small")
    return figure
