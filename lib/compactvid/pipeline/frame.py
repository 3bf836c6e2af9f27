"""One frame of a clip on its way through the stages of the online program."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Frame:
    """A frame, and what the stages have made of it: each fills a field (see `compactvid.pipeline.stages.STAGES`).

    Parameters
    ----------
    number
        From 0, as frames are decoded.
    frames_per_second
        Of the clip, by its header.
    size
        Height and width of the clip's pictures.
    picture
        uint8 (height, width, 3), RGB; None where nothing is drawn.
    scaled
        uint8, RGB, of the size of the detector's input; None where the frame is not looked at.
    features
        float32 (rows, columns, channels): what the detector's last convolution gives.
    boxes
        Detections, a row each: label, x_min, y_min, x_max, y_max (float32, pixels of the clip's pictures, 1-based and
        inclusive), score; scores falling.
    probabilities
        float32 (classes,): of the actions, by the latest frames that were looked at.
    full
        Whether these were as many as the recurrent network was trained with.
    drawn
        uint8 (height, width, 3), RGB, of a size of its own.
    """

    number: int
    frames_per_second: Fraction
    size: tuple[int, int]
    picture: np.ndarray | None = None
    scaled: np.ndarray | None = None
    features: np.ndarray | None = None
    boxes: "pd.DataFrame | None" = None
    probabilities: np.ndarray | None = None
    full: bool = False
    drawn: np.ndarray | None = None

    @property
    def looked_at(self) -> bool:
        """Whether detector and recurrent network look at it."""
        return self.scaled is not None

    @property
    def seconds(self) -> float:
        """When it is shown. By its number: time stamps of real clips are out of order."""
        return float(self.number / self.frames_per_second)

    def bytes_of(self, field: str) -> int:
        """Bytes of what a stage gave: of an array, or of four corners and a score a box, without its class."""
        value = getattr(self, field)
        return value.nbytes if isinstance(value, np.ndarray) else 5 * 4 * len(value)
