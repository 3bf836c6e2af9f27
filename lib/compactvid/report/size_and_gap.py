"""GAP over size: the paper's models beside our scaled-down ones."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, PAPER, use_house_style


def draw_size_and_gap(printed: pd.DataFrame, trained: pd.DataFrame) -> Figure:
    """Two panels over one axis of sizes, since GAP on other data has another scale.

    Parameters
    ----------
    printed
        Columns float32_mib, best_averaged_gap, best_single_gap.
    trained
        Columns float32_mib (at the paper's size), best_averaged_gap, best_single_gap, and `..._spread` of both.
    """
    use_house_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6), sharex=True)
    for column, fill, label in (("best_averaged_gap", "full", "averaged"), ("best_single_gap", "none", "single")):
        left.plot(printed["float32_mib"], printed[column], linestyle="", fillstyle=fill, label=label, **PAPER)
        right.errorbar(
            trained["float32_mib"],
            trained[column],
            yerr=trained[f"{column}_spread"],
            linestyle="",
            capsize=3,
            fillstyle=fill,
            label=label,
            **OURS,
        )
    left.set(title="Paper: YouTube-8M", ylabel="GAP@20")
    right.set(title="Ours: simulated, scaled down")
    for axes in (left, right):
        axes.set_xlabel("float32 size at paper scale (MiB)")
        axes.legend(title="checkpoint", loc="lower right")
    return figure
