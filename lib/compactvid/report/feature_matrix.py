"""One video as its features, and where its classes are seen."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import BASELINE, OURS, use_house_style


def draw_feature_matrix(video: pd.DataFrame) -> Figure:
    """Two panels over one axis of frames: above, when each class is seen; below, the stored bytes.

    Parameters
    ----------
    video
        A row a frame: frame (from 1), outlier (bool), a column `class C` (bool) for each class that is seen, and
        columns 1, 2, ... (as text) with the bytes of the components.
    """
    use_house_style()
    classes = [name for name in video.columns if name.startswith("class ")]
    components = [name for name in video.columns if name.isdigit()]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(5.4, 5.4), sharex=True, height_ratios=[1 + len(classes), 12], squeeze=True
    )
    rows = [*classes, "outlier"]
    for row, name in enumerate(rows):
        colour = BASELINE["color"] if name == "outlier" else OURS["color"]
        above.broken_barh([(frame - 0.5, 1) for frame in video["frame"][video[name]]], (row - 0.4, 0.8), color=colour)
    above.set(ylim=(len(rows) - 0.4, -0.6), yticks=range(len(rows)), yticklabels=rows)
    above.grid(visible=False)
    first, last, count = video["frame"].min(), video["frame"].max(), len(components)
    image = below.imshow(
        video[components].to_numpy(np.uint8).T,
        cmap="PuOr",
        vmin=0,
        vmax=255,
        aspect="auto",
        interpolation="nearest",
        extent=(first - 0.5, last + 0.5, count + 0.5, 0.5),
    )
    below.set(xlabel="frame (s)", ylabel="component")
    below.grid(visible=False)
    figure.colorbar(image, ax=below, label="stored byte", orientation="horizontal", aspect=40)
    return figure
