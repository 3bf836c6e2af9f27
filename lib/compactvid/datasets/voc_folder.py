"""Real Pascal VOC images, as many as the data folder holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compactvid.datasets.real_files import content_digest, find_files, require_files
from compactvid.datasets.voc_annotations import Annotation, read_annotation


@dataclass(frozen=True)
class VocFolder:
    """One folder in the development kit's layout, all of its annotated images as one split.

    Parameters
    ----------
    folder
        Below the data folder: holds `Annotations` and `JPEGImages`.
    """

    folder: str = "voc100"

    def present(self) -> bool:
        """Whether the folder holds any annotation."""
        return bool(find_files(f"{self.folder}/Annotations/*.xml"))

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The annotations' paths as split `all`; nothing is written.

        Raises
        ------
        FileNotFoundError
            There is none.
        """
        return {"all": require_files(f"{self.folder}/Annotations/*.xml", 1)}

    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of the annotations."""
        files = self.prepare()
        return f"Pascal VOC, {len(files['all'])} annotations in {self.folder}, SHA-256 {content_digest(files)}"

    def read_annotations(self, files: Mapping[str, list[Path]], split: str) -> list[Annotation]:
        """What is known about each image."""
        return [read_annotation(path) for path in files[split]]
