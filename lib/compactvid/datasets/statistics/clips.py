"""How long clips are, and how much their frames change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.clips_video import count_frames, read_frames


@dataclass(frozen=True)
class ClipStatistics:
    """Clip by clip, of one split.

    Parameters
    ----------
    dataset
        A data set configuration whose `prepare` gives the paths of clips.
    split
        Which of its splits.
    size
        Height and width that frames are scaled to before they are compared.
    lags
        Differences of frames 1, ..., `lags` apart.
    """

    dataset: Any
    split: str = "train"
    size: tuple[int, int] = (120, 160)
    lags: int = 5

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Decode every clip once; nothing is written to `folder`.

        Returns
        -------
        dict
            ``clips``: for each ``name`` (``ACTION/GROUP/CLIP``), ``frames``, ``frames_per_second``, ``height`` and
            ``width`` of the file, and ``differences`` as `frame_differences` gives them.
        """
        return {"clips": [self._clip(path) for path in self.dataset.prepare(data_folder)[self.split]]}

    def _clip(self, path: Path) -> dict[str, Any]:
        import av  # takes a while, and most readers of statistics need no video

        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            rate, height, width = stream.average_rate, stream.height, stream.width
        frames = read_frames(path, range(count_frames(path)), self.size)
        return {
            "name": "/".join([*path.parts[-3:-1], path.stem]),
            "frames": len(frames),
            "frames_per_second": None if rate is None else float(rate),
            "height": height,
            "width": width,
            "differences": frame_differences(frames, range(1, self.lags + 1)),
        }


def frame_differences(frames: np.ndarray, lags: Iterable[int]) -> list[float | None]:
    """Mean absolute difference of frames some way apart.

    Parameters
    ----------
    frames : ndarray
        uint8, (frames, height, width, channels).
    lags : iterable of int
        At least 1 each.

    Returns
    -------
    list of float or None
        For each lag the mean over pairs of frames, pixels and channels, in grey levels of 256; None where the clip is
        too short.
    """
    signed = frames.astype(np.int16)
    return [
        float(np.abs(signed[lag:] - signed[:-lag]).mean(dtype=np.float64)) if lag < len(frames) else None
        for lag in lags
    ]
