"""An ensemble in one graph, as a diagram from its inputs down to its output."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compactvid.report.palette import OURS, PAPER, use_house_style

WIDTH, STEP, HEIGHT = 5.4, 0.95, 0.8
"""Inches: the diagram's width, from one member to the next, and a member's box. Beside each other, members would leave
no more room for letters that a phone can show."""
LEFT, RIGHT, BUS = 0.5, 4.0, 5.15
"""Where the members' boxes begin and end, and where their outputs run down to the sum."""


def draw_ensemble_diagram(members: pd.DataFrame, *, inputs: str, output: str) -> Figure:
    """Draw the members, one below the other, between shared inputs and a weighted sum; their weights stand at arrows.

    Parameters
    ----------
    members
        One row a member: letter, model, scope, cluster_size, hidden_size, parameters, kib, size_mib, weight,
        paper_weight. What is as printed has the paper's colour.
    inputs, output
        What is written in the boxes above and below them.
    """
    use_house_style()
    height = STEP * len(members) + 1.3
    figure, axes = plt.subplots(figsize=(WIDTH, height))
    top, bottom = height - 0.25, 0.25
    for y, text in ((top, inputs), (bottom, output)):
        _box(axes, (0.05, y - 0.2), WIDTH - 0.1, 0.4)
        axes.text(WIDTH / 2, y, text, ha="center", va="center", fontsize=10.5)
    for place, row in enumerate(members.itertuples()):
        y = top - 0.4 - STEP * (place + 0.5)
        _box(axes, (LEFT, y - HEIGHT / 2), RIGHT - LEFT, HEIGHT)
        paper = {"color": PAPER["color"]}
        for line, (text, looks) in enumerate(
            [
                (f"{row.model}, {row.size_mib:.2f} MiB", paper),
                (f"{row.scope}: K {row.cluster_size}, H {row.hidden_size}", {}),
                (f"{row.parameters:,} values, {row.kib:.0f} KiB", {}),
            ]
        ):
            axes.text(LEFT + 0.65, y + 0.23 - 0.23 * line, text, va="center", fontsize=10.5, **looks)
        axes.text(LEFT + 0.3, y, row.letter, ha="center", va="center", fontsize=17, weight="bold")
        _arrow(axes, (LEFT / 2, y), (LEFT, y))
        axes.plot([RIGHT, BUS], [y, y], color="0.35", linewidth=1)
        axes.text(RIGHT + 0.12, y + 0.15, f"× {row.weight:.2f}", va="center", fontsize=11, weight="bold")
        axes.text(RIGHT + 0.12, y - 0.15, f"paper {row.paper_weight:.2f}", va="center", fontsize=10.5, **paper)
        last = y
    axes.plot([LEFT / 2, LEFT / 2], [top - 0.2, last], color="0.35", linewidth=1)
    _arrow(axes, (BUS, top - 0.4 - STEP / 2), (BUS, bottom + 0.2))
    axes.set(xlim=(0, WIDTH), ylim=(0, height))
    axes.axis("off")
    return figure


def _box(axes: Axes, corner: tuple[float, float], width: float, height: float) -> None:
    looks = {"boxstyle": "round,pad=0,rounding_size=0.08", "facecolor": "white", "edgecolor": OURS["color"]}
    axes.add_patch(FancyBboxPatch(corner, width, height, linewidth=1.4, **looks))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color="0.35", shrinkA=0, shrinkB=0))
