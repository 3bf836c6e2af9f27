"""Real Pascal VOC images, as many as the data folder holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compactvid.datasets.real_files import RealFiles, require_files
from compactvid.datasets.voc_annotations import Annotation, read_annotation


@dataclass(frozen=True)
class VocFolder(RealFiles):
    """All annotations of a folder in the development kit's layout, as split `all`."""

    pattern = "voc100/Annotations/*.xml"

    def read_annotations(self, files: Mapping[str, list[Path]], split: str) -> list[Annotation]:
        """What is known about each image."""
        return [read_annotation(path) for path in files[split]]


@dataclass(frozen=True)
class VocPictures(VocFolder):
    """The same with their images, as split `images`: their content is part of the fingerprint."""

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; nothing is written."""
        return {**super().prepare(folder), "images": require_files("voc100/JPEGImages/*.jpg", 1)}
