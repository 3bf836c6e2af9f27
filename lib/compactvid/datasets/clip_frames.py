"""Frames of clips as images without annotations, for a detector."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.batches import Batch, Batches
from compactvid.datasets.voc_images import letterbox


@dataclass(frozen=True)
class ClipFrames:
    """A few frames of the first clips of a split, evenly spread from a clip's first to its last.

    Parameters
    ----------
    source
        A data set configuration whose `prepare` gives the paths of clips, such as `ClipFolder` or `SimulatedClips`.
    split
        Which of its splits.
    clips
        How many at most.
    frames
        Of a clip, at least 2.
    size
        Height and width that frames are scaled to, whatever the clip's.

    Raises
    ------
    ValueError
        Fewer clips or frames than that.
    """

    source: Any
    split: str
    clips: int = 2
    frames: int = 3
    size: tuple[int, int] = (120, 160)

    def __post_init__(self) -> None:
        for name, least in (("clips", 1), ("frames", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"ClipFrames: {name} must be at least {least}, not {getattr(self, name)!r}")

    def fingerprint(self) -> str | None:
        """That of the source."""
        return self.source.fingerprint()

    def prepare(self, folder: Path) -> Mapping[str, list[Path]]:
        """The paths of each split's clips, written into `folder` where they are simulated."""
        return self.source.prepare(folder)

    def images(self, files: Mapping[str, list[Path]]) -> dict[str, np.ndarray]:
        """By name, such as `v_left_01_01, frame 47` (the first is 1), uint8 (*size, 3) RGB.

        Raises
        ------
        OSError, RecordError
            As `compactvid.datasets.clips_video.read_frames`.
        """
        from compactvid.datasets.clips_video import count_frames, read_frames  # PyAV takes long to import

        found = {}
        for path in files[self.split][: self.clips]:
            places = np.linspace(0, count_frames(path) - 1, self.frames).round().astype(int)
            for place, image in zip(places, read_frames(path, places, self.size), strict=True):
                found[f"{path.stem}, frame {place + 1}"] = image
        return found

    def read(
        self, files: Mapping[str, list[Path]], split: str, *, size: tuple[int, int], batch_size: int = 32
    ) -> Batches:
        """Batches of the frames as `voc.read` gives images, without objects.

        Parameters
        ----------
        files
            As `prepare` gives them.
        split
            The split that this is of.
        size, batch_size
            As in `voc.read`.

        Raises
        ------
        ValueError
            Another split.
        """
        if split != self.split:
            raise ValueError(f"ClipFrames: these are frames of split {self.split!r}, not {split!r}")
        return Batches(_Letterboxed(self.images(files), size), batch_size=batch_size)


class _Letterboxed:
    """Images in memory, as a `compactvid.datasets.batches.Source`."""

    def __init__(self, images: Mapping[str, np.ndarray], size: tuple[int, int]):
        self.names, self.size = list(images), size
        self.image_sizes = np.array([image.shape[:2] for image in images.values()], np.int32)
        self.images = np.stack([letterbox(image, size) for image in images.values()])

    def __len__(self) -> int:
        return len(self.names)

    def ids(self, indices: np.ndarray) -> list[str]:
        return [self.names[index] for index in indices]

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        no_objects = np.empty((len(indices), 0, 6), np.float32)
        return {"image": self.images[indices], "image_size": self.image_sizes[indices]}, no_objects
