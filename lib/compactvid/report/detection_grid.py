"""A detector's grid on a picture: cells, boxes with their confidence, classes, and what is detected in the end."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from compactvid.report.palette import OURS, use_house_style

_OUTLINE = withStroke(linewidth=2.5, foreground="black")


def draw_detection_grid(picture: np.ndarray, found: pd.DataFrame, grid: tuple[int, int]) -> Figure:
    """Four panels: the grid with the objects, all boxes, the classes of the cells, and the detections.

    A box is drawn the wider and the less transparent, the more confident it is beside the most confident one. A cell
    has the colour of the likeliest class of its most confident box.

    Parameters
    ----------
    picture
        uint8, (height, width, 3), RGB.
    found
        Columns what ("object", "box" or "detection"), label, x_min, y_min, x_max, y_max (in cells), row, column (from
        1; none of a detection) and confidence (of a detection its score; none of an object).
    grid
        Its rows and columns.
    """
    use_house_style()
    figure, panels = plt.subplots(2, 2, figsize=(5.4, 6.2))
    colors = dict(zip(sorted(set(found["label"])), sns.color_palette("colorblind"), strict=False))
    titles = ("cells and objects", "all boxes", "class of each cell", "detections")
    for axes, title in zip(panels.flat, titles, strict=True):
        _picture(axes, picture, grid)
        axes.set_title(title, fontsize=11)
    cells, boxes, classes, detections = panels.flat
    objects = found[found["what"] == "object"]
    for row in objects.itertuples():
        _cell(cells, row, facecolor=(OURS["color"], 0.6))
        _box(cells, row, color="white")
        centre = (row.x_min + row.x_max) / 2, (row.y_min + row.y_max) / 2
        cells.plot(*centre, "wo", markersize=4, path_effects=[_OUTLINE])
    predicted = found[found["what"] == "box"]
    for row in predicted.sort_values("confidence").itertuples():
        share = row.confidence / predicted["confidence"].max()
        looks = {"linewidth": 0.3 + 3 * share, "alpha": 0.1 + 0.9 * share}
        boxes.add_patch(_rectangle(row, edgecolor=colors[row.label], **looks))
    best = predicted.loc[predicted.groupby(["row", "column"])["confidence"].idxmax()]
    for row in best.itertuples():
        _cell(classes, row, facecolor=(colors[row.label], 0.6))
    for row in found[found["what"] == "detection"].itertuples():
        _box(detections, row, color=colors[row.label])
        _text(detections, row, row.y_min, f"{row.label} {row.confidence:.2f}")
    handles = [Patch(facecolor=color, label=label) for label, color in colors.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize="small", handlelength=1)
    return figure


def draw_anchor_targets(picture: np.ndarray, targets: pd.DataFrame, grid: tuple[int, int]) -> Figure:
    """The grid, the objects, the cell that answers for each, and dashed the anchor's box there.

    Parameters
    ----------
    picture
        uint8, (height, width, 3), RGB.
    targets
        Columns label, x_min, y_min, x_max, y_max, anchor_x_min, ..., anchor_y_max (in cells), row, column (from 1) and
        overlap (of both boxes).
    grid
        Its rows and columns.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 5.4 * grid[0] / grid[1]))
    _picture(axes, picture, grid)
    for row in targets.itertuples():
        _cell(axes, row, facecolor=(OURS["color"], 0.6))
        _box(axes, row, color="white")
        anchor = [getattr(row, f"anchor_{name}") for name in ("x_min", "y_min", "x_max", "y_max")]
        _outlined(axes, *anchor, color=OURS["color"], linestyle="--")
        # Below the box, where it does not hide a small object, unless the picture ends there.
        below = row.y_max < grid[0] - 1
        _text(axes, row, row.y_max, f"{row.label}, overlap {row.overlap:.2f}", above=not below)
    return figure


def described_cells(rows: pd.DataFrame) -> str:
    """Which cell answers for which object, in words."""
    return "; ".join(f"{row.label} in row {row.row}, column {row.column}" for row in rows.itertuples())


def _picture(axes: Axes, picture: np.ndarray, grid: tuple[int, int]) -> None:
    rows, columns = grid
    axes.imshow(picture, extent=(0, columns, rows, 0), interpolation="nearest")
    for positions, draw in ((range(1, rows), axes.axhline), (range(1, columns), axes.axvline)):
        for position in positions:
            draw(position, color="white", linewidth=0.6, alpha=0.7)
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.set_axis_off()


def _cell(axes: Axes, row: Any, **looks: Any) -> None:
    axes.add_patch(Rectangle((row.column - 1, row.row - 1), 1, 1, linewidth=0, **looks))


def _rectangle(row: Any, **looks: Any) -> Rectangle:
    return Rectangle((row.x_min, row.y_min), row.x_max - row.x_min, row.y_max - row.y_min, fill=False, **looks)


def _box(axes: Axes, row: Any, **looks: Any) -> None:
    _outlined(axes, row.x_min, row.y_min, row.x_max, row.y_max, **looks)


def _outlined(axes: Axes, left: float, top: float, right: float, bottom: float, **looks: Any) -> None:
    shown: Mapping[str, Any] = {"linewidth": 1.4, "path_effects": [_OUTLINE], **looks}
    axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], **shown)


def _text(axes: Axes, box: Any, edge: float, text: str, *, above: bool = False) -> None:
    """Below or above a horizontal edge of a box, from its left side on; from its right one where that is far right."""
    far = box.x_min > 0.6 * axes.get_xlim()[1]
    place, offset, align = (box.x_max, -2, "right") if far else (box.x_min, 2, "left")
    up, side = (2, "bottom") if above else (-2, "top")
    outline = [withStroke(linewidth=2, foreground="black")]
    looks: Mapping[str, Any] = {"color": "white", "fontsize": 9, "path_effects": outline, "ha": align, "va": side}
    axes.annotate(text, (place, edge), (offset, up), textcoords="offset points", **looks)
