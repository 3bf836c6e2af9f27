"""One detector's weights on pictures of two sizes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.models.tiny_yolov2 import TinyYOLOv2


@dataclass(frozen=True)
class InputSizes:
    """Build a detector for each of two sizes, give both the same random weights, and compare what they predict.

    The smaller picture is the middle of the larger one. If the network is the same everywhere in a picture, it predicts
    the same there, except near the smaller picture's edge, beyond which the larger one goes on.

    Parameters
    ----------
    model
        The detector; its own input size does not matter.
    larger, smaller
        Height and width of both inputs. They differ by an even number of cells.
    margin
        Cells from the edge that are not compared. In Tiny YOLOv2 what a cell predicts hangs on fewer than five cells
        around it: on one for each of three convolutions and one pooling behind the last halving, and on less than
        another one for all before it.
    seed
        Of weights and picture.

    Raises
    ------
    ValueError
        The sizes leave nothing to compare.
    """

    model: TinyYOLOv2
    larger: tuple[int, int] = (608, 608)
    smaller: tuple[int, int] = (416, 416)
    margin: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        cell = self.model.cell_size
        even = all((a - b) % (2 * cell) == 0 and a > b for a, b in zip(self.larger, self.smaller, strict=True))
        if not even or min(self.smaller) // cell <= 2 * self.margin:
            raise ValueError(
                f"InputSizes: expected sizes that differ by an even number of cells of {cell}, the smaller one with "
                f"more than {2 * self.margin} cells a side, not {self.larger} and {self.smaller}"
            )

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Predict on both pictures with the same weights.

        Returns
        -------
        dict
            `inputs` and `outputs`, shapes without the batch, the larger picture's first; `decoded`, the shapes that
            `compactvid.ops.boxes.decode_boxes` makes of the larger output (`boxes`, `confidence`, `classes`), and
            `total`, the probabilities of a box's classes summed up, the farthest from 1; `compared`, in how many cells
            the outputs were compared, and `difference`, the largest between them as a share of the largest value.
        """
        import keras

        from compactvid.ops.boxes import decode_boxes

        keras.utils.set_random_seed(self.seed)
        large = replace(self.model, input_size=self.larger).build()
        small = replace(self.model, input_size=self.smaller).build(initialize=False)
        small.set_weights(large.get_weights())
        picture = np.random.default_rng(self.seed).random((1, *self.larger, 3), dtype="float32")
        cell = self.model.cell_size
        top, left = ((a - b) // 2 for a, b in zip(self.larger, self.smaller, strict=True))
        cut = picture[:, top : top + self.smaller[0], left : left + self.smaller[1]]
        inputs = [picture, cut]
        outputs = [
            np.asarray(model({"image": given}, training=False))
            for model, given in zip((large, small), inputs, strict=True)
        ]
        del large, small
        keras.utils.clear_session()

        rows, columns = outputs[1].shape[1:3]
        inner = outputs[1][:, self.margin : rows - self.margin, self.margin : columns - self.margin]
        row, column = top // cell + self.margin, left // cell + self.margin
        same = outputs[0][:, row : row + inner.shape[1], column : column + inner.shape[2]]
        boxes, confidence, classes = map(np.asarray, decode_boxes(outputs[0], self.model.anchors))
        totals = classes.sum(axis=-1).ravel()
        return {
            "inputs": [list(given.shape[1:]) for given in inputs],
            "outputs": [list(found.shape[1:]) for found in outputs],
            "decoded": {
                "boxes": list(boxes.shape[1:]),
                "confidence": list(confidence.shape[1:]),
                "classes": list(classes.shape[1:]),
                "total": float(totals[np.abs(totals - 1).argmax()]),
            },
            "compared": inner.shape[1] * inner.shape[2],
            "difference": float(np.abs(same - inner).max() / np.abs(outputs[0]).max()),
        }
