"""The diagram: every layer has its box, every connection its arrow, nothing covers anything."""

import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compactvid.report.architecture import draw_architecture
from compactvid.report.palette import OURS

NODES = pd.DataFrame(
    [
        ("rgb", "video features", "frames × 1,024", 0, 0, "", 0),
        ("audio", "audio features", "frames × 128", 0, 0, "", 0),
        ("num_frames", "frame count", "1 value", 0, 0, "", 0),
        ("norm", "L2-normalise each frame", "frames × 1,024 and frames × 128", 0, 0, "rgb, audio", 1),
        ("mask", "mask padded frames", "frames", 0, 0, "audio, num_frames", 1),
        ("video_vlad", "NetVLAD, 24 clusters", "24,576 values", 49248, 0, "norm, mask", 2),
        ("audio_vlad", "NetVLAD, 12 clusters", "1,536 values", 3120, 0, "norm, mask", 2),
        ("mixture", "mixture of 5 experts a class", "3,862 values", 122367470, 2, "video_vlad, audio_vlad", 3),
    ],
    columns=["layer", "name", "shape", "parameters", "cast", "after", "step"],
)

FOUR = [
    (f"{modality}_{kind}", f"{modality} {name}, 256", "262,144 values", 525312, 0, modality, 1)
    for modality in ("rgb", "audio")
    for kind, name in (("vlad", "NetVLAD"), ("fv", "NetFV"))
]
CROWDED = pd.concat([NODES[:3], pd.DataFrame(FOUR, columns=NODES.columns)])


def test_every_layer_has_its_box_and_its_arrows():
    figure = draw_architecture(NODES)
    axes = figure.axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert (len(boxes), len(arrows)) == (8, 10)
    assert [box.get_facecolor()[:3] == to_rgba(OURS["color"])[:3] for box in boxes] == [False] * 7 + [True]
    written = [text.get_text() for text in axes.texts]
    assert written[0:2] == ["video features", "frames × 1,024"]
    assert written[-2:] == ["mixture of 5 experts a class", "3,862 values · 122,367,470 parameters"]


@pytest.mark.parametrize("nodes", [NODES, CROWDED], ids=["usual", "four a line"])
def test_texts_stay_in_their_boxes_and_arrows_point_down(nodes):
    figure = draw_architecture(nodes)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    extents = [box.get_window_extent() for box in boxes]
    for place, text in enumerate(axes.texts):
        inside, outside = text.get_window_extent(), extents[place // 2]
        assert outside.x0 < inside.x0
        assert inside.x1 < outside.x1
        assert outside.y0 < inside.y0
        assert inside.y1 < outside.y1
    assert not any(one.overlaps(two) for place, one in enumerate(extents) for two in extents[:place])
    for arrow in axes.patches:
        if isinstance(arrow, FancyArrowPatch):
            (_, start), (_, end) = arrow.get_path().vertices[[0, 2]]
            assert start > end
