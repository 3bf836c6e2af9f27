"""Files of a real data set that the data folder holds, and what identifies their content."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

from compactvid.manifests import data_folder, sha256


class RealFiles:
    """Base of the real data sets: by default all files of a glob pattern below the data folder, as split `all`."""

    pattern: ClassVar[str]

    @classmethod
    def present(cls) -> bool:
        """Whether the data folder holds any such file."""
        return bool(find_files(cls.pattern))

    def prepare(self, folder: Path | None = None) -> Mapping[str, list[Path]]:
        """The paths of each split; nothing is written.

        Raises
        ------
        FileNotFoundError
            The data folder holds fewer files than are needed.
        """
        return {"all": require_files(self.pattern, 1)}

    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of the files of each split, in order."""
        return f"{self.pattern}, SHA-256 {content_digest(self.prepare())}"


def find_files(pattern: str) -> list[Path]:
    """Files below the data folder that match a glob pattern, sorted."""
    return sorted(path for path in data_folder().glob(pattern) if path.is_file())


def require_files(pattern: str, needed: int) -> list[Path]:
    """The files of `find_files`, at least `needed` of them.

    Raises
    ------
    FileNotFoundError
        There are fewer; the message names the pattern and both numbers.
    """
    found = find_files(pattern)
    if len(found) < needed:
        raise FileNotFoundError(
            f"{data_folder() / pattern}: {len(found)} files, but {needed} are needed; "
            "set COMPACTVID_DATA to a folder that holds them"
        )
    return found


def content_digest(files: Mapping[str, Iterable[Path]]) -> str:
    """SHA-256 over the names and the contents of the files of each split, in order."""
    digest = hashlib.sha256()
    for split, paths in files.items():
        for path in paths:
            found = path.stat()
            of_file = _sha256(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            digest.update(f"{split} {path.name} {of_file}\n".encode())
    return digest.hexdigest()


@cache
def _sha256(path: Path, _size: int, _modified: int, _changed: int) -> str:
    return sha256(path)
