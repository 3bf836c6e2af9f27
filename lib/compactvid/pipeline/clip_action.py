"""What a clip shows, by all that was said while it was watched."""

import numpy as np

from compactvid.pipeline.frame import Frame


class ClipAction:
    """The mean of the probabilities that were given with as many frames behind them as the network was trained with.

    Of a clip that is too short for any, the last ones. What is kept does not grow with the clip.
    """

    def __init__(self) -> None:
        self._sum: np.ndarray | float = 0.0
        self._count = 0
        self._last: np.ndarray | None = None

    def add(self, frame: Frame) -> None:
        """Take a frame that has gone through the program; one that was not looked at says nothing."""
        if frame.probabilities is not None:
            self._last = frame.probabilities
            self._sum = self._sum + self._last * frame.full
            self._count += frame.full

    @property
    def probabilities(self) -> np.ndarray:
        """Of the actions, (classes,).

        Raises
        ------
        ValueError
            No frame was looked at.
        """
        if self._last is None:
            raise ValueError("no frame was looked at yet")
        return np.asarray(self._sum / self._count) if self._count else self._last
