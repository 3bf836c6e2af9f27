"""How large changes of a score are, by their cause."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, PAPER, use_house_style

SMALLEST = 1e-6


def draw_change_sizes(changes: pd.DataFrame, *, margin: float) -> Figure:
    """A row a cause, a mark a model and world; changes by other than float32 are filled.

    Parameters
    ----------
    changes
        Columns what and size, in GAP; causes that begin with "float32" are noise of the uncompressed model.
    margin
        The size that the paper allows, drawn as a line.
    """
    use_house_style()
    causes = list(dict.fromkeys(changes["what"]))
    # The names stand above their rows: beside them, a phone would have no room for the marks.
    figure, axes = plt.subplots(figsize=(5.4, 0.55 * len(causes) + 1.2))
    axes.axvline(margin, color=PAPER["color"], linewidth=1.5, linestyle="--")
    axes.annotate(f" paper: {margin:g}", (margin, 1), xycoords=("data", "axes fraction"), va="top", fontsize="small")
    for place, cause in enumerate(causes):
        sizes = changes.loc[changes["what"] == cause, "size"].clip(lower=SMALLEST)
        look = BASELINE if cause.startswith("float32") else OURS
        axes.plot(sizes, [place + 0.15] * len(sizes), linestyle="", alpha=0.7, **look)
        axes.annotate(cause, (0.01, place - 0.1), xycoords=("axes fraction", "data"), fontsize="small", va="bottom")
    axes.set(xscale="log", xlabel="size of the change of GAP@20 on test", yticks=[], ylim=(len(causes) - 0.5, -0.9))
    return figure
