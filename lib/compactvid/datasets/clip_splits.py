"""Real action clips, split by group for training, validation and test."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.datasets.batches import Batches
from compactvid.datasets.clips_folders import Clip, find, split_by_group
from compactvid.datasets.real_files import RealFiles, content_digest
from compactvid.manifests import data_folder

FOLDERS = ("ucf11/UCF11_updated_mpg", "clips")
"""Of the data folder, where clips may lie as ACTION/GROUP/CLIP: UCF11 as it is unpacked, or any other."""


@dataclass(frozen=True)
class ClipSplits(RealFiles):
    """The clips of a folder in UCF11's layout; clips of one group, which are cut from one video, stay together.

    Parameters
    ----------
    train, validate, test
        Share of each action's groups that each split gets; together 1.
    seed
        Draws the groups.
    """

    train: float
    validate: float
    test: float
    seed: int = 0

    @classmethod
    def present(cls) -> bool:
        """Whether the data folder holds any of `FOLDERS`."""
        return any((data_folder() / name).is_dir() for name in FOLDERS)

    @property
    def root(self) -> Path:
        """The first of `FOLDERS` that is there.

        Raises
        ------
        FileNotFoundError
            None is.
        """
        for name in FOLDERS:
            if (data_folder() / name).is_dir():
                return data_folder() / name
        raise FileNotFoundError(
            f"{data_folder()}: neither {' nor '.join(FOLDERS)}, with clips as ACTION/GROUP/CLIP.avi; "
            "set COMPACTVID_DATA to a folder that holds one"
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The actions, in the order of their numbers."""
        return tuple(sorted({clip.action for clip in find(self.root)}))

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; nothing is written.

        Raises
        ------
        OSError, ValueError
            As `root` and `compactvid.datasets.clips_folders.split_by_group`: an action may have too few groups.
        """
        return {split: [clip.path for clip in clips] for split, clips in self._splits().items()}

    def fingerprint(self) -> str:
        """SHA-256 over the actions, groups, names and contents of each split's clips, in order."""
        files = {
            f"{split} {clip.action}/{clip.group} {clip.path.name}": [clip.path]
            for split, clips in self._splits().items()
            for clip in clips
        }
        return f"ACTION/GROUP/CLIP, SHA-256 {content_digest(files)}"

    def read(self, files: Mapping[str, list[Path]], split: str, **options: Any) -> Batches:
        """Batches of a split as `compactvid.datasets.clips.read` gives them, with its `options`."""
        from compactvid.datasets import clips  # PyAV takes long to import

        chosen = [Clip(path, path.parent.parent.name, path.parent.name) for path in files[split]]
        return clips.read(self.root, clips=chosen, class_names=self.class_names, **options)

    def _splits(self) -> Mapping[str, list[Clip]]:
        shares = {"train": self.train, "validate": self.validate, "test": self.test}
        return split_by_group(self.root, shares, seed=self.seed)
