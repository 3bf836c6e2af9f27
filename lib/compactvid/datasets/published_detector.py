"""What is published of tiny-YOLOv2's weights, with real pictures to put through them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compactvid.datasets.darknet_folded import read_folded
from compactvid.datasets.folded_weights import FoldedWeights
from compactvid.datasets.real_files import RealFiles, content_digest, find_files, require_files
from compactvid.datasets.voc_images import letterbox, read_jpeg


@dataclass(frozen=True)
class PublishedDetector(RealFiles):
    """The arrays of `FoldedWeights` as split `weights`; pictures of Pascal VOC, and Darknet's own, in two splits.

    Parameters
    ----------
    calibration
        How many of VOC's pictures, the first by name, are the split `calibration`; all others are the split `images`.
    """

    calibration: int = 20

    pattern = FoldedWeights.pattern
    pictures = ("voc100/JPEGImages/*.jpg", "darknet_images/*.jpg")

    @classmethod
    def present(cls) -> bool:
        """Whether the data folder holds weights, and pictures of both kinds."""
        return all(find_files(pattern) for pattern in (cls.pattern, *cls.pictures))

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; see `RealFiles`."""
        voc, darknet = self.pictures
        annotated = require_files(voc, self.calibration + 1)
        return {
            "weights": require_files(self.pattern, 1),
            "calibration": annotated[: self.calibration],
            "images": annotated[self.calibration :] + require_files(darknet, 1),
        }

    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of the files of each split, in order."""
        return f"{', '.join((self.pattern, *self.pictures))}, SHA-256 {content_digest(self.prepare())}"

    def weights(self, files: Mapping[str, list[Path]]) -> dict[str, dict[str, np.ndarray]]:
        """See `compactvid.datasets.darknet_folded.read_folded`."""
        return read_folded(files["weights"][0].parent)

    def read(
        self, files: Mapping[str, list[Path]], split: str, *, size: tuple[int, int], batch_size: int
    ) -> Iterator[dict[str, np.ndarray]]:
        """Batches of `image`, float32 (batch, height, width, 3) in [0, 1], letterboxed to `size` as Darknet tests."""
        paths = files[split]
        for start in range(0, len(paths), batch_size):
            pictures = [letterbox(read_jpeg(path), size) for path in paths[start : start + batch_size]]
            yield {"image": np.stack(pictures).astype("float32") / 255}
