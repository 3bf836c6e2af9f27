"""The published weights of a detector, and the clips that it is to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.datasets.batches import Batches
from compactvid.datasets.clip_splits import ClipSplits
from compactvid.datasets.real_files import RealFiles, content_digest, find_files, require_files


@dataclass(frozen=True)
class DetectorOnClips(RealFiles):
    """Tiny YOLOv2's weights for Pascal VOC, as Darknet publishes them, as split `weights`, and the splits of clips.

    Parameters
    ----------
    clips
        The clips.
    """

    clips: ClipSplits

    pattern = "tiny_yolov2_voc/tiny-yolo-voc.weights"

    @classmethod
    def present(cls) -> bool:
        """Whether the data folder holds the weights, and clips."""
        return bool(find_files(cls.pattern)) and ClipSplits.present()

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; nothing is written.

        Raises
        ------
        OSError, ValueError
            The data folder does not hold the weights; and as `ClipSplits.prepare`.
        """
        return {"weights": require_files(self.pattern, 1), **self.clips.prepare(folder)}

    def fingerprint(self) -> str:
        """SHA-256 of the weights, and the clips' fingerprint."""
        weights = content_digest({"weights": require_files(self.pattern, 1)})
        return f"{self.pattern}, SHA-256 {weights}; {self.clips.fingerprint()}"

    def read(self, files: Mapping[str, list[Path]], split: str, **options: Any) -> Batches:
        """Batches of a split of the clips; see `ClipSplits.read`."""
        return self.clips.read(files, split, **options)
