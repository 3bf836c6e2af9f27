"""Q-YOLO in 8 bits, a picture at a time: features, and boxes from them."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from compactvid.compression.litert import LiteRTModel
from compactvid.models import TinyYOLOv2
from compactvid.training.detection_file import BOX


class OnlineDetector:
    """A detector as an 8-bit LiteRT file, run by LiteRT's interpreter on one thread.

    Reference: Cheng et al. 2018, section 4: the "final results of the last convolution layer" are the features, "which
    can also be further processed" into boxes.

    Parameters
    ----------
    file
        Of `compactvid.compression.export_litert`, with "int8", of the model.
    model
        The detector: its input size, its anchors, its grid.
    class_names
        In the order of their numbers.

    Raises
    ------
    ValueError
        The file is missing or damaged, or there are fewer or more names than the model has classes.
    """

    def __init__(self, file: str | os.PathLike[str], model: TinyYOLOv2, class_names: Sequence[str]):
        if len(class_names) != model.num_classes:
            raise ValueError(f"{os.fspath(file)}: {len(class_names)} class names for {model.num_classes} classes")
        self.model = model
        self.class_names = tuple(class_names)
        self._network = LiteRTModel(file)

    def features(self, scaled: np.ndarray) -> np.ndarray:
        """The last convolution's output, float32 (rows, columns, channels), for uint8 (height, width, 3), RGB."""
        return self._network({"image": scaled[None].astype("float32") / 255})[0]

    def boxes(self, features: np.ndarray, size: tuple[int, int], *, least_score: float) -> pd.DataFrame:
        """Detections in pixels of a picture: see `compactvid.pipeline.Frame`.

        The same as `compactvid.training.detection.detections` for a picture that fills the input: it was stretched to
        it, not put into a frame. Boxes without a score that is large enough are left out before pairs are compared, not
        behind: of the paper's 19 x 19 x 5 boxes there are three million pairs.

        Parameters
        ----------
        features
            Of `features`.
        size
            Height and width of the picture.
        least_score
            Only boxes with a larger score, in [0, 1].

        Raises
        ------
        ValueError
            Features are not finite.
        """
        from keras import ops

        from compactvid.ops.boxes import decode_boxes, to_corners
        from compactvid.ops.non_max_suppression import class_wise_non_max_suppression

        if not np.isfinite(features).all():
            raise ValueError("the detector's output has values that are not finite")
        boxes, objectness, classes = map(ops.convert_to_numpy, decode_boxes(features[None], self.model.anchors))
        scores = (objectness[..., None] * classes).reshape(-1, len(self.class_names))
        sure = scores.max(axis=1) > least_score
        corners, scores = ops.convert_to_numpy(to_corners(boxes.reshape(-1, 4)[sure])), scores[sure]
        kept = class_wise_non_max_suppression(corners[None], scores[None], score_threshold=least_score)[0]
        box, label = np.nonzero(kept)
        order = np.argsort(-scores[box, label], kind="stable")
        box, label = box[order], label[order]

        rows, columns = features.shape[:2]
        sides = np.array(size[::-1], "float64")  # width, height
        pixels = corners[box] * np.tile(sides / (columns, rows), 2)
        inside = np.all((pixels[:, 2:] > 0) & (pixels[:, :2] < sides), axis=1)
        low = np.clip(pixels[:, :2] + 1, 1, sides)  # pixel p, counted from 1, reaches from p - 1 to p
        pixels = np.concatenate([low, np.clip(pixels[:, 2:], low, sides)], axis=1).astype("float32")
        found = pd.DataFrame({"label": np.asarray(self.class_names, object)[label]}).astype("str")
        found = found.assign(**dict(zip(BOX, pixels.T, strict=True)), score=scores[box, label])
        return found[inside].reset_index(drop=True)
