"""Differences between ensembles beside what a validation set can resolve."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, PAPER, use_house_style


def draw_difference_noise(pairs: pd.DataFrame) -> Figure:
    """A row a pair: the printed difference, and how far one that is zero may come out.

    Parameters
    ----------
    pairs
        Columns pair, paper_difference and noise (a standard deviation), in GAP.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 1.6 + 0.3 * len(pairs)))
    rows = range(len(pairs))
    axes.barh(
        rows,
        2 * 1.96 * pairs["noise"],
        left=-1.96 * pairs["noise"],
        height=0.6,
        color=BASELINE["color"],
        alpha=0.4,
        label="95 % of re-drawn validation sets, no difference",
    )
    axes.plot(pairs["paper_difference"], rows, linestyle="", label="the paper's difference", **PAPER)
    axes.set_yticks(rows, pairs["pair"])
    axes.invert_yaxis()
    axes.set(xlabel="difference of GAP@20")
    figure.legend(loc="outside lower center")
    return figure
