"""A simulated world as a folder of official files, complete or absent."""

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from compactvid.atomic import sync
from compactvid.datasets.simulated.splits import Split

_WORLD_FILE = "world.json"


def complete_folder(
    folder: str | os.PathLike, holds: Mapping[str, Any], files: Collection[str], write: Callable[[Path], None]
) -> Path:
    """Have `write` fill a folder, unless an earlier call has.

    `write` gets a hidden folder beside `folder`, which takes its name when all is on disk, ``world.json`` with `holds`
    included. A second writer of the same folder, in whatever process, waits for the first and then finds it done.

    Parameters
    ----------
    folder : path-like
        Absent or empty, or complete from an earlier call and then left as it is.
    holds : mapping
        Plain JSON data that say what the folder holds.
    files : collection of str
        The files that `write` makes, relative to the folder.
    write : callable
        Called with the hidden folder, which is empty.

    Returns
    -------
    Path
        `folder`, absolute.

    Raises
    ------
    ValueError
        `folder` was not filled in this way, holds something else, or lacks one of `files`.
    """
    folder = Path(folder).absolute()
    if _is_free(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if _is_free(folder):
                partial = folder.with_name(f".{folder.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)  # of a writer that was killed: the lock's holder is alone
                partial.mkdir()
                write(partial)
                (partial / _WORLD_FILE).write_text(json.dumps(holds, indent=2) + "\n")
                sync(partial / _WORLD_FILE)
                sync(partial)
                partial.rename(folder)
                sync(folder.parent)
    _check(folder, holds, files)
    return folder


def check_counts(counts: Mapping[Split, int], most: int, unit: str) -> None:
    """Raise a ValueError that names the first split whose count is not an integer from 1 to `most`, or says none is."""
    if not counts:
        raise ValueError("counts must name at least one split, got none")
    for split, count in counts.items():
        if type(count) is not int or not 1 <= count <= most:
            raise ValueError(f"counts[{split!r}] must be an integer from 1 to {most} ({unit}), got {count!r}")


def _is_free(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _check(folder: Path, holds: Mapping[str, Any], files: Collection[str]) -> None:
    try:
        found = dict(json.loads((folder / _WORLD_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        raise ValueError(f"{folder} exists but holds no simulated world: no readable {_WORLD_FILE} in it") from None
    for key, wanted in holds.items():
        if found.get(key) != wanted:
            raise ValueError(
                f"{folder} holds another simulated world: {key} is {found.get(key)}, wanted {wanted}; "
                "remove the folder or name another one"
            )
    for file in files:
        if not (folder / file).is_file():
            raise ValueError(f"{folder} is incomplete: {file} is missing; remove the folder to write it again")
