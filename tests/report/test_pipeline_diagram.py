"""A diagram of stages: every box and arrow is there, no text covers another box."""

import pandas as pd

from compactvid.report.pipeline_diagram import described_pipeline, draw_pipeline

STAGES = pd.DataFrame(
    [
        ("decode", "decode, scale", 3.25, 0),
        ("detect", "Q-YOLO in 8 bits", 193.0, 1),
        ("locate", "non-max suppression", 6.0, 2),
        ("recognise", "T-RNN, latest six", 2.5, 2),
        ("draw", "draw, encode", 16.0, 3),
    ],
    columns=["stage", "does", "milliseconds", "step"],
)
PASSED = pd.DataFrame(
    [
        ("decode", "detect", "scaled", "608 × 608 × 3", 1_108_992),
        ("detect", "locate", "features", "19 × 19 × 425", 613_700),
        ("detect", "recognise", "features", "19 × 19 × 425", 613_700),
        ("decode", "draw", "picture", "240 × 320 × 3", 230_400),
        ("locate", "draw", "boxes", "3 × 5", 60),
        ("recognise", "draw", "probabilities", "11", 44),
    ],
    columns=["source", "target", "what", "shape", "bytes"],
)


def test_each_stage_and_each_arrow_is_drawn_and_named():
    figure = draw_pipeline(STAGES, PASSED)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    texts = {text.get_text() for text in axes.texts}
    assert {*STAGES["stage"], *STAGES["does"], "3.2 ms", "193.0 ms", "6.0 ms", "2.5 ms", "16.0 ms"} <= texts
    assert {f"{row.what}: {row.shape}\n{row.bytes:,} bytes" for row in PASSED.itertuples()} <= texts
    assert len(axes.patches) == len(STAGES) + len(PASSED)
    # Whoever takes nothing stands above, equal steps beside each other.
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert heights["decode"] > heights["detect"] > heights["locate"] == heights["recognise"] > heights["draw"]


def test_no_text_lies_on_another_or_leaves_the_picture():
    figure = draw_pipeline(STAGES, PASSED)
    figure.draw_without_rendering()
    extents = [text.get_window_extent() for text in figure.axes[0].texts]
    for number, extent in enumerate(extents):
        assert figure.bbox.x0 <= extent.x0
        assert extent.x1 <= figure.bbox.x1
        assert not [other for other in extents[number + 1 :] if extent.shrunk(0.98, 0.9).overlaps(other)]


def test_the_alternative_text_says_what_each_stage_takes():
    text = described_pipeline(STAGES, PASSED)
    assert text.startswith(
        "5 stages. decode (decode, scale), 3.2 ms; detect (Q-YOLO in 8 bits), 193.0 ms, takes scaled"
    )
    assert "takes picture of 230,400 bytes from decode and boxes of 60 bytes from locate and prob" in text
