"""One look for one meaning, on every figure of the book."""

import matplotlib as mpl
import seaborn as sns

_COLORBLIND = sns.color_palette("colorblind").as_hex()

PAPER = {"color": _COLORBLIND[0], "marker": "s"}
"""Numbers that a paper prints."""
OURS = {"color": _COLORBLIND[1], "marker": "o"}
"""Our numbers on simulated data, or derived ones."""
OURS_REAL = {"color": _COLORBLIND[2], "marker": "D"}
"""Our numbers on real data."""
BASELINE = {"color": _COLORBLIND[7], "marker": "x"}
"""A baseline or control of ours."""


def use_house_style() -> None:
    """Set matplotlib's defaults: readable at phone width, light grid, vector text."""
    sns.set_theme(
        context="notebook",
        style="whitegrid",
        palette="colorblind",
        rc={
            "figure.figsize": (5.4, 3.6),
            "figure.constrained_layout.use": True,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "legend.frameon": True,
            "legend.framealpha": 0.9,
            "legend.edgecolor": "none",
            "svg.fonttype": "path",
        },
    )
    mpl.rcParams["axes.titlelocation"] = "left"
