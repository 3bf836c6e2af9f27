"""Which levels the values of kernels get."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, OURS_REAL, use_house_style


def draw_level_histograms(levels: pd.DataFrame) -> Figure:
    """A row of panels a quantiser, a column a source of kernels.

    Parameters
    ----------
    levels
        Columns panel (the source; names that begin with `published` have the look of real data), scheme, level and
        share (of the values with that level).
    """
    use_house_style()
    sources, schemes = (list(dict.fromkeys(levels[column])) for column in ("panel", "scheme"))
    size = (5.4, 0.4 + 1.9 * len(schemes))
    figure, panels = plt.subplots(len(schemes), len(sources), figsize=size, sharex=True, sharey="col", squeeze=False)
    for row, scheme in zip(panels, schemes, strict=True):
        for axes, source in zip(row, sources, strict=True):
            found = levels[(levels["panel"] == source) & (levels["scheme"] == scheme)]
            look = OURS_REAL if source.startswith("published") else OURS
            axes.bar(found["level"], found["share"], 1.0, color=look["color"], linewidth=0)
            axes.set_title(scheme, fontsize=10)
    for axes, source in zip(panels[-1], sources, strict=True):
        axes.set_xlabel(f"level, {source}", fontsize=10)
    for axes in panels[:, 0]:
        axes.set_ylabel("share of values", fontsize=10)
    return figure
