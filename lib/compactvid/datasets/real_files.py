"""Files of a real data set that the data folder holds, and what identifies their content."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from compactvid.manifests import data_folder


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
            digest.update(f"{split} {path.name} {_sha256(path, path.stat().st_mtime_ns)}\n".encode())
    return digest.hexdigest()


@cache
def _sha256(path: Path, _mtime: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
