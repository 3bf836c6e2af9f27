"""How the values of a network's kernels are distributed, a panel a layer."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS_REAL, use_house_style


def draw_kernel_histograms(kernels: pd.DataFrame) -> Figure:
    """Two columns of panels, each with the normal distribution of the same standard deviation beside it.

    Parameters
    ----------
    kernels
        Columns layer, deviations (centre of a bin, in standard deviations of the layer's kernel; bins are equally wide)
        and share (of the layer's values in that bin).
    """
    use_house_style()
    groups = list(kernels.groupby("layer", sort=False))
    rows = -(-len(groups) // 2)
    figure, panels = plt.subplots(rows, 2, figsize=(5.4, 2 * rows), sharex=True, sharey=True, squeeze=False)
    for axes, (layer, kernel) in zip(panels.flat, groups, strict=False):
        centres, shares = kernel["deviations"].to_numpy(), kernel["share"].to_numpy()
        width = centres[1] - centres[0]
        axes.bar(centres, shares, width, color=OURS_REAL["color"], linewidth=0)
        normal = width * np.exp(-(centres**2) / 2) / np.sqrt(2 * np.pi)
        axes.plot(centres, normal, color=BASELINE["color"], linestyle="--", linewidth=1.2)
        axes.set_title(layer, fontsize=11)
    for axes in panels[-1]:
        axes.set_xlabel("standard deviations")
    for axes in panels[:, 0]:
        axes.set_ylabel("share of values")
    for axes in panels.flat[len(groups) :]:
        axes.set_visible(False)
    return figure
