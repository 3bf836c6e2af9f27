"""GAP over size: the paper's models beside our scaled-down ones."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, OURS_REAL, PAPER, use_house_style

_CHECKPOINTS = (("averaged", "full"), ("single", "none"))


def draw_size_and_gap(gaps: pd.DataFrame) -> Figure:
    """A panel for each source of scores, one above the other: GAP on other data has another scale.

    Parameters
    ----------
    gaps
        Column float32_mib (at the paper's size), and for each source that has any value the GAP of the best averaged
        and the best single checkpoint: paper_averaged, paper_single; best_averaged_gap, best_single_gap with their
        `..._spread`; and the latter with `recorded_` before them.
    """
    use_house_style()
    sources = [
        ("paper_{}", "Paper: YouTube-8M", PAPER),
        ("best_{}_gap", "Ours: scaled down", OURS),
        ("recorded_best_{}_gap", "Ours: scaled down, AudioSet", OURS_REAL),
    ]
    present = [source for source in sources if gaps.get(source[0].format("averaged"), pd.Series()).notna().any()]
    figure, panels = plt.subplots(len(present), 1, figsize=(5.4, 0.4 + 2.8 * len(present)), sharex=True, squeeze=False)
    for axes, (column, title, look) in zip(panels.flat, present, strict=True):
        for checkpoint, fill in _CHECKPOINTS:
            name = column.format(checkpoint)
            axes.errorbar(
                gaps["float32_mib"],
                gaps[name],
                yerr=gaps.get(f"{name}_spread"),
                linestyle="",
                capsize=3,
                fillstyle=fill,
                label=checkpoint,
                **look,
            )
        axes.set(title=title, ylabel="GAP@20")
    panels[0, 0].legend(title="checkpoint", loc="lower right")
    panels[-1, 0].set_xlabel("float32 size at paper scale (MiB)")
    return figure
