"""The stages of a program as a diagram: what passes between them, and how long each takes."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compactvid.report.palette import OURS, use_house_style

WIDTH, STEP, HEIGHT, EDGE = 5.4, 1.15, 0.62, 0.14
"""Inches: the diagram's width, from one line of boxes to the next, a box, and where long arrows run."""


def draw_pipeline(stages: pd.DataFrame, passed: pd.DataFrame) -> Figure:
    """A box a stage, with an arrow from each to those that take what it gives, one line a step.

    Parameters
    ----------
    stages
        One row a stage: stage, does, milliseconds, step (of equal steps, none takes what another gives).
    passed
        One row an arrow: source and target (stages), what, shape (as text), bytes. One from further above than the line
        before runs along the edge.
    """
    use_house_style()
    last = stages["step"].max()
    figure, axes = plt.subplots(figsize=(WIDTH, STEP * last + HEIGHT + 0.2))
    places = {}
    for step, members in stages.groupby("step"):
        room = (WIDTH - 2 * EDGE) / len(members)
        for place, row in enumerate(members.itertuples()):
            x, y = EDGE + (place + 0.5) * room, -STEP * step
            width = min(room - 0.2, 2.9)
            places[row.stage] = (x, y, width)
            looks = {"boxstyle": "round,pad=0,rounding_size=0.08", "facecolor": "white", "edgecolor": OURS["color"]}
            axes.add_patch(FancyBboxPatch((x - width / 2, y - HEIGHT / 2), width, HEIGHT, linewidth=1.4, **looks))
            axes.text(x, y + 0.17, row.stage, ha="center", va="center", fontsize=11, weight="bold")
            axes.text(x, y - 0.02, row.does, ha="center", va="center", fontsize=9.5)
            axes.text(x, y - 0.2, f"{row.milliseconds:.1f} ms", ha="center", va="center", fontsize=9.5)
    steps = stages.set_index("stage")["step"]
    for row in passed.itertuples():
        (x, y, width), (to_x, to_y, to_width) = places[row.source], places[row.target]
        text = f"{row.what}: {row.shape}\n{row.bytes:,} bytes"
        if steps[row.target] == steps[row.source] + 1:
            start, end = (x + 0.35 * (to_x - x) / 2, y - HEIGHT / 2), (to_x - 0.35 * (to_x - x) / 2, to_y + HEIGHT / 2)
            middle, left = (start[0] + end[0]) / 2, start[0] + end[0] < WIDTH - 0.1
            looks = {"va": "center", "ha": "right" if left else "left", "fontsize": 8.5}
            beside = 0.12 + abs(start[0] - end[0]) / 4
            axes.text(middle + (-beside if left else beside), (start[1] + end[1]) / 2, text, **looks)
        else:
            start, end = (EDGE, y), (to_x - to_width / 2, to_y)
            axes.plot([x - width / 2, EDGE, EDGE, end[0]], [y, y, to_y, to_y], color="0.35", linewidth=1)
            start = (end[0] - 0.1, to_y)
            axes.text(EDGE + 0.06, y - HEIGHT / 2, text, va="top", fontsize=8.5)
        arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color="0.35", shrinkA=0, shrinkB=0)
        axes.add_patch(arrow)
    axes.set(xlim=(0, WIDTH), ylim=(-STEP * last - HEIGHT / 2 - 0.1, HEIGHT / 2 + 0.1))
    axes.axis("off")
    return figure


def described_pipeline(stages: pd.DataFrame, passed: pd.DataFrame) -> str:
    """The diagram in words, for its alternative text."""
    parts = []
    for row in stages.itertuples():
        given = passed[passed["target"] == row.stage]
        takes = " and ".join(
            f"{arrow.what} of {arrow.bytes:,} bytes from {arrow.source}" for arrow in given.itertuples()
        )
        parts.append(f"{row.stage} ({row.does}), {row.milliseconds:.1f} ms" + (f", takes {takes}" if takes else ""))
    return f"{len(stages)} stages. " + "; ".join(parts) + "."
