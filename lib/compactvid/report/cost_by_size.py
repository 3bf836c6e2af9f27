"""What a product with a matrix costs, over the size of its input."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, use_house_style

_LOOKS = (BASELINE | {"linestyle": "--"}, OURS | {"linestyle": "-"})
_LABELS = {"multiplications": "multiplications\nof a vector", "milliseconds": "milliseconds\nof a batch"}


def draw_cost_by_size(growth: pd.DataFrame) -> Figure:
    """Two panels one above the other, logarithmic: what is counted, and what was measured; a curve a kind of map.

    Parameters
    ----------
    growth
        Columns size, map (two kinds, the baseline first), multiplications, milliseconds.
    """
    use_house_style()
    figure, panels = plt.subplots(2, 1, figsize=(5.4, 4.6), sharex=True)
    for axes, (column, label) in zip(panels, _LABELS.items(), strict=True):
        for look, (kind, found) in zip(_LOOKS, growth.groupby("map", sort=False), strict=True):
            axes.plot(found["size"], found[column], label=kind, linewidth=1.2, markersize=5, **look)
        axes.set(ylabel=label, xscale="log", yscale="log")
    panels[0].legend(fontsize="small")
    panels[1].set_xlabel("values of a frame")
    return figure


def described_cost_by_size(growth: pd.DataFrame) -> str:
    """What the figure shows, in words: both costs of the smallest and of the largest input."""
    parts = []
    for kind, found in growth.groupby("map", sort=False):
        first, last = found.iloc[0], found.iloc[-1]
        parts.append(
            f"{kind}: from {first['size']:,} to {last['size']:,} values, {first['multiplications'] / 1e6:.3g} to "
            f"{last['multiplications'] / 1e6:.3g} million multiplications, {first['milliseconds']:.3g} to "
            f"{last['milliseconds']:.3g} ms"
        )
    return f"Two panels of curves over the size of the input, both axes logarithmic: {'; '.join(parts)}."
