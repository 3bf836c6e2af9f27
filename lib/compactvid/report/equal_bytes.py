"""What clusters traded for hidden size gain at equal bytes."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from compactvid.report.palette import BASELINE, OURS, PAPER, use_house_style


def draw_equal_bytes(predicted: pd.DataFrame, trained: pd.DataFrame) -> Figure:
    """Two panels: what halving the clusters is predicted to gain the paper's models, and what fewer gained ours.

    Parameters
    ----------
    predicted
        Columns clusters, gain, gain_spread.
    trained
        Columns reference, clusters, difference, difference_spread; a reference's own row has no difference.
    """
    use_house_style()
    figure, (above, below) = plt.subplots(2, 1, figsize=(5.4, 6.4))
    above.errorbar(predicted["clusters"], predicted["gain"], yerr=predicted["gain_spread"], ls="", capsize=3, **PAPER)
    above.set(title="Paper: predicted from Table 1", ylabel="GAP gained by halving K")
    looks = (("full", "-"), ("none", "--"), ("full", ":"))
    for (fill, line), (reference, level) in zip(looks, trained.groupby("reference", sort=False), strict=False):
        level = level.sort_values("clusters").fillna({"difference": 0.0, "difference_spread": 0.0})
        below.errorbar(
            level["clusters"],
            level["difference"],
            yerr=level["difference_spread"],
            capsize=3,
            fillstyle=fill,
            linestyle=line,
            label=reference,
            **OURS,
        )
    below.set(title="Ours: trained at equal bytes", ylabel="GAP against most clusters")
    below.legend(title="starts from", loc="best")
    for axes in (above, below):
        axes.axhline(0, color=BASELINE["color"], linewidth=1)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("clusters K")
    below.set_xlabel("clusters K, as trained")
    return figure
