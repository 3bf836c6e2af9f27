"""The best ensembles of every size, beside those that a paper prints."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, PAPER, use_house_style


def draw_ensemble_frontier(frontier: pd.DataFrame, printed: pd.DataFrame, error: float, budget_mib: float) -> Figure:
    """The highest predicted GAP of at most each size, in a band of the model's error; printed ensembles as marks.

    Parameters
    ----------
    frontier
        Columns mib and score, by size.
    printed
        Columns ensemble, mib, local_gap and undominated (yes or no); those are named.
    error
        Of the score model, in GAP.
    budget_mib
        The limit.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 5.0))
    shown = frontier[frontier["mib"] >= 0.9 * printed["mib"].min()]
    color = OURS["color"]
    axes.step(shown["mib"], shown["score"], where="post", color=color, label="best of all subsets, predicted")
    axes.fill_between(
        shown["mib"],
        shown["score"] - error,
        shown["score"] + error,
        step="post",
        color=color,
        alpha=0.2,
        linewidth=0,
        label="± left-out error",
    )
    axes.plot(printed["mib"], printed["local_gap"], linestyle="", label="the paper's ensembles, printed", **PAPER)
    undominated = printed[printed["undominated"] == "yes"]
    for number, ensemble in enumerate(undominated.itertuples()):  # to both sides in turn, where they lie close
        away, side = (8, "left") if number % 2 else (-8, "right")
        axes.annotate(
            ensemble.ensemble,
            (ensemble.mib, ensemble.local_gap),
            xytext=(away, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize="small",
        )
    axes.axvline(budget_mib, color=PAPER["color"], linestyle="--", linewidth=1)
    axes.margins(x=0.12)
    axes.set(xlabel="float16 size (MiB)", ylabel="GAP@20")
    axes.legend(loc="upper left", fontsize="small")
    return figure
