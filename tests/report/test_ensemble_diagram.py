"""What the diagram of an ensemble says, read back from matplotlib."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compactvid.report.ensemble_diagram import draw_ensemble_diagram
from compactvid.report.palette import PAPER

MEMBERS = pd.DataFrame(
    {"letter": ["Y", "H", "L"], "model": ["K2-H3", "K4-H5", "K6-H7"], "scope": ["tower", "model1", "model2"],
     "cluster_size": [1, 2, 3], "hidden_size": [10, 20, 30], "parameters": [1234, 20, 30], "kib": [5.2, 6.0, 7.0],
     "size_mib": [381.4, 286.85, 199.61], "weight": [0.5, 0.3, 0.2], "paper_weight": [0.39, 0.26, 0.21]}
)  # fmt: skip


def test_members_between_inputs_and_sum_with_their_weights():
    figure = draw_ensemble_diagram(MEMBERS, inputs="frames", output="sum")
    (axes,) = figure.axes
    texts = {text.get_text(): text for text in axes.texts}
    assert {"frames", "sum", "Y", "K2-H3, 381.40 MiB", "tower: K 1, H 10", "1,234 values, 5 KiB", "× 0.50"} <= set(
        texts
    )
    for said in ("paper 0.39", "K4-H5, 286.85 MiB"):
        assert texts[said].get_color() == PAPER["color"]
    heights = [texts[said].get_position()[1] for said in ("frames", "Y", "H", "L", "sum")]
    assert heights == sorted(heights, reverse=True)
    for row in MEMBERS.itertuples():
        letter, weight = texts[row.letter], texts[f"× {row.weight:.2f}"]
        assert abs(letter.get_position()[1] - weight.get_position()[1]) < 0.3
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert (len(boxes), len(arrows)) == (len(MEMBERS) + 2, len(MEMBERS) + 1)
    plt.close(figure)
