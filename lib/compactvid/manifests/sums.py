"""SHA-256 lists in the format of `sha256sum`: those that manifests refer to, and the one of hashes first seen."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from compactvid.atomic import replaced

FIRST_SEEN = "first_seen.sha256"
"""Beside the data: hashes of files whose source publishes none. What is recorded there is held to ever after."""


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, as lower-case hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_sums(path: Path) -> dict[str, str]:
    """The hash of each file in a list, by the file's path as it stands there.

    Raises
    ------
    ValueError
        A line is not `HASH  PATH`, or names a path a second time; the message names the file and the line.
    """
    sums: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="backslashreplace").splitlines(), 1):
        match = re.fullmatch(r"([0-9a-f]{64}) [ *](\S.*)", line)
        if not match:
            raise ValueError(f"{path}, line {number}: expected a SHA-256, two spaces and a path, found {line[:80]!r}")
        if match[2] in sums:
            raise ValueError(f"{path}, line {number}: {match[2]!r} stands there twice")
        sums[match[2]] = match[1]
    return sums


def first_seen(folder: Path) -> Mapping[str, str]:
    """The hashes recorded in a data folder, by path below it."""
    path = folder / FIRST_SEEN
    return read_sums(path) if path.exists() else {}


def record_first_seen(folder: Path, name: str) -> None:
    """Record the hash of `folder / name`.

    Raises
    ------
    ValueError
        Another one was recorded before.
    """
    found = sha256(folder / name)
    with FileLock(folder / f".{FIRST_SEEN}.lock"):
        sums = dict(first_seen(folder))
        if (known := sums.setdefault(name, found)) != found:
            raise ValueError(f"{folder / name}: its SHA-256 is {found}; first seen was {known}")
        with replaced(folder / FIRST_SEEN) as temporary:
            temporary.write_text("".join(f"{sums[key]}  {key}\n" for key in sorted(sums)), encoding="utf-8")
