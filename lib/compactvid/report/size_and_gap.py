"""GAP over size: the paper's models beside our scaled-down ones."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, PAPER, use_house_style


def draw_size_and_gap(printed: pd.DataFrame, trained: pd.DataFrame) -> Figure:
    """Two panels, one above the other, over one axis of sizes, since GAP on other data has another scale.

    Parameters
    ----------
    printed
        Columns float32_mib, best_averaged_gap, best_single_gap.
    trained
        Columns float32_mib (at the paper's size), best_averaged_gap, best_single_gap, and `..._spread` of both.
    """
    use_house_style()
    figure, (above, below) = plt.subplots(2, 1, figsize=(5.4, 6.2), sharex=True)
    for column, fill, label in (("best_averaged_gap", "full", "averaged"), ("best_single_gap", "none", "single")):
        above.plot(printed["float32_mib"], printed[column], linestyle="", fillstyle=fill, label=label, **PAPER)
        below.errorbar(
            trained["float32_mib"],
            trained[column],
            yerr=trained[f"{column}_spread"],
            linestyle="",
            capsize=3,
            fillstyle=fill,
            label=label,
            **OURS,
        )
    above.set(title="Paper: YouTube-8M")
    below.set(title="Ours: simulated, scaled down", xlabel="float32 size at paper scale (MiB)")
    for axes in (above, below):
        axes.set_ylabel("GAP@20")
        axes.legend(title="checkpoint", loc="lower right")
    return figure
