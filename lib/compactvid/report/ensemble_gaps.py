"""The ensembles of Table 2 by score: the paper's beside ours."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, PAPER, use_house_style


def draw_ensemble_gaps(gaps: pd.DataFrame, winner: str) -> Figure:
    """Two panels with a row an ensemble, in the paper's order, since GAP on other data has another scale.

    Parameters
    ----------
    gaps
        Columns ensemble; and GAP minus the winner's, as printed (paper_behind) and ours (behind, behind_spread).
    winner
        The ensemble that the others are compared with.
    """
    use_house_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(5.4, 1.4 + 0.3 * len(gaps)), sharey=True)
    rows = range(len(gaps))
    left.plot(gaps["paper_behind"], rows, linestyle="", **PAPER)
    right.errorbar(gaps["behind"], rows, xerr=gaps["behind_spread"], linestyle="", capsize=3, **OURS)
    left.set_yticks(rows, gaps["ensemble"])
    left.invert_yaxis()
    left.set_title("Paper: YouTube-8M")
    right.set_title("Ours: simulated")
    for axes in (left, right):
        axes.axvline(0, color=BASELINE["color"], linewidth=1)
        axes.xaxis.set_major_locator(plt.MaxNLocator(3))
    figure.supxlabel(f"GAP@20 minus that of {winner}", fontsize="medium")
    return figure
