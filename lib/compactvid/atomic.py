"""Whole files or no file: what is half-written never carries the final name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path, *, flushed: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is flushed to disk and takes the final name, else it goes.

    With `flushed` False it takes the name without being flushed, for one of many files that the caller flushes together
    before a last one tells of them: whole or absent when a process is killed, but not when the power fails before.

    Examples
    --------
    >>> with replaced(folder / "result.json") as temporary:
    ...     temporary.write_text(text)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: some writers go by it.
    temporary = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        yield temporary
        if flushed:
            sync(temporary)
        temporary.replace(path)
        if flushed:
            sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def whole_files(folder: Path, pattern: str) -> list[Path]:
    """Files that match `pattern` (of `Path.glob`), sorted, without those that `replaced` has not named yet."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def sync(path: Path) -> None:
    """Flush a file's bytes, or a folder's entries, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
