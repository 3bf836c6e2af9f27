"""Which confidence YOLOv2's loss asks of a box."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.models import TinyYOLOv2

STEPS = 100


@dataclass(frozen=True)
class ConfidenceCurves:
    """The loss of a picture with one object as one box's confidence goes from 0.01 to 0.99, all else being equal.

    The object has the size of an anchor and lies in the middle of a cell. The anchor there is responsible for it; its
    box is narrower than the object, as high, and in the same place, so that they overlap by the quotient of the widths.

    Parameters
    ----------
    model
        A detector; nothing is built, its grid, anchors and number of classes say what an output is like.
    overlaps
        Of the responsible box with the object, each above 0 and below 1.
    anchor
        Place of the object's anchor.

    Raises
    ------
    ValueError
        An overlap is out of range, or there is no such anchor.
    """

    model: TinyYOLOv2
    overlaps: tuple[float, ...] = (0.25, 0.5, 0.75)
    anchor: int = 1

    def __post_init__(self) -> None:
        if not all(0 < overlap < 1 for overlap in self.overlaps):
            raise ValueError(f"ConfidenceCurves: overlaps must lie between 0 and 1, not {self.overlaps}")
        if not 0 <= self.anchor < len(self.model.anchors) or len(self.model.anchors) < 2:
            raise ValueError(f"ConfidenceCurves: there is no anchor {self.anchor} beside another one in {self.model}")

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Evaluate the loss; each curve is what it is above its smallest value.

        Returns
        -------
        dict
            `confidence`, the values that it takes; `responsible`, a curve for each overlap, of the box that answers for
            the object; `empty`, a curve for each anchor, of the box in the first cell, where no object is; `beside`,
            the curve of a box that lies on the object and does not answer for it: that of another anchor.
        """
        anchors, (rows, columns) = self.model.anchors, self.model.grid
        row, column = rows // 2, columns // 2
        width, height = anchors[self.anchor]
        other = (self.anchor + 1) % len(anchors)
        output = np.zeros((rows, columns, len(anchors), 5 + self.model.num_classes), "float32")
        # In the middle of its cell a box has logits of 0; its width is the anchor's times the exponential of the third.
        output[row, column, other, 2:4] = np.log(np.array(anchors[self.anchor]) / anchors[other])
        x, y = column + 0.5, row + 0.5
        corners = [(x - width / 2) / columns, (y - height / 2) / rows, (x + width / 2) / columns]
        truth = np.array([[0, *corners, (y + height / 2) / rows]], "float32")

        confidence = np.arange(1, STEPS) / STEPS
        responsible = []
        for overlap in self.overlaps:
            narrower = output.copy()
            narrower[row, column, self.anchor, 2] = math.log(overlap)
            responsible.append(self._curve(narrower, truth, confidence, (row, column, self.anchor)))
        empty = [self._curve(output, truth, confidence, (0, 0, place)) for place in range(len(anchors))]
        beside = self._curve(output, truth, confidence, (row, column, other))
        return {"confidence": confidence.tolist(), "responsible": responsible, "empty": empty, "beside": beside}

    def _curve(
        self, output: np.ndarray, truth: np.ndarray, confidence: np.ndarray, box: tuple[int, int, int]
    ) -> list[float]:
        """Loss above its smallest value; `output` of shape (rows, columns, anchors, 5 + classes)."""
        from compactvid.training.yolov2_loss import YOLOv2Loss

        outputs = np.repeat(output[None], len(confidence), axis=0)
        outputs[:, *box, 4] = np.log(confidence / (1 - confidence))
        loss = YOLOv2Loss(self.model.anchors)(
            np.repeat(truth[None], len(confidence), axis=0), outputs.reshape(*outputs.shape[:3], -1)
        )
        found = np.asarray(loss, "float64")
        return (found - found.min()).tolist()
