"""Scores over the number and the size of samples, as a matrix of colours and numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from compactvid.report.palette import use_house_style


def draw_pooling_surface(surface: pd.DataFrame) -> Figure:
    """A cell a pooling: a row a number of samples, a column a number of frames in each; untrained ones stay white.

    Parameters
    ----------
    surface
        Columns samples and frames (text, in order), and difference (of GAPs, coloured around 0).
    """
    use_house_style()
    cells = surface.pivot(index="samples", columns="frames", values="difference")
    cells = cells.loc[_ordered(surface["samples"]), _ordered(surface["frames"])]
    figure, axes = plt.subplots(figsize=(5.4, 0.8 + 0.6 * len(cells)))
    # Between colour-blind safe blue and orange, pale where nothing differs.
    colours = sns.diverging_palette(250, 45, s=85, l=60, as_cmap=True)
    most = cells.abs().max(axis=None)
    axes.imshow(cells, cmap=colours, vmin=-most, vmax=most, aspect="auto")
    for (row, column), difference in np.ndenumerate(cells):
        if not np.isnan(difference):
            axes.text(column, row, f"{difference:+.3f}", ha="center", va="center", fontsize=9)
    axes.set_xticks(range(cells.shape[1]), cells.columns)
    axes.set_yticks(range(cells.shape[0]), cells.index)
    axes.grid(visible=False)
    axes.set(xlabel="frames k of a sample", ylabel="samples n")
    return figure


def _ordered(values: pd.Series) -> list[str]:
    """Numbers by size, words after them."""
    return sorted(values.unique(), key=lambda value: (not value.isdigit(), int(value) if value.isdigit() else 0))
