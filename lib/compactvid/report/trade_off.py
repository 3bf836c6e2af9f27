"""GAP over size for models of several tables, with the front that none of them passes."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, PAPER, use_house_style

MARKS = {
    "table_2": ("o", "Table 2"),
    "table_3": ("^", "Table 3"),
    "table_4": ("s", "Table 4"),
    "fig_2": ("D", "Fig. 2"),
}


def draw_trade_off(points: pd.DataFrame) -> Figure:
    """Two panels over one axis of sizes, the paper's GAPs and ours: marks by table, filled on the front.

    Each mark is a group of its own for `compactvid.report.figure`'s hints: `paper_0` and `ours_0` of the first row.

    Parameters
    ----------
    points
        Columns table (a key of `MARKS`), mib, paper_gap (NaN where none is printed), gap, gap_spread; paper_front and
        front, "yes" or "no".
    """
    use_house_style()
    figure, panels = plt.subplots(2, 1, figsize=(5.4, 6.4), sharex=True)
    sources = (("paper", "paper_gap", "paper_front", PAPER), ("ours", "gap", "front", OURS))
    for axes, (source, gap, front, look) in zip(panels, sources, strict=True):
        best = points[points[front] == "yes"].sort_values("mib")
        axes.step(best["mib"], best[gap], where="post", color=look["color"], linewidth=1, linestyle="--")
        for row in points.itertuples():
            axes.plot(
                row.mib,
                getattr(row, gap),
                color=look["color"],
                marker=MARKS[str(row.table)][0],
                markersize=8,
                fillstyle="full" if getattr(row, front) == "yes" else "none",
                gid=f"{source}_{row.Index}",
            )
    panels[1].errorbar(
        points["mib"], points["gap"], yerr=points["gap_spread"], ls="", capsize=3, lw=1, color=OURS["color"]
    )
    panels[0].set(title="Paper: YouTube-8M", ylabel="GAP@20")
    panels[1].set(title="Ours: scaled down", ylabel="GAP@20", xlabel="float32 size at the paper's scale (MiB)")
    for mark, label in MARKS.values():
        panels[0].plot([], [], color=PAPER["color"], marker=mark, linestyle="", fillstyle="none", label=label)
    panels[0].legend(loc="lower right")
    return figure
