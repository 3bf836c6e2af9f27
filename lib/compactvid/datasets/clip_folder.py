"""Real action clips, as many as the data folder holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compactvid.datasets import clips_folders
from compactvid.datasets.real_files import content_digest, find_files
from compactvid.manifests import data_folder


@dataclass(frozen=True)
class ClipFolder:
    """One folder in UCF11's layout, all of its clips as one split.

    Parameters
    ----------
    folder
        Below the data folder: holds ``ACTION/GROUP/CLIP.avi``.
    """

    folder: str = "clips"

    def present(self) -> bool:
        """Whether the folder holds any clip."""
        return any(find_files(f"{self.folder}/*/*/*{ending}") for ending in clips_folders.FORMATS)

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The clips' paths as split `all`; nothing is written.

        Raises
        ------
        OSError, ValueError
            As `compactvid.datasets.clips_folders.find`.
        """
        return {"all": [clip.path for clip in clips_folders.find(data_folder() / self.folder)]}

    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of the clips."""
        files = self.prepare()
        return f"{len(files['all'])} clips in {self.folder}, SHA-256 {content_digest(files)}"
