"""What a trained detector predicts in each cell of its grid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.detector_input import objects_in_input
from compactvid.datasets.example_picture import example_picture
from compactvid.datasets.voc_images import letterbox
from compactvid.training.anchor_targets import CORNERS, in_cells, save_picture
from compactvid.training.detection import detections
from compactvid.training.detection_file import BOX
from compactvid.training.detection_training import EVALUATION_BATCH, DetectionTraining
from compactvid.training.weights import load_weights

ROLES = ("responsible", "ignored", "others")


@dataclass(frozen=True)
class GridPredictions:
    """All boxes that a training's best checkpoint predicts on a picture, and how confident it is on the whole split.

    Parameters
    ----------
    base
        The training.
    split
        Of its data set; the picture is the `example_picture` of it.
    score_threshold
        Detections have larger scores. 0.24 is what Darknet shows by default (`run_detector` in src/detector.c of
        https://github.com/pjreddie/darknet, in 2017).
    """

    base: DetectionTraining
    split: str = "test"
    score_threshold: float = 0.24

    @property
    def requires(self) -> tuple[DetectionTraining]:
        """The run that has the weights."""
        return (self.base,)

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.base.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Keep the picture as the detector gets it, `picture.npy`, uint8 (height, width, 3).

        Returns
        -------
        dict
            `image`, its name; and lists of mappings, corners in cells: `boxes`, all of them, cell by cell, with `row`,
            `column` and `anchor` (from 1), `confidence`, `label` of the likeliest class and its `probability`;
            `objects` (`label`, `row` and `column` of the cell of its centre); `detections`, what is left of the boxes
            after non-maximum suppression (`label`, `score`). `roles`, over all pictures of the split, for each of
            `ROLES` the number of `boxes`, and means of `confidence` and `overlap`, null where there are none. They are
            boxes that are responsible for an object, with their overlap with it; others that overlap with an object by
            so much that the loss leaves them alone; and all the rest, with their largest overlap (see
            `compactvid.training.yolov2_loss.YOLOv2Loss`). Difficult objects are none.
        """
        config = self.base.training.model
        model = config.build(initialize=False)
        load_weights(model, required[0] / "best.weights.h5")
        files = self.dataset.prepare(data_folder)
        annotation, image = example_picture(self.dataset, files, self.split)
        picture = letterbox(image, config.input_size)
        save_picture(folder, picture)
        output = np.asarray(model({"image": picture[None].astype("float32") / 255}, training=False))
        found = detections(
            output,
            [annotation.image],
            np.array([image.shape[:2]]),
            input_size=config.input_size,
            anchors=config.anchors,
            class_names=self.dataset.class_names,
            score_threshold=self.score_threshold,
        )

        def placed(boxes: Any) -> np.ndarray:
            return in_cells(boxes, image.shape[:2], config.input_size, config.grid)

        shown = placed([each.box for each in annotation.objects])
        return {
            "image": annotation.image,
            "boxes": list(self._boxes(output)),
            "objects": [
                {
                    "label": each.label,
                    **_corners(corners),
                    "row": 1 + int(corners[1::2].mean()),
                    "column": 1 + int(corners[::2].mean()),
                }
                for each, corners in zip(annotation.objects, shown, strict=True)
            ],
            "detections": [
                {"label": label, **_corners(corners), "score": float(score)}
                for label, score, corners in zip(
                    found["label"], found["score"], placed(found[list(BOX)].to_numpy()), strict=True
                )
            ],
            "roles": self._roles(model, files),
        }

    def _boxes(self, output: np.ndarray) -> Iterator[dict[str, Any]]:
        from compactvid.ops.boxes import decode_boxes, to_corners

        boxes, confidence, classes = decode_boxes(output, self.base.training.model.anchors)
        corners, confidence, classes = (np.asarray(each)[0] for each in (to_corners(boxes), confidence, classes))
        for row, column, anchor in np.ndindex(confidence.shape):
            place = (row, column, anchor)
            label = int(classes[place].argmax())
            yield {
                "row": row + 1,
                "column": column + 1,
                "anchor": anchor + 1,
                **_corners(corners[place]),
                "confidence": float(confidence[place]),
                "label": self.dataset.class_names[label],
                "probability": float(classes[place][label]),
            }

    def _roles(self, model: Any, files: Mapping[Any, list[Path]]) -> dict[str, dict[str, Any]]:
        size = self.base.training.model.input_size
        batches = self.dataset.read(files, self.split, size=size, batch_size=EVALUATION_BATCH)
        parts = []
        for inputs, objects in batches:
            output = np.asarray(model({"image": inputs["image"].astype("float32") / 255}, training=False))
            parts.append(self._role_of_each(output, objects_in_input(objects, inputs["image_size"], size)))
        role, confidence, overlap = (np.concatenate(each) for each in zip(*parts, strict=True))
        found = {}
        for number, name in enumerate(ROLES):
            boxes = role == number
            means = [float(values[boxes].mean()) if boxes.any() else None for values in (confidence, overlap)]
            found[name] = {"boxes": int(boxes.sum()), "confidence": means[0], "overlap": means[1]}
        return found

    def _role_of_each(self, output: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Place in `ROLES`, confidence and overlap of each box of a batch; objects in shares, (images, objects, 5)."""
        from compactvid.ops.boxes import decode_boxes, encode_boxes, intersection_over_union, to_centres, to_corners
        from compactvid.training.yolov2_loss import YOLOv2Loss

        config = self.base.training.model
        rows, columns = config.grid
        boxes, confidence, _ = decode_boxes(output, config.anchors)
        corners = np.asarray(to_corners(boxes)).reshape(len(output), -1, 4)
        objects = shares[..., 1:] * np.array([columns, rows] * 2, "float32")
        there = shares[..., 0] >= 0
        centres = np.where(there[..., None], np.asarray(to_centres(objects)), -1.0)
        slots = np.asarray(encode_boxes(centres, config.grid, config.anchors)[0])
        # (images, objects, boxes)
        overlaps = np.asarray(intersection_over_union(corners[:, None], objects[:, :, None]))
        overlaps = np.where((slots >= 0)[..., None], overlaps, 0.0)
        overlap = overlaps.max(axis=1)
        role = np.where(overlap > YOLOv2Loss(config.anchors).ignored_iou, 1, 2)
        for image, place in zip(*np.nonzero(slots >= 0), strict=True):  # of two objects of one box the last one counts
            box = slots[image, place]
            role[image, box], overlap[image, box] = 0, overlaps[image, place, box]
        return role.ravel(), np.asarray(confidence).ravel(), overlap.ravel()


def _corners(values: np.ndarray) -> dict[str, float]:
    return dict(zip(CORNERS, map(float, values), strict=True))
