"""Matrices as pictures."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import use_house_style


def draw_matrix_pictures(entries: pd.DataFrame, *, columns: int, one_scale: bool) -> Figure:
    """One picture a matrix: orange is negative, purple positive, white zero.

    Parameters
    ----------
    entries
        Of `compactvid.report.matrix_entries`.
    columns
        Pictures beside each other.
    one_scale
        Whether a colour means the same value in all pictures, with a bar that says which; otherwise each picture's
        largest magnitude has the darkest colour.
    """
    use_house_style()
    groups = list(entries.groupby("picture", sort=False))
    rows = -(-len(groups) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(5.4, 0.9 * one_scale + 5.8 * rows / columns), squeeze=False)
    for axes in panels.flat[len(groups) :]:
        axes.set_visible(False)
    for axes, (name, picture) in zip(panels.flat, groups, strict=False):
        matrix = picture.pivot(index="row", columns="column", values="value").to_numpy()
        limit = (entries if one_scale else picture)["value"].abs().max()
        image = axes.imshow(matrix, cmap="PuOr", vmin=-limit, vmax=limit, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.set_title(name, fontsize="small")
        axes.grid(visible=False)
    if one_scale:
        figure.colorbar(image, ax=list(panels.flat), label="value of an entry", orientation="horizontal", aspect=40)
    return figure
