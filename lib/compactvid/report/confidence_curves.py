"""What a detector's loss asks of a confidence."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, use_house_style


def draw_confidence_curves(curves: pd.DataFrame) -> Figure:
    """A line a box, its smallest loss marked; a box that no confidence costs anything has no mark.

    Parameters
    ----------
    curves
        Columns box (in words), role ("responsible", or another: those are drawn as baselines), confidence and loss,
        above its smallest value.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 4))
    lines = {"responsible": iter(("-", "--", "-.")), "others": iter((":", (0, (5, 1, 1, 1, 1, 1))))}
    for (role, box), curve in curves.groupby(["role", "box"], sort=False):
        known = role == "responsible"
        color = (OURS if known else BASELINE)["color"]
        style = next(lines["responsible" if known else "others"])
        axes.plot(curve["confidence"], curve["loss"], linestyle=style, color=color, label=box)
        if curve["loss"].max() > 0:
            lowest = curve.loc[curve["loss"].idxmin()]
            axes.plot(lowest["confidence"], lowest["loss"], OURS["marker"], color=color)
    axes.set(xlabel="confidence of the box", ylabel="loss above its smallest", xlim=(0, 1))
    axes.legend(fontsize="small", loc="upper center")
    return figure
