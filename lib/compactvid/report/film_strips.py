"""Clips as strips of a few frames."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from compactvid.report.palette import use_house_style


def draw_film_strips(strips: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """A row for each clip, its name above it.

    Parameters
    ----------
    strips
        Name -> frames in the order of time, uint8 (height, width, 3), RGB; every clip has as many.
    """
    use_house_style()
    columns = len(next(iter(strips.values())))
    figure, panels = plt.subplots(len(strips), columns, figsize=(5.4, 0.95 * len(strips)), squeeze=False)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.02, wspace=0.01, hspace=0.02)
    for row, (name, frames) in zip(panels, strips.items(), strict=True):
        row[0].set_title(name, fontsize=11, pad=3)
        for axes, frame in zip(row, frames, strict=True):
            axes.imshow(frame, interpolation="nearest")
            axes.set_axis_off()
    return figure
