"""Cheng et al. 2018, Fig. 2, sections 2.1, 4 and 5.1: the grid of the detector, its boxes, and the size of its output.

The plan, written before any of it was computed. Sizes are of built networks. What the sentences say is tried: on random
weights that are given to networks of two input sizes (`compactvid.models.input_sizes`), and on the loss, evaluated
for one box at a time (`compactvid.training.confidence_curves`). Two outputs count as the same where they differ by less
than 1e-4 of the largest value. A confidence counts as pulled towards a value where the loss is smallest within a step
of 0.01 of it.

Drawn beside it, and deciding nothing: what a trained detector predicts on a test picture of the first world, chosen by
its annotation; how confident boxes are over each world's whole test split, by the part that the loss gives them; and
which cell and anchor answer for the objects of a picture, a real one where the data folder holds Pascal VOC. No weights
of a whole detector for real pictures are at hand: on a real picture only what it is trained towards can be shown.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.datasets.voc_folder import VocPictures
from compactvid.experiments import detection_grid as grid
from compactvid.experiments.detector_sizes import BUILT, TABLE_1, Output, shape_text
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.recorded_values import figure_at_full
from compactvid.models import TinyYOLOv2
from compactvid.models.input_sizes import InputSizes
from compactvid.runs import load_or_run
from compactvid.training.anchor_targets import AnchorTargets, read_picture
from compactvid.training.confidence_curves import STEPS, ConfidenceCurves
from compactvid.training.detection_file import BOX
from compactvid.training.grid_predictions import ROLES, GridPredictions

USES = ("deepeye2018_fig_7",)
PROFILES = grid.SCALES
STEM = "deepeye2018_fig_2"

SAME_WEIGHTS = InputSizes(TABLE_1)
CURVES = ConfidenceCurves(TABLE_1)
SAME = 1e-4

PART = {
    "responsible": "answer for an object",
    "ignored": "others that overlap with one by more than 0.6",
    "others": "all others",
}

STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what was found"}
ROLE_HEADINGS = {
    "part": "boxes that",
    "boxes": "boxes",
    "confidence": "confidence",
    "confidence_spread": "±",
    "overlap": "overlap",
    "overlap_spread": "±",
    "full_confidence": "confidence, five worlds",
    "full_confidence_spread": "±",
    "full_overlap": "overlap, five worlds",
    "full_overlap_spread": "±",
}
ROLE_FORMATS = dict.fromkeys(tuple(ROLE_HEADINGS)[2:], ".3f") | {"boxes": ",.0f"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The built networks and the loss; what the trained detectors predict, and what answers for a picture's objects."""
    predictions = [GridPredictions(grid.training(profile, world)) for world in grid.worlds(profile, seed)]
    return {
        "networks": [*BUILT.values(), SAME_WEIGHTS, CURVES],
        "pictures": [targets_run(profile, seed), *predictions],
    }


def data(profile: str, seed: int) -> str:
    """What the detectors are trained on, and which picture the grid is drawn on."""
    return f"{grid.data(profile, seed)}; objects of a {'real' if VocPictures.present() else 'simulated'} picture"


def targets_run(profile: str, seed: int) -> AnchorTargets:
    """On Table 1's network and a real picture where there is one, else on the scaled detector and its test split."""
    if VocPictures.present():
        return AnchorTargets(TABLE_1, VocPictures(), "all")
    run = grid.training(profile, seed)
    return AnchorTargets(run.training.model, run.dataset, "test")


def curves() -> pd.DataFrame:
    """What the loss of `CURVES` asks of a confidence: columns box, role, confidence, loss (above its smallest)."""
    found = load_or_run(CURVES).result
    lines = {
        f"answers for an object, overlap {overlap}": ("responsible", losses)
        for overlap, losses in zip(CURVES.overlaps, found["responsible"], strict=True)
    }
    lines |= {
        "in an empty cell": ("others", found["empty"][0]),
        "on an object, another box answers": ("others", found["beside"]),
    }
    return pd.concat(
        [
            pd.DataFrame({"box": box, "role": role, "confidence": found["confidence"], "loss": losses})
            for box, (role, losses) in lines.items()
        ],
        ignore_index=True,
    )


def described_curves(curves: pd.DataFrame) -> str:
    """What the figure of them shows, in words."""
    groups = curves.groupby("box", sort=False)
    places = [
        f"{box}: smallest at {curve.loc[curve['loss'].idxmin(), 'confidence']:.2f}" if curve["loss"].max() > 0
        else f"{box}: the same everywhere"
        for box, curve in groups
    ]  # fmt: skip
    return f"Loss over one box's confidence, {groups.ngroups} lines. {'; '.join(places)}."


def statements(outputs: dict[str, Output]) -> pd.DataFrame:
    """Sentences of sections 2.1 and 5.1 against what was built and tried: claim, value, true, sentence, answer."""
    same, asked = load_or_run(SAME_WEIGHTS).result, load_or_run(CURVES).result
    layers = {layer["type"] for layer in load_or_run(BUILT["Table 1"]).result["layers"]}
    decoded, confidence = same["decoded"], np.array(asked["confidence"])
    several = decoded["confidence"][-1] > 1 and decoded["classes"][:-1] == decoded["confidence"]
    cells = [(given[0] // 32, given[1] // 32) for given in same["inputs"]]
    pulled = [float(confidence[np.argmin(losses)]) for losses in asked["responsible"]]
    empty = [float(confidence[np.argmin(losses)]) for losses in asked["empty"]]
    towards = np.abs(np.subtract(pulled, CURVES.overlaps)).max() <= 1 / STEPS and max(empty) <= 1 / STEPS
    channels = outputs["Table 1"][-1] // decoded["boxes"][-2]
    left = channels - decoded["boxes"][-1] - 1 - decoded["classes"][-1]
    entries = {entry.id.removeprefix("deepeye2018.claims."): entry for entry in papers.entries("deepeye2018")}
    width, height = map(int, entries["standard_size"].printed.split("×"))
    rows: list[tuple[str, Any, str]] = [
        (
            "boxes_and_classes",
            several and abs(decoded["total"] - 1) < 1e-5,
            f"{decoded['boxes'][-2]} boxes a cell, each with a confidence and {decoded['classes'][-1]} probabilities",
        ),
        (
            "fully_convolutional",
            not layers & {"Dense", "Flatten"} and same["difference"] < SAME,
            f"none but {', '.join(sorted(layers - {'InputLayer'}))}; in {same['compared']} cells that see the same, "
            f"pictures of {same['inputs'][0][0]} and {same['inputs'][1][0]} pixels give the same to "
            f"{_ceiling(same['difference'])}",
        ),
        (
            "grid",
            [tuple(found[:2]) for found in same["outputs"]] == cells,
            " and ".join(f"{given[0]} pixels: {shape_text(found[:2])}" for given, found in
                         zip(same["inputs"], same["outputs"], strict=True)),
        ),
        (
            "confidence_is_overlap",
            towards,
            f"least loss at {_listed(pulled)} for overlaps of {_listed(CURVES.overlaps)}, and at {max(empty):.2f}, the "
            "smallest that was tried, in an empty cell",
        ),
        (
            "overlap_of_masks",
            left > 0,
            f"of a box's {channels} numbers {decoded['boxes'][-1]} are the box, one the confidence, "
            f"{decoded['classes'][-1]} classes: {left} left",
        ),
        ("standard_size", _takes(TABLE_1, (height, width)), f"{width} is {width / TABLE_1.cell_size:g} cells"),
    ]  # fmt: skip
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", entries[claim].quotation, answer) for claim, true, answer in rows],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def targets(profile: str, seed: int) -> tuple[np.ndarray, pd.DataFrame, tuple[int, int]]:
    """A picture, its objects with what answers for them (`draw_anchor_targets`), and the grid."""
    config = targets_run(profile, seed)
    run = load_or_run(config)
    return read_picture(run.folder), pd.DataFrame(run.result["objects"]), config.model.grid


def predictions(profile: str, seed: int) -> tuple[np.ndarray, pd.DataFrame, tuple[int, int]]:
    """A test picture of the first world, what is found in it (`draw_detection_grid`), and the grid."""
    run = load_or_run(runs(profile, seed)["pictures"][1])
    parts = {
        "object": pd.DataFrame(run.result["objects"]),
        "box": pd.DataFrame(run.result["boxes"]),
        "detection": pd.DataFrame(run.result["detections"]).rename(columns={"score": "confidence"}),
    }
    found = pd.concat([part.assign(what=what) for what, part in parts.items() if len(part)], ignore_index=True)
    columns = ["what", "label", "row", "column", "anchor", "x_min", "y_min", "x_max", "y_max", "confidence"]
    places = {name: "Int64" for name in ("row", "column", "anchor")}
    return read_picture(run.folder), found[[*columns, "probability"]].astype(places), grid.MODEL.grid


def as_recorded(found: pd.DataFrame, profile: str) -> tuple[pd.DataFrame, str]:
    """What was found in the same picture when `full` was recorded, or else by this build; and which, in words.

    At `small` the detector is trained too briefly to be sure of anything.
    """
    recorded = figure_at_full(found, STEM, "grid", profile)[0]
    places = [each.loc[each["what"] == "object", list(BOX)].to_numpy(float) for each in (found, recorded)]
    same = places[0].shape == places[1].shape and np.allclose(
        places[0], places[1], rtol=1e-5
    )  # six digits are recorded
    if recorded is found or not same:
        return found, "of this build"
    return recorded.astype(found.dtypes.to_dict()), "recorded beforehand, trained for longer than in this build"


def described_predictions(found: pd.DataFrame) -> str:
    """What the figure of them shows, in words."""
    objects, boxes, detections = (found[found["what"] == what] for what in ("object", "box", "detection"))
    said = ", ".join(f"{row.label} {row.confidence:.2f}" for row in detections.itertuples()) or "none"
    return (
        f"One picture, four times, under a grid of {boxes['row'].max()} × {boxes['column'].max()} cells: its "
        f"{len(objects)} objects ({', '.join(objects['label'])}) with the cells of their centres; all {len(boxes)} "
        f"boxes, {(boxes['confidence'] > 0.5).sum()} of them with a confidence above 0.5; the cells in the colours of "
        f"{boxes['label'].nunique()} classes; and the detections: {said}."
    )


def roles(profile: str, seed: int) -> pd.DataFrame:
    """One row a part that the loss gives to boxes: role, part, boxes (of all worlds), means over the worlds of
    confidence and overlap, with `_spread`."""
    found = [load_or_run(config).result["roles"] for config in runs(profile, seed)["pictures"][1:]]
    rows = []
    for role in ROLES:
        row = {"role": role, "part": PART[role], "boxes": sum(each[role]["boxes"] for each in found)}
        for name in ("confidence", "overlap"):
            values = [each[role][name] for each in found]
            if None not in values:
                row[name], row[f"{name}_spread"] = mean_and_half_width(np.array(values))
        rows.append(row)
    return pd.DataFrame(rows)


def _takes(model: TinyYOLOv2, size: tuple[int, int]) -> bool:
    try:
        replace(model, input_size=size)
    except ValueError:
        return False
    return True


def _listed(values: Any) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _ceiling(value: float) -> str:
    """The power of ten that a value does not exceed."""
    return f"{10 ** np.ceil(np.log10(value)):.0e}" if value > 0 else "the last bit"
