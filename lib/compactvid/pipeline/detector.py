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

        Decoded as `compactvid.training.detection.detections` does it, but that the picture fills the input: it was
        stretched to it, not put into a frame.

        Parameters
        ----------
        features
            Of `features`.
        size
            Height and width of the picture.
        least_score
            Only boxes with a larger score, in [0, 1].
        """
        from compactvid.training.detection import detections

        inputs = self.model.input_size
        found = detections(
            features[None],
            [""],
            np.array([inputs]),
            input_size=inputs,
            anchors=self.model.anchors,
            class_names=self.class_names,
            score_threshold=least_score,
        )
        corners = found[list(BOX)].to_numpy("float64")
        scale = np.array(size[::-1]) / np.array(inputs[::-1])  # of x, of y
        low = (corners[:, :2] - 1) * scale + 1  # pixel p, counted from 1, reaches from p - 1 to p
        high = np.maximum(corners[:, 2:] * scale, low)
        pixels = dict(zip(BOX, np.concatenate([low, high], axis=1).astype("float32").T, strict=True))
        return found.drop(columns="image").assign(**pixels)
