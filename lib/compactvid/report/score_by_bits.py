"""A score by the bits of weights and feature maps, a curve a quantiser."""

from itertools import cycle

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from compactvid.report.epoch_curves import MARKS
from compactvid.report.palette import BASELINE, use_house_style


def draw_score_by_bits(scores: pd.DataFrame, *, full_precision: float, metric: str = "mAP") -> Figure:
    """A curve a scheme, with its interval over the worlds, and a line where full precision is.

    Parameters
    ----------
    scores
        Columns scheme, bits, map and map_spread; the schemes in the order of the legend.
    full_precision
        The score without quantisation.
    metric
        What the score is.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    axes.axhline(full_precision, color=BASELINE["color"], linewidth=1, linestyle="--", label="float")
    looks = zip(sns.color_palette("colorblind"), cycle(MARKS), strict=False)
    number = scores["scheme"].nunique()
    for place, ((scheme, of), (color, mark)) in enumerate(
        zip(scores.groupby("scheme", sort=False), looks, strict=False)
    ):
        axes.errorbar(
            of["bits"] + 0.08 * (place - (number - 1) / 2),  # beside each other
            of["map"],
            yerr=of["map_spread"],
            color=color,
            marker=mark,
            markersize=5,
            capsize=2,
            label=scheme,
        )
    axes.set(
        xlabel="bits of weights and feature maps", ylabel=f"{metric} on test", xticks=sorted(scores["bits"].unique())
    )
    axes.invert_xaxis()
    axes.set_ylim(bottom=0)
    axes.legend(fontsize="small", loc="upper right")
    return figure


def described_bits(scores: pd.DataFrame) -> str:
    """What `draw_score_by_bits` shows, in words."""
    return "Test mAP by bits. " + "; ".join(
        f"{scheme}: " + ", ".join(f"{row.map:.3f} with {row.bits}" for row in of.itertuples())
        for scheme, of in scores.groupby("scheme", sort=False)
    )
