"""The published part of tiny-YOLOv2's weights, where the data folder holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compactvid.datasets.real_files import content_digest, find_files, require_files


@dataclass(frozen=True)
class FoldedWeights:
    """One folder of raw files, see `compactvid.datasets.darknet_folded`.

    Parameters
    ----------
    folder
        Below the data folder.
    """

    folder: str = "tiny_yolov2_partial"

    def present(self) -> bool:
        """Whether the folder holds any kernel."""
        return bool(find_files(f"{self.folder}/conv*_W.bin"))

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The files' paths as split `all`; nothing is written.

        Raises
        ------
        FileNotFoundError
            There is none.
        """
        return {"all": require_files(f"{self.folder}/conv*.bin", 1)}

    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of the files."""
        files = self.prepare()
        return f"{len(files['all'])} arrays in {self.folder}, SHA-256 {content_digest(files)}"
