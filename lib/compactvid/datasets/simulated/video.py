"""One simulated video, in the two forms of the official files."""

from typing import Any, NamedTuple

import numpy as np

from compactvid.datasets.sources import dequantize


class SimulatedVideo(NamedTuple):
    """One video of a `VideoWorld`, with the truth that the official files do not tell."""

    id: str
    """``<split>-<index>``, unique within a world."""
    labels: np.ndarray
    """Annotated classes, ascending, int64; at least one."""
    rgb: np.ndarray
    """uint8, (frames, rgb_size)."""
    audio: np.ndarray
    """uint8, (frames, audio_size)."""
    topic: int
    """The topic that chose the background and many of the labels."""
    shown_classes: np.ndarray
    """Classes that the frames show, ascending, int64: `labels` and those that the annotator dropped."""
    evidence: np.ndarray
    """bool, (frames, len(shown_classes)): where each of them is seen."""
    outliers: np.ndarray
    """bool, (frames,): frames that have nothing to do with the video."""

    def frame_level_example(self) -> dict[str, Any]:
        """``id``, ``labels``, ``rgb`` and ``audio``, as above."""
        return {"id": self.id, "labels": self.labels, "rgb": self.rgb, "audio": self.audio}

    def video_level_example(self) -> dict[str, Any]:
        """``id``, ``labels``, ``mean_rgb`` (rgb_size,) and ``mean_audio`` (audio_size,).

        The means are float32, over frames dequantised by the challenge's formula.
        """
        return {
            "id": self.id,
            "labels": self.labels,
            "mean_rgb": _dequantized_mean(self.rgb),
            "mean_audio": _dequantized_mean(self.audio),
        }


def quantize(values: np.ndarray) -> np.ndarray:
    """[-2, 2] in 255 steps, as uint8; what lies outside is clipped.

    Rounds down, because the challenge's way back, `dequantize`, adds half a step.
    """
    return np.clip(np.floor((values + 2) * (255 / 4)), 0, 255).astype(np.uint8)


def _dequantized_mean(frames: np.ndarray) -> np.ndarray:
    return dequantize(frames).mean(axis=0, dtype=np.float64).astype(np.float32)
