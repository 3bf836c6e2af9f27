"""Pictures with what a detector found in them, and with what is there."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from compactvid.report.palette import OURS, use_house_style

_COLORBLIND = sns.color_palette("colorblind").as_hex()
LOOKS = {
    "object": {"color": "white", "linewidth": 1.0, "linestyle": "--"},
    "found": {"color": OURS["color"], "linewidth": 1.6, "linestyle": "-"},
    "wrong": {"color": _COLORBLIND[4], "linewidth": 1.6, "linestyle": ":"},
    "not judged": {"color": _COLORBLIND[9], "linewidth": 1.6, "linestyle": "-"},
}
"""How a box is drawn, by its kind: what is there; a detection that finds it, that does not, that nothing judges."""

_WORDS = {"object": "objects", "found": "found", "wrong": "wrong detections", "not judged": "detections, not judged"}


def draw_detections(pictures: Mapping[str, np.ndarray], boxes: pd.DataFrame) -> Figure:
    """Pictures in two columns with boxes; detections have their class and score beside them.

    Parameters
    ----------
    pictures
        Title -> uint8 (height, width, 3), RGB; row by row.
    boxes
        Columns picture (its title), kind, label, score, x_min, y_min, x_max, y_max (pixels, 1-based and inclusive), of
        each picture objects first. Rows of a kind that is not in `LOOKS` are not drawn.
    """
    use_house_style()
    rows = -(-len(pictures) // 2)
    height, width = next(iter(pictures.values())).shape[:2]
    figure, panels = plt.subplots(rows, 2, figsize=(5.4, (2.6 * height / width + 0.3) * rows), squeeze=False)
    outline = [withStroke(linewidth=2.6, foreground="black")]
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, (title, picture) in zip(panels.flat, pictures.items(), strict=False):
        axes.set_title(title, fontsize=10, pad=3)
        axes.imshow(picture, interpolation="nearest")
        for box in boxes[(boxes["picture"] == title) & boxes["kind"].isin(list(LOOKS))].itertuples():
            # Pixel 1 has its centre at 0, and both corners belong to the box.
            left, top, right, bottom = box.x_min - 1.5, box.y_min - 1.5, box.x_max - 0.5, box.y_max - 0.5
            corners = [left, right, right, left, left], [top, top, bottom, bottom, top]
            axes.plot(*corners, path_effects=outline, **LOOKS[box.kind])
            if box.kind != "object":
                style = {"color": LOOKS[box.kind]["color"], "fontsize": 8, "va": "top", "path_effects": outline}
                axes.text(left + 1, top + 1, f"{box.label} {box.score:.2f}", clip_on=True, **style)
        axes.set(xlim=(-0.5, picture.shape[1] - 0.5), ylim=(picture.shape[0] - 0.5, -0.5))
    return figure


def described_detections(pictures: Mapping[str, np.ndarray], boxes: pd.DataFrame) -> str:
    """What `draw_detections` shows, in words: how many boxes of each kind each picture has."""
    counts = boxes.groupby(["picture", "kind"]).size()
    kinds = [kind for kind in LOOKS if kind in set(boxes["kind"])] or ["not judged"]
    return "; ".join(
        f"{title}: " + ", ".join(f"{counts.get((title, kind), 0)} {_WORDS[kind]}" for kind in kinds)
        for title in pictures
    )
