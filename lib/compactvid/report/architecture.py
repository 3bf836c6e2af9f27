"""A model's layers as a diagram, from its inputs down to its output."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compactvid.report.palette import OURS, use_house_style

WIDTH, STEP, HEIGHT = 5.4, 0.66, 0.44
"""Inches: the diagram's width, from one line of boxes to the next, and a box."""


def draw_architecture(nodes: pd.DataFrame, filled: str = "cast") -> Figure:
    """Draw one box a layer, one line a step, with an arrow from each layer to those that take its output.

    Parameters
    ----------
    nodes
        One row a layer: layer, name, shape (as text), parameters, after (the layers whose output it takes, by comma),
        step (of equal steps, none needs another).
    filled
        The column of those whose boxes are filled; not zero where a box is.
    """
    use_house_style()
    steps = nodes["step"].max()
    figure, axes = plt.subplots(figsize=(WIDTH, STEP * (steps + 1)))
    places = {}
    for step, members in nodes.groupby("step"):
        room = WIDTH / len(members)
        for place, row in enumerate(members.itertuples()):
            x, y = (place + 0.5) * room, -STEP * step
            places[row.layer] = (x, y)
            width = min(room - 0.1, 0.7 * WIDTH)
            box = FancyBboxPatch(
                (x - width / 2, y - HEIGHT / 2),
                width,
                HEIGHT,
                boxstyle="round,pad=0,rounding_size=0.08",
                facecolor=(OURS["color"], 0.3) if getattr(row, filled) else "white",
                edgecolor=OURS["color"],
                linewidth=1.4,
            )
            axes.add_patch(box)
            # More than three boxes a line leave room for short lines only.
            large, small, joint = (9, 8, " · ") if len(members) <= 3 else (6, 6, "\n")
            counted = f"{joint}{row.parameters:,} parameters" if row.parameters else ""
            axes.text(x, y + 0.09, row.name, ha="center", va="center", fontsize=large, weight="bold")
            axes.text(x, y - 0.1, row.shape + counted, ha="center", va="center", fontsize=small)
    for row in nodes.itertuples():
        x, y = places[row.layer]
        for earlier in filter(None, row.after.split(", ")):
            start = (places[earlier][0], places[earlier][1] - HEIGHT / 2)
            end = (x, y + HEIGHT / 2)
            axes.add_patch(
                FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color="0.35", shrinkA=0, shrinkB=0)
            )
    axes.set(xlim=(0, WIDTH), ylim=(-STEP * (steps + 0.5), STEP / 2))
    axes.axis("off")
    return figure
