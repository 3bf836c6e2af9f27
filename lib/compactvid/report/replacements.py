"""What two models gain over one of their size, on their own and inside an ensemble."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from compactvid.report.palette import BASELINE, OURS, use_house_style


def draw_replacements(frame: pd.DataFrame) -> Figure:
    """One mark a replacement; those below the axis and right of it win alone and lose inside.

    Parameters
    ----------
    frame
        Columns alone, inside: differences in GAP.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    turned = (frame["alone"] > 0) & (frame["inside"] < 0)
    for chosen, fill, label in ((turned, "full", "order turned"), (~turned, "none", "order kept")):
        found = frame[chosen]
        axes.plot(found["alone"], found["inside"], linestyle="", fillstyle=fill, markersize=5, label=label, **OURS)
    lowest, highest = frame["alone"].min(), frame["alone"].max()
    axes.plot([lowest, highest], [lowest, highest], color=BASELINE["color"], linestyle=":", label="equal gain")
    axes.axhline(0, color=BASELINE["color"], linewidth=1)
    axes.axvline(0, color=BASELINE["color"], linewidth=1)
    axes.set(xlabel="gain of two over one, alone (GAP)", ylabel="gain inside the ensemble (GAP)")
    axes.xaxis.set_major_locator(MaxNLocator(6))  # of three decimals more would touch
    axes.legend(loc="best")
    return figure
