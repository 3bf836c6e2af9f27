"""Fig. 1's frames: the detector at the paper's size against the print, and claims on the pages that answer them."""

import json
import re
from types import SimpleNamespace

import pytest
from matplotlib.patches import FancyBboxPatch

from compactvid import papers
from compactvid.experiments import detector_sizes, stems
from compactvid.experiments.deepeye2018 import fig_1
from compactvid.report.architecture import draw_architecture


@pytest.fixture(scope="module")
def layers():
    found = {run: run.execute(None, None) for run in fig_1.BUILT.values()}
    with pytest.MonkeyPatch.context() as patch:
        for module in (fig_1, detector_sizes):
            patch.setattr(module, "load_or_run", lambda config: SimpleNamespace(result=found[config]))
        yield fig_1.layers()


def test_the_diagram_has_every_weight_of_the_detector_and_one_output_with_two_uses(layers):
    nodes = fig_1.nodes(layers).set_index("layer", drop=False)
    assert nodes["parameters"].sum() == 15_867_885
    assert nodes.loc["features", "parameters"] == 128_000 + 125
    assert nodes["shape"].to_dict() == {
        "clip": "75 frames, 256 × 340 × 3",
        "frame": "608 × 608 × 3",
        "trunk": "19 × 19 × 1,024",
        "features": "19 × 19 × 125",
        "boxes": "1,805 boxes",
        "recurrent": "256 hidden values",
        "objects": "objects",
        "action": "11 actions",
    }
    assert nodes.index[nodes["after"] == "features"].tolist() == ["boxes", "recurrent"]
    assert nodes.index[nodes["built"] == 0].tolist() == ["clip", "recurrent", "action"]
    text = fig_1.alternative_text(nodes)
    assert "last convolution: the features (19 × 19 × 125, 128,125 parameters, built here), after eight" in text
    assert "recurrent network, T-RNN (256 hidden values), after last convolution" in text


def test_texts_stay_in_their_boxes(layers):
    figure = draw_architecture(fig_1.nodes(layers), filled="built")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(axes.texts) == 2 * len(boxes)
    for place, text in enumerate(axes.texts):
        inside, outside = text.get_window_extent(), boxes[place // 2]
        assert outside.x0 < inside.x0 < inside.x1 < outside.x1


def test_what_passes_is_as_printed_but_for_the_features(layers):
    passed = fig_1.passed(layers).set_index("part")
    assert passed["values"].to_dict() == {
        "frame": 608 * 608 * 3,
        "trunk": 19 * 19 * 1024,
        "features": 45_125,
        "features_in_text": 153_425,  # 17 x 19 x 19 x 25, section 5.2
        "clip": 6 * 45_125,
        "plain_frame": 57_600,  # 8 x 20 x 20 x 18, section 5.2
        "boxes": 1805 * 25,
    }
    assert passed["kib"].tolist() == [count * 4 / 1024 for count in passed["values"]]
    shapes = passed["shape"].str.replace("[ ,]", "", regex=True)
    assert {part for part, printed in passed["printed"].dropna().items() if printed != shapes[part]} == {"plain_frame"}


def test_claims_stand_on_pages_that_record_them(root):
    """A claim waits for the page that is named, or is among the values that this page records."""
    entries = {entry.id.removeprefix("deepeye2018.claims."): entry for entry in papers.entries("deepeye2018")}
    for stem, claims in fig_1.CLAIMS.items():
        golden = root / "tests" / "goldens" / "smoke" / f"{stem}.json"
        recorded = json.loads(golden.read_text()) if golden.is_file() else None
        for claim in claims:
            entry = entries[claim]
            waiting = re.match(r"(\w+), the page that answers it, is not written yet", entry.about.not_attempted or "")
            if waiting:
                assert waiting[1] == stem, claim
            elif entry.about.stated is None and recorded is not None:
                assert entry.result_key in recorded, f"{claim} is not recorded by {stem}"


def test_every_claim_has_a_page_that_is_there():
    pages = fig_1.pages()
    assert len(pages) == sum(map(len, fig_1.CLAIMS.values()))
    assert set(fig_1.CLAIMS) <= set(stems())
    assert {"Fig. 2", "Fig. 9", "Table 1", "Table 2", "Conclusions"} <= set(pages["page"])
    assert pages["sentence"].str.len().min() > 5
