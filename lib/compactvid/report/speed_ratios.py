"""Speed of training over the number of circulant factors, as ratios to a dense layer."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from compactvid.report.palette import BASELINE, OURS, PAPER, use_house_style


def draw_speed_ratios(ratios: pd.DataFrame) -> Figure:
    """One line a source; the dense layer is the line at 1.

    Parameters
    ----------
    ratios
        Columns source, factors, ratio, ratio_spread (0 where there is none). Sources that begin with `paper` have the
        paper's look, up to three others ours; the first of these is filled, the others hollow.
    """
    use_house_style()
    figure, axes = plt.subplots()
    axes.axhline(1, color=BASELINE["color"], linewidth=1, label="dense")
    styles = iter((":", "--", "-"))
    for source, line in ratios.groupby("source", sort=False):
        paper = str(source).startswith("paper")
        style = ":" if paper else next(styles)
        axes.errorbar(
            line["factors"],
            line["ratio"],
            yerr=line["ratio_spread"],
            label=source,
            capsize=3,
            linestyle=style,
            fillstyle="full" if style == ":" else "none",
            **(PAPER if paper else OURS),
        )
    axes.set(xlabel="factors m", ylabel="examples/s, circulant over dense", yscale="log")
    axes.set_xticks(sorted(ratios["factors"].unique()))
    axes.set_yticks([0.5, 1, 2, 5])
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(fontsize="small")
    return figure
