"""Bytes of a network's layers before and after compression, beside those that a paper prints."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from compactvid.report.palette import OURS, PAPER, use_house_style

_FORMS = (("float_kib", "float32", "full"), ("eight_bit_kib", "8 bits", "none"))


def draw_layer_sizes(layers: pd.DataFrame) -> Figure:
    """A line a layer, the first on top: our two sizes, and the paper's around them where it prints some.

    Parameters
    ----------
    layers
        Columns layer, float_kib, eight_bit_kib, and paper_... of both, NaN where nothing is printed.
    """
    use_house_style()
    figure, axes = plt.subplots(figsize=(5.4, 4.6))
    for column, label, fill in _FORMS:
        ours, paper = layers[column], layers[f"paper_{column}"]
        axes.plot(ours, layers["layer"], linestyle="", fillstyle=fill, label=f"ours, {label}", **OURS)
        look = PAPER | {"markersize": 12, "fillstyle": "none", "linestyle": ""}
        axes.plot(paper, layers["layer"], label="paper" if fill == "full" else None, **look)
    axes.invert_yaxis()
    axes.set(xlabel="kernel (KiB)", xscale="log")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    figure.legend(loc="outside upper center", ncols=3, columnspacing=1)
    return figure
