"""What the detector of Cheng et al. 2018 gives for each cell of its grid, read off built networks."""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from compactvid import papers
from compactvid.datasets.voc_annotations import CLASS_NAMES
from compactvid.models import TinyYOLOv2
from compactvid.models.architecture import Architecture
from compactvid.models.tiny_yolov2 import VOC_ANCHORS
from compactvid.runs import load_or_run

TABLE_1 = TinyYOLOv2(input_size=(608, 608))
NETWORKS = {
    "S = 7, B = 2": TinyYOLOv2(anchors=VOC_ANCHORS[:2], input_size=(7 * 32, 7 * 32)),
    "Table 1": TABLE_1,
    "80 classes": replace(TABLE_1, num_classes=80),
}
"""Of two anchors and of 80 classes only the number counts here."""
BUILT = {name: Architecture(model) for name, model in NETWORKS.items()}
"""The runs that build them, with zeros for weights."""

_YOLO = "YOLO, S = 7, B = 2"
_ROWS = {
    _YOLO: ("Redmon et al. 2016: one set of class probabilities a cell", "7×7×50"),
    "S = 7, B = 2": ("YOLOv2: one set a box", "7×7×50"),
    "Table 1": ("Table 1: five boxes, VOC's 20 classes", "19×19×125"),
    "80 classes": ("five boxes, 80 classes", "19×19×425"),
}
SIZE_HEADINGS = {
    "network": "network",
    "source": "what it is",
    "picture": "picture",
    "output": "output",
    "printed": "printed",
}

Output = tuple[int, int, int]


def outputs() -> dict[str, Output]:
    """Rows, columns and channels that each of `NETWORKS` gives."""
    found = {}
    for name, run in BUILT.items():
        rows, columns, channels = load_or_run(run).result["layers"][-1]["shapes"][0][1:]
        found[name] = (rows, columns, channels)
    return found


def yolo_channels(boxes: int, classes: int) -> int:
    """Of the first YOLO: five numbers for each of a cell's boxes, and one set of class probabilities.

    Reference: Redmon et al. 2016, section 2: S x S x (B * 5 + C), for VOC 7 x 7 x 30.
    """
    return 5 * boxes + classes


def sizes(outputs: dict[str, Output]) -> pd.DataFrame:
    """One row a network, columns of `SIZE_HEADINGS`. The first YOLO is not built here: its channels are counted."""
    boxes = len(NETWORKS["S = 7, B = 2"].anchors)
    side, _, _ = outputs["S = 7, B = 2"]
    shapes: dict[str, Output] = {_YOLO: (side, side, yolo_channels(boxes, len(CLASS_NAMES))), **outputs}
    pictures = {name: shape_text((*model.input_size, 3)) for name, model in NETWORKS.items()}
    rows = [
        (name, source, pictures.get(name), shape_text(shapes[name]), printed)
        for name, (source, printed) in _ROWS.items()
    ]
    return pd.DataFrame(rows, columns=list(SIZE_HEADINGS))


def counts(outputs: dict[str, Output]) -> pd.DataFrame:
    """Printed numbers of sections 2.1, 4 and 5.1: claim, value, unit."""
    printed = {entry.id.removeprefix("deepeye2018.claims."): entry.printed for entry in papers.entries("deepeye2018")}
    seconds, rate = (int(printed[name].split()[0]) for name in ("moments_seconds", "moments_frame_rate"))
    side, _, channels = outputs["Table 1"]
    rows = [
        ("grid_side", side, "cells"),
        ("boxes_per_cell", channels // (5 + len(CLASS_NAMES)), "boxes"),
        ("channels_of_yolo", yolo_channels(len(NETWORKS["S = 7, B = 2"].anchors), len(CLASS_NAMES)), "channels"),
        ("channels_of_yolov2", outputs["S = 7, B = 2"][-1], "channels"),
        ("feature_channels", channels, "channels"),
        ("coco_channels", outputs["80 classes"][-1], "channels"),
        ("training_sequence", seconds * rate, "frames"),
        ("voc_classes", len(CLASS_NAMES), "classes"),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def shape_text(shape: Iterable[int]) -> str:
    """Such as "19 × 19 × 125"."""
    return " × ".join(f"{length:,}" for length in shape)
