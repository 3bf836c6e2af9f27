"""A simulated world as a folder of official files, complete or absent."""

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from compactvid.atomic import sync
from compactvid.datasets.simulated.splits import Split, check_split

MAX_ITEMS = 1_000_000
"""The most that a split may have."""
_WORLD_FILE = "world.json"


def complete_folder(
    folder: str | os.PathLike,
    world: Any,
    counts: Mapping[Split, int],
    files: Mapping[Split, list[str]],
    write: Callable[[Path, Split], None],
    first_item: Callable[[Split], bytes],
    **options: Any,
) -> dict[Split, list[Path]]:
    """Have `write` fill a folder, unless an earlier call has.

    `write` gets a hidden folder beside `folder`, which takes its name when all is on disk. ``world.json`` in it says
    what it holds: the world's fields, `counts`, `options` and hashes of each split's first item, since the fields are
    not all: other code or another NumPy or Pillow may draw other items from them. A second writer of the same folder,
    in whatever process, waits for the first and then finds it done.

    Parameters
    ----------
    folder : path-like
        Absent or empty, or complete from an earlier call and then left as it is.
    world : dataclass instance
    counts : mapping of split to int
        As `check_counts` accepts them.
    files : mapping of split to list of str
        The files of each split, relative to the folder.
    write : callable
        Called with the hidden folder and each split.
    first_item : callable
        The bytes of a split's first item, newly drawn.
    **options
        Plain JSON data on which the files depend, too.

    Returns
    -------
    dict of split to list of Path
        `files`, absolute.

    Raises
    ------
    ValueError
        `folder` was not filled in this way, holds something else, or lacks one of `files`.
    """
    folder = Path(folder).absolute()
    hashes = {split: hashlib.sha256(first_item(split)).hexdigest() for split in counts}
    holds = dataclasses.asdict(world) | options | {"counts": dict(counts), "first_items": hashes}
    if _is_free(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if _is_free(folder):
                partial = folder.with_name(f".{folder.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)  # of a writer that was killed: the lock's holder is alone
                partial.mkdir()
                for split in counts:
                    write(partial, split)
                (partial / _WORLD_FILE).write_text(json.dumps(holds, indent=2) + "\n")
                sync(partial / _WORLD_FILE)
                sync(partial)
                partial.rename(folder)
                sync(folder.parent)
    _check(folder, holds, [file for split in counts for file in files[split]])
    return {split: [folder / file for file in files[split]] for split in counts}


def check_counts(counts: Mapping[Split, int]) -> None:
    """Raise a ValueError that names the first unknown split or count that is not from 1 to `MAX_ITEMS`, if any."""
    if not counts:
        raise ValueError("counts must name at least one split, got none")
    for split, count in counts.items():
        check_split(split)
        if type(count) is not int or not 1 <= count <= MAX_ITEMS:
            raise ValueError(f"counts[{split!r}] must be an integer from 1 to {MAX_ITEMS}, got {count!r}")


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
