"""Compression rates of one network by what is counted, beside what a paper's rounded sizes allow."""

from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, PAPER, use_house_style

_LOOKS = {"paper": PAPER, "counted": OURS | {"fillstyle": "none"}, "written": OURS}
_LABEL_WIDTH = 24


def draw_size_rates(rates: pd.DataFrame, allowed: tuple[float, float]) -> Figure:
    """A mark a rate, the first on top, and a band of the rates that the printed sizes allow.

    Parameters
    ----------
    rates
        Columns source ("paper"; "counted", hollow; "written", filled), label, rate.
    allowed
        Ends of the band.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 0.9 + 0.55 * len(rates)))
    axes.axvspan(*allowed, color=PAPER["color"], alpha=0.15, linewidth=0, label="sizes print as the paper's")
    labels = [fill(label, _LABEL_WIDTH) for label in rates["label"]]
    for source, label, rate in zip(rates["source"], labels, rates["rate"], strict=True):
        axes.plot([rate], [label], linestyle="", **_LOOKS[source])
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize="small")
    axes.set(xlabel="bytes in float32 / bytes in 8 bits")
    figure.legend(loc="outside upper center")
    return figure


def described_rates(rates: pd.DataFrame, allowed: tuple[float, float]) -> str:
    """What the figure shows, in words: each rate, and which lie outside of the band."""
    found = "; ".join(f"{label} {rate:.3f}" for label, rate in zip(rates["label"], rates["rate"], strict=True))
    outside = rates.loc[~rates["rate"].between(*allowed), "label"]
    return (
        f"A mark a rate: {found}. Sizes that print as the paper's allow {allowed[0]:.3f} to {allowed[1]:.3f}. "
        f"Outside of that: {'; '.join(outside) or 'none'}."
    )
