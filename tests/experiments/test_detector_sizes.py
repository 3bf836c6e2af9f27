"""Sizes of the detector's output: the built networks against the print."""

from types import SimpleNamespace

import pytest

from compactvid import papers
from compactvid.experiments import detector_sizes


@pytest.fixture(scope="module")
def outputs():
    found = {run: run.execute(None, None) for run in detector_sizes.BUILT.values()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector_sizes, "load_or_run", lambda run: SimpleNamespace(result=found[run]))
        return detector_sizes.outputs()


def test_outputs_are_those_that_the_paper_prints_for_other_networks(outputs):
    assert outputs == {"S = 7, B = 2": (7, 7, 50), "Table 1": (19, 19, 125), "80 classes": (19, 19, 425)}
    sizes = detector_sizes.sizes(outputs).set_index("network")
    same = sizes["output"].str.replace(" ", "") == sizes["printed"]
    assert same.to_dict() == {
        "YOLO, S = 7, B = 2": False,
        "S = 7, B = 2": True,
        "Table 1": True,
        "80 classes": True,
    }
    assert sizes.loc["YOLO, S = 7, B = 2", "output"] == "7 × 7 × 30"  # Redmon et al. 2016, section 2
    assert sizes.loc["S = 7, B = 2", "picture"] == "224 × 224 × 3"


def test_counts_answer_the_printed_numbers(outputs):
    counts = detector_sizes.counts(outputs).set_index("claim")
    assert counts["value"].to_dict() == {
        "grid_side": 608 // 32,
        "boxes_per_cell": 5,
        "channels_of_yolo": 30,
        "channels_of_yolov2": 50,
        "feature_channels": 125,
        "coco_channels": 425,
        "training_sequence": 75,
        "voc_classes": 20,
    }
    entries = {entry.id: entry for entry in papers.entries("deepeye2018")}
    for claim, row in counts.iterrows():
        entry = entries[f"deepeye2018.claims.{claim}"]
        assert entry.about.unit == row["unit"]
        assert (float(entry.number) == row["value"]) == (entry.about.kind == "exact"), claim


def test_counts_follow_the_network(outputs):
    other = outputs | {"Table 1": (13, 13, 3 * 25)}
    counts = detector_sizes.counts(other).set_index("claim")["value"]
    assert counts[["grid_side", "boxes_per_cell", "feature_channels"]].tolist() == [13, 3, 75]
