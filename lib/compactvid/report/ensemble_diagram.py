"""An ensemble in one graph, as a diagram from its inputs down to its output."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compactvid.report.palette import OURS, PAPER, use_house_style

WIDTH, HEIGHT = 5.4, 4.4
"""Inches. At a phone's width, four members beside each other leave no more room for each."""


def draw_ensemble_diagram(members: pd.DataFrame, *, inputs: str, output: str) -> Figure:
    """Draw the members side by side between shared inputs and a weighted sum; arrows to it carry the weights.

    Parameters
    ----------
    members
        One row a member: letter, model, scope, cluster_size, hidden_size, parameters, kib, size_mib, weight,
        paper_weight. What is as printed has the paper's colour.
    inputs, output
        What is written in the boxes above and below them.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT))
    room = WIDTH / len(members)
    top, middle, bottom = HEIGHT - 0.35, 2.5, 0.4
    _box(axes, WIDTH / 2, top, WIDTH - 0.2, 0.42)
    axes.text(WIDTH / 2, top, inputs, ha="center", va="center", fontsize=9)
    _box(axes, WIDTH / 2, bottom, WIDTH - 0.2, 0.42)
    axes.text(WIDTH / 2, bottom, output, ha="center", va="center", fontsize=9)
    for place, row in enumerate(members.itertuples()):
        x = (place + 0.5) * room
        _box(axes, x, middle, room - 0.14, 1.76)
        lines = [
            (row.letter, {"weight": "bold", "fontsize": 12}),
            (row.model, {"color": PAPER["color"]}),
            (f"{row.size_mib:.2f} MiB", {"color": PAPER["color"]}),
            (f"{row.scope}:", {"style": "italic"}),
            (f"K {row.cluster_size}, H {row.hidden_size}", {}),
            (f"{row.parameters:,} values", {}),
            (f"{row.kib:.0f} KiB", {}),
        ]
        for line, (text, looks) in enumerate(lines):
            axes.text(x, middle + 0.72 - 0.24 * line, text, ha="center", va="center", **{"fontsize": 8.5, **looks})
        _arrow(axes, (x, top - 0.21), (x, middle + 0.88))
        _arrow(axes, (x, middle - 0.88), (x, bottom + 0.21))
        between = (middle - 0.88 + bottom + 0.21) / 2
        axes.text(x + 0.08, between + 0.1, f"{row.weight:.2f}", weight="bold", fontsize=10)
        axes.text(x + 0.08, between - 0.18, f"paper {row.paper_weight:.2f}", color=PAPER["color"], fontsize=8.5)
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.axis("off")
    return figure


def _box(axes: Axes, x: float, y: float, width: float, height: float) -> None:
    corner = (x - width / 2, y - height / 2)
    looks = {"boxstyle": "round,pad=0,rounding_size=0.08", "facecolor": "white", "edgecolor": OURS["color"]}
    axes.add_patch(FancyBboxPatch(corner, width, height, linewidth=1.4, **looks))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    looks = {"arrowstyle": "-|>", "mutation_scale": 9, "color": "0.35", "shrinkA": 0, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(start, end, **looks))
