"""Which cell and anchor of a detector's grid answer for the objects of a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.atomic import replaced
from compactvid.datasets.detector_input import objects_in_input
from compactvid.datasets.example_picture import example_picture
from compactvid.datasets.voc_images import letterbox
from compactvid.models import TinyYOLOv2

PICTURE = "picture.npy"
CORNERS = ("x_min", "y_min", "x_max", "y_max")


@dataclass(frozen=True)
class AnchorTargets:
    """Find where `compactvid.ops.boxes.encode_boxes` puts the objects of `example_picture`.

    Parameters
    ----------
    model
        The detector; nothing is built, its grid and anchors say what its output is like.
    dataset
        A data set in the layout of VOC's development kit.
    split
        Which of its splits.
    """

    model: TinyYOLOv2
    dataset: Any
    split: str

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Keep the picture as the detector gets it, `picture.npy`, uint8 (height, width, 3).

        Returns
        -------
        dict
            `image`, its name, and `objects`, a mapping an object: `label`, `x_min`, `y_min`, `x_max`, `y_max` (all
            corners in cells), `row`, `column` and `anchor` (from 1) that answer for it, `anchor_x_min` and so on, the
            box that an output of zeros says there, and `overlap`, the IoU of this box with the object.
        """
        from compactvid.ops.boxes import decode_boxes, encode_boxes, intersection_over_union, to_centres, to_corners

        annotation, image = example_picture(self.dataset, self.dataset.prepare(data_folder), self.split)
        size, grid = self.model.input_size, self.model.grid
        save_picture(folder, letterbox(image, size))
        corners = in_cells([found.box for found in annotation.objects], image.shape[:2], size, grid)
        slots, _ = encode_boxes(to_centres(corners[None]), grid, self.model.anchors)
        slots = np.asarray(slots)[0]
        boxes, _, _ = decode_boxes(np.zeros((1, *grid, self.model.output_channels), "float32"), self.model.anchors)
        there = np.asarray(to_corners(boxes)).reshape(-1, 4)[slots]
        overlaps = np.asarray(intersection_over_union(there, corners))
        anchors = len(self.model.anchors)
        rows = [
            {
                "label": found.label,
                **dict(zip(CORNERS, map(float, corner), strict=True)),
                "row": 1 + slot // anchors // grid[1],
                "column": 1 + slot // anchors % grid[1],
                "anchor": 1 + slot % anchors,
                **{f"anchor_{name}": float(value) for name, value in zip(CORNERS, box, strict=True)},
                "overlap": float(overlap),
            }
            for found, corner, slot, box, overlap in zip(
                annotation.objects, corners, slots.tolist(), there, overlaps, strict=True
            )
        ]
        return {"image": annotation.image, "objects": rows}


def in_cells(
    boxes: Sequence[Sequence[float]], image_size: tuple[int, ...], size: tuple[int, int], grid: tuple[int, int]
) -> np.ndarray:
    """Boxes in an image's pixels, as VOC counts them, where they lie in the letterboxed input: float32, in cells."""
    rows = np.array([(0, *box, 0) for box in boxes], "float32").reshape(1, -1, 6)
    shares = objects_in_input(rows, np.array([image_size]), size)[0, : len(boxes), 1:]
    return shares * np.array([grid[1], grid[0]] * 2, "float32")


def save_picture(folder: Path, picture: np.ndarray) -> None:
    """Write `picture.npy`, whole or not at all."""
    with replaced(folder / PICTURE) as temporary, temporary.open("wb") as file:
        np.save(file, picture)


def read_picture(folder: Path) -> np.ndarray:
    """What `save_picture` wrote."""
    return np.load(folder / PICTURE, allow_pickle=False)
