"""Pictures with the boxes of their objects."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from compactvid.report.palette import use_house_style


def draw_contact_sheet(images: Sequence[np.ndarray], boxes: pd.DataFrame) -> Figure:
    """Pictures in two columns; boxes of difficult objects are dashed.

    Parameters
    ----------
    images
        uint8, (height, width, 3) each, RGB.
    boxes
        Columns scene (from 1, in the order of `images`), label, x_min, y_min, x_max, y_max (pixels, 1-based and
        inclusive) and difficult.
    """
    use_house_style()
    rows = -(-len(images) // 2)
    figure, panels = plt.subplots(rows, 2, figsize=(5.4, 2.7 * rows), squeeze=False)
    outline = [withStroke(linewidth=2.5, foreground="black")]
    for axes in panels.flat:
        axes.set_axis_off()
    for number, (axes, image) in enumerate(zip(panels.flat, images, strict=False), 1):
        axes.imshow(image, interpolation="nearest")
        for box in boxes[boxes["scene"] == number].itertuples():
            # Pixel 1 has its centre at 0, and both corners belong to the box.
            left, top, right, bottom = box.x_min - 1.5, box.y_min - 1.5, box.x_max - 0.5, box.y_max - 0.5
            axes.plot(
                [left, right, right, left, left],
                [top, top, bottom, bottom, top],
                color="white",
                linewidth=1.2,
                linestyle="--" if box.difficult else "-",
                path_effects=outline,
            )
            axes.text(left + 2, top + 2, box.label, color="white", fontsize=9, va="top", path_effects=outline)
    return figure
