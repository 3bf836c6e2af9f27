"""A tensor train drawn as a chain of cores."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, use_house_style


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
