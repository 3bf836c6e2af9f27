"""Fig. 2's frames: statements follow what was found, and rows have what the figures draw."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import detection_grid as grid
from compactvid.experiments import recorded_values
from compactvid.experiments.deepeye2018 import fig_2
from compactvid.experiments.detector_sizes import BUILT
from compactvid.models.architecture import Architecture
from compactvid.training import DetectionTraining
from compactvid.training.anchor_targets import AnchorTargets, save_picture
from compactvid.training.confidence_curves import ConfidenceCurves

OUTPUTS = {"S = 7, B = 2": (7, 7, 50), "Table 1": (19, 19, 125), "80 classes": (19, 19, 425)}
SAME = {
    "inputs": [[608, 608, 3], [416, 416, 3]],
    "outputs": [[19, 19, 125], [13, 13, 125]],
    "decoded": {"boxes": [19, 19, 5, 4], "confidence": [19, 19, 5], "classes": [19, 19, 5, 20], "total": 1.0000002},
    "compared": 9,
    "difference": 3e-7,
}


@pytest.fixture(scope="module")
def asked():
    """The scaled detector's loss in place of the full one's: the same anchors' rule, a sixth of the cells."""
    return replace(fig_2.CURVES, model=grid.MODEL).execute(None, None)


@pytest.fixture(scope="module")
def layers():
    return Architecture(grid.MODEL).execute(None, None)["layers"]


@pytest.fixture
def stored(monkeypatch, asked, layers):
    """Results by run, which a test may change."""
    found = {fig_2.SAME_WEIGHTS: SAME, fig_2.CURVES: asked, BUILT["Table 1"]: {"layers": layers}}
    monkeypatch.setattr(fig_2, "load_or_run", lambda config: SimpleNamespace(result=found[config]))
    return found


def values(outputs=OUTPUTS):
    return fig_2.statements(outputs).set_index("claim")["value"].to_dict()


def test_two_sentences_do_not_hold(stored):
    statements = fig_2.statements(OUTPUTS).set_index("claim")
    assert {claim for claim, value in statements["value"].items() if not value} == {"overlap_of_masks", "standard_size"}
    assert statements.loc["standard_size", "answer"] == "340 is 10.625 cells"
    assert statements.loc["overlap_of_masks", "answer"].endswith("20 classes: 0 left")
    assert "0.25, 0.50, 0.75 for overlaps of 0.25, 0.50, 0.75" in statements.loc["confidence_is_overlap", "answer"]
    assert "LeakyReLU, MaxPooling2D" in statements.loc["fully_convolutional", "answer"]
    known = {entry.id for entry in papers.entries("deepeye2018")}
    assert {f"deepeye2018.claims.{claim}" for claim in statements.index} <= known


def test_statements_follow_what_was_found(stored, asked, layers):
    for changed, claim in (
        ({"difference": 2e-4}, "fully_convolutional"),
        ({"outputs": [[19, 19, 125], [12, 13, 125]]}, "grid"),
        ({"decoded": SAME["decoded"] | {"total": 5.0}}, "boxes_and_classes"),
        ({"decoded": SAME["decoded"] | {"classes": [19, 19, 20]}}, "boxes_and_classes"),
    ):
        stored[fig_2.SAME_WEIGHTS] = SAME | changed
        assert values()[claim] == 0, claim
    stored[fig_2.SAME_WEIGHTS] = SAME
    stored[BUILT["Table 1"]] = {"layers": [*layers, {"type": "Dense"}]}
    assert values()["fully_convolutional"] == 0
    stored[BUILT["Table 1"]] = {"layers": layers}
    assert values(OUTPUTS | {"Table 1": (19, 19, 5 * (25 + 49))})["overlap_of_masks"] == 1
    for part in ("responsible", "empty"):  # one box of several pulled elsewhere
        curves = [list(curve) for curve in asked[part]]
        curves[-1] = curves[-1][::-1]
        stored[fig_2.CURVES] = asked | {part: curves}
        assert values()["confidence_is_overlap"] == 0, part


def test_curves_have_a_line_a_box_and_say_where_it_is_smallest(stored):
    curves = fig_2.curves()
    assert curves.groupby("box").size().tolist() == [99] * 5
    assert set(curves.loc[curves["role"] == "responsible", "box"]) == {
        f"answers for an object, overlap {overlap}" for overlap in (0.25, 0.5, 0.75)
    }
    text = fig_2.described_curves(curves)
    assert "overlap 0.75: smallest at 0.75" in text
    assert "in an empty cell: smallest at 0.01" in text
    assert text.endswith("on an object, another box answers: the same everywhere.")


def test_a_real_picture_where_there_is_one(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    run = fig_2.targets_run("smoke", 0)
    assert (run.model, run.split) == (grid.MODEL, "test")
    assert run.dataset == grid.training("smoke", 0).dataset
    assert fig_2.data("smoke", 0) == "simulated scenes, 2 worlds; objects of a simulated picture"
    (tmp_path / "voc100" / "Annotations").mkdir(parents=True)
    (tmp_path / "voc100" / "Annotations" / "a.xml").touch()
    run = fig_2.targets_run("smoke", 0)
    assert (run.model.grid, run.dataset.pattern) == ((19, 19), "voc100/Annotations/*.xml")
    assert fig_2.data("smoke", 0).endswith("a real picture")


def test_runs_start_from_the_detectors_of_every_world():
    groups = fig_2.runs("small", 3)
    assert isinstance(groups["pictures"][0], AnchorTargets)
    assert [run.requires[0] for run in groups["pictures"][1:]] == [grid.training("small", world) for world in (3, 4, 5)]
    assert all(isinstance(run.base, DetectionTraining) for run in groups["pictures"][1:])
    assert [run for run in groups["networks"] if isinstance(run, ConfidenceCurves)] == [fig_2.CURVES]


BOX = {"row": 1, "column": 2, "anchor": 1, "x_min": 0.0, "y_min": 0.5, "x_max": 1.0, "y_max": 2.0}
PLACE = {name: value for name, value in BOX.items() if name.endswith(("min", "max"))}


@pytest.fixture
def predicted(monkeypatch, tmp_path):
    """`predicted(world -> changes)`: stored predictions of every world."""
    save_picture(tmp_path, np.zeros((96, 96, 3), np.uint8))
    roles = {name: {"boxes": 10, "confidence": 0.5, "overlap": 0.25} for name in fig_2.ROLES}
    result = {
        "boxes": [BOX | {"confidence": 0.75, "label": "disc", "probability": 0.5}] * 3,
        "objects": [PLACE | {"label": "ring", "row": 1, "column": 1}],
        "detections": [PLACE | {"label": "disc", "score": 0.375}],
        "roles": roles,
    }
    changes = {}

    def load(config):
        world = config.dataset.world.seed
        return SimpleNamespace(result=result | changes.get(world, {}), folder=tmp_path)

    monkeypatch.setattr(fig_2, "load_or_run", load)
    return lambda **found: changes.update({int(world[1:]): change for world, change in found.items()})


def test_predictions_name_what_is_an_object_a_box_and_a_detection(predicted):
    picture, found, cells = fig_2.predictions("smoke", 0)
    assert (picture.shape, cells) == ((96, 96, 3), (6, 6))
    assert found["what"].tolist() == ["object", "box", "box", "box", "detection"]
    assert found["confidence"].fillna(-1).tolist() == [-1, 0.75, 0.75, 0.75, 0.375]
    assert found["anchor"].isna().tolist() == [True, False, False, False, True]
    text = fig_2.described_predictions(found)
    assert "1 objects (ring)" in text
    assert "all 3 boxes, 3 of them with a confidence above 0.5" in text
    assert text.endswith("and the detections: disc 0.38.")
    predicted(w0={"detections": []})
    _, found, _ = fig_2.predictions("smoke", 0)
    assert "detection" not in set(found["what"])
    assert fig_2.described_predictions(found).endswith("the detections: none.")


def test_what_full_found_is_shown_on_the_same_picture_alone(predicted, monkeypatch):
    _, found, _ = fig_2.predictions("smoke", 0)
    recorded = found.assign(confidence=[None, 0.5, 0.5, 0.5, 0.25], row=[1, 1, 1, 1, None])
    written = pd.DataFrame(json.loads(recorded.to_json(orient="records")))  # as a result file gives it
    monkeypatch.setattr(recorded_values, "recorded_figure", lambda *asked: written)
    shown, network = fig_2.as_recorded(found, "smoke")
    assert network.startswith("recorded beforehand")
    assert shown["confidence"].fillna(-1).tolist() == [-1, 0.5, 0.5, 0.5, 0.25]
    assert shown.dtypes.to_dict() == found.dtypes.to_dict()
    for moved in (written.assign(x_min=written["x_min"] + 0.1), written[written["what"] != "object"]):
        monkeypatch.setattr(recorded_values, "recorded_figure", lambda *asked, moved=moved: moved)
        shown, network = fig_2.as_recorded(found, "smoke")
        assert shown is found
        assert network == "of this build"


def test_roles_are_means_over_the_worlds(predicted):
    empty = {"boxes": 0, "confidence": None, "overlap": None}
    predicted(
        w0={"roles": {name: {"boxes": 4, "confidence": 0.75, "overlap": 0.5} for name in fig_2.ROLES}},
        w1={"roles": {name: {"boxes": 6, "confidence": 0.25, "overlap": 0.5} for name in fig_2.ROLES}
            | {"ignored": empty}},
    )  # fmt: skip
    roles = fig_2.roles("smoke", 0).set_index("role")
    assert roles["boxes"].tolist() == [10, 4, 10]
    assert roles.loc["responsible", ["confidence", "overlap", "overlap_spread"]].tolist() == [0.5, 0.5, 0.0]
    # Of two values t(0.975, 1) = 12.706 times their distance over 2.
    assert roles.loc["responsible", "confidence_spread"] == pytest.approx(12.706 * 0.25, rel=1e-4)
    assert roles.loc["ignored", ["confidence", "overlap"]].isna().all()
    assert isinstance(roles, pd.DataFrame)
