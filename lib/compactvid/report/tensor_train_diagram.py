"""A tensor train drawn as a chain of cores, and what is left of a vector as core after core is summed over."""

import math

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, use_house_style

FILLS = {"input mode": "white", "rank": OURS["color"], "output mode": "0.85"}
"""Of the dimensions that stand between the steps."""


def draw_tensor_train(cores: pd.DataFrame) -> Figure:
    """A circle a core: input modes above, output modes below, ranks on the lines between neighbours.

    Parameters
    ----------
    cores
        Columns core, rank_before, input_mode, output_mode, rank_after, in the order of the chain.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 2.6))
    last = len(cores) - 1
    for place, core in enumerate(cores.itertuples()):
        axes.plot([place, place], [0, 1], color="0.5", linewidth=2, zorder=1)
        axes.plot([place, place], [-1, 0], color="0.5", linewidth=2, zorder=1)
        axes.text(place, 1.08, f"$m_{core.core} = {core.input_mode}$", ha="center", va="bottom")
        axes.text(place, -1.08, f"$n_{core.core} = {core.output_mode}$", ha="center", va="top")
        axes.text(place, 0, f"$G_{core.core}$", ha="center", va="center", color="white", zorder=3)
        if place < last:
            axes.plot([place, place + 1], [0, 0], color="0.5", linewidth=2, zorder=1)
            axes.text(place + 0.5, 0.12, f"$r_{core.core} = {core.rank_after}$", ha="center", va="bottom")
    axes.scatter(range(last + 1), [0] * (last + 1), s=900, color=OURS["color"], zorder=2)
    axes.text(-0.75, 1, "input", ha="center", va="center")
    axes.text(-0.75, -1, "output", ha="center", va="center")
    axes.set(xlim=(-1.1, last + 0.6), ylim=(-1.6, 1.6))
    axes.axis("off")
    return figure


def described_tensor_train(cores: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = [
        f"core {core.core}: input mode {core.input_mode}, output mode {core.output_mode}" for core in cores.itertuples()
    ]
    ranks = ", ".join(str(rank) for rank in cores["rank_after"][:-1])
    return f"A chain of {len(cores)} cores. {'; '.join(parts).capitalize()}. Ranks between neighbours: {ranks}."


def draw_contraction(dimensions: pd.DataFrame, steps: pd.DataFrame) -> Figure:
    """A bar a step, as long as the logarithm of how many numbers it leaves; a part of it a dimension, likewise.

    Parameters
    ----------
    dimensions
        Columns step (0 is the vector itself), kind (of `FILLS`), name (in TeX), size.
    steps
        Columns step (from 1), cores (as text), multiplications.
    """
    use_house_style()
    last = int(dimensions["step"].max())
    figure, axes = plt.subplots(figsize=(5.4, 0.95 * (last + 1) + 0.5))
    for step, parts in dimensions.groupby("step"):
        left, height = 0.0, -float(step)
        for part in parts.itertuples():
            width = math.log(part.size)
            axes.barh(height, width, 0.42, left, color=FILLS[part.kind], edgecolor="0.3", label=part.kind)
            axes.text(left + width / 2, height, f"${part.name}$\n{part.size}", ha="center", va="center", fontsize=9)
            left += width
        axes.text(left + 0.15, height, f"{math.prod(parts['size']):,}", ha="left", va="center")
    for row in steps.itertuples():
        looks = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (0.5, 0.23 - row.step), (0.5, 0.77 - row.step), arrowprops=looks)
        text = f"core {row.cores}: {row.multiplications:,} multiplications"
        axes.text(0.75, 0.5 - row.step, text, ha="left", va="center", fontsize=9.5)
    found = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend([found[kind] for kind in FILLS], list(FILLS), loc="upper center", bbox_to_anchor=(0.5, 0), ncols=3)
    longest = max(math.log(math.prod(parts["size"])) for _, parts in dimensions.groupby("step"))
    axes.set(xlim=(-0.1, 1.25 * longest), ylim=(-last - 0.3, 0.3))
    axes.axis("off")
    return figure


def described_contraction(dimensions: pd.DataFrame, steps: pd.DataFrame) -> str:
    """What that figure shows, in words."""
    parts = []
    for step, found in dimensions.groupby("step"):
        sizes = " times ".join(str(size) for size in found["size"])
        held = f"{sizes}, {math.prod(found['size']):,} numbers"
        if step == 0:
            parts.append(f"The vector is {held}.")
        else:
            row = steps.set_index("step").loc[step]
            parts.append(f"Core {row['cores']}, {row['multiplications']:,} multiplications, leaves {held}.")
    return " ".join(parts)
