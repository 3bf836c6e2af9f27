"""A picture, and what one filter of a network makes of it: in float, in few bits, and the difference."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from compactvid.report.palette import OURS, use_house_style

PANELS = {"float": "in float", "eight_bit": "8-bit levels", "difference": "difference, levels"}


def draw_feature_maps(picture: np.ndarray, maps: pd.DataFrame, *, row: int, column: int) -> Figure:
    """Four panels: the picture and three maps; orange is negative, purple positive, white zero.

    Parameters
    ----------
    picture
        RGB, uint8 (height, width, 3).
    maps
        A row a place of the feature map: row, column (from 1), float and eight_bit, which share their colours, and
        difference.
    row, column
        The place that is framed in every panel, from 1.
    """
    use_house_style()
    figure, panels = plt.subplots(2, 2, figsize=(5.4, 5.9))
    grids = {name: maps.pivot(index="row", columns="column", values=name).to_numpy() for name in PANELS}
    rows, columns = grids["float"].shape
    # In the maps' own coordinates: a place is a square of 1 around its number.
    extent = (0.5, columns + 0.5, rows + 0.5, 0.5)
    panels.flat[0].imshow(picture, extent=extent, interpolation="nearest")
    panels.flat[0].set_title("picture")
    shared = max(np.abs(grids[name]).max() for name in ("float", "eight_bit"))
    for axes, (name, title) in zip(panels.flat[1:], PANELS.items(), strict=True):
        limit = np.abs(grids[name]).max() if name == "difference" else shared
        image = axes.imshow(grids[name], cmap="PuOr", vmin=-limit, vmax=limit, extent=extent, interpolation="nearest")
        axes.set_title(title)
        figure.colorbar(image, ax=axes, orientation="horizontal", shrink=0.8)
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=OURS["color"], linewidth=2))
    return figure
