"""`compactvid data`: list, fetch and verify the data sets that have a manifest."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from compactvid.manifests import Manifest

data = typer.Typer(name="data", help="List, fetch and verify data sets.", no_args_is_help=True)


class Format(StrEnum):
    """How the list is printed."""

    TABLE = "table"
    JSON = "json"


@data.command("list")
def list_(format: Annotated[Format, typer.Option(help="A table to read, or JSON.")] = Format.TABLE) -> None:
    """List the data sets: their splits, how many files, how many of them are in the data folder, and the licence."""
    from compactvid import manifests

    try:
        rows = [_row(manifests.manifest(name)) for name in manifests.names()]
    except ValueError as error:
        sys.exit(f"compactvid data list: {error}")
    if format is Format.JSON:
        import json

        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", caption_justify="left")
    for heading in ("name", "splits", "files", "size", "present", "licence"):
        table.add_column(heading, justify="right" if heading in ("files", "size", "present") else "left")
    for row in rows:
        size = "" if row["bytes"] is None else f"{row['bytes'] / 2**20:,.1f} MiB"
        splits = ", ".join(row["splits"])
        table.add_row(row["name"], splits, f"{row['files']:,}", size, f"{row['present']:,}", row["licence"])
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 120
    console.print(table)
    console.print(f"data folder: {manifests.data_folder()}", soft_wrap=True)


def _row(manifest: "Manifest") -> dict:
    """`bytes` only where the size of every file is known; an archive counts as what comes out of it."""
    from compactvid.manifests import data_folder

    files = {file.path: file.size for split in manifest.splits.values() for file in split.local_files()}
    for split in manifest.splits.values():
        for archive in split.archives:
            if not split.sums:
                files |= dict.fromkeys(archive.unpack.values(), archive.size)
    sizes = list(files.values())
    return {
        "name": manifest.name,
        "title": manifest.title,
        "splits": list(manifest.splits),
        "files": len(files),
        "bytes": None if None in sizes or not sizes else sum(sizes),
        "present": sum((data_folder() / path).exists() for path in files),
        "licence": manifest.licence.name,
        "source": manifest.source,
    }


@data.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A data set that `compactvid data list` names.")],
    split: Annotated[str | None, typer.Option(help="One of its splits; all where not given.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many files of each split.")] = None,
) -> None:
    """Fetch what is not in the data folder yet; a broken download is continued. Exit code 1 if any file failed."""
    from compactvid import manifests

    try:
        with _progress(name) as progress:
            outcomes = manifests.fetch(name, split, limit=limit, progress=progress)
    except (ValueError, OSError) as error:
        sys.exit(f"compactvid data fetch: {error}")
    counts = Counter(outcome.state for outcome in outcomes)
    print(f"{name}: " + ", ".join(f"{counts[state]:,} {state}" for state in ("fetched", "present", "failed")))
    print(f"data folder: {manifests.data_folder()}")
    if after := manifests.manifest(name).after_fetch:
        print(after)
    if counts["failed"]:
        failed = [f"  {outcome.path}: {outcome.problem}" for outcome in outcomes if outcome.state == "failed"]
        sys.exit("\n".join([f"compactvid data fetch: {counts['failed']} of {len(outcomes)} files failed", *failed]))


@contextmanager
def _progress(name: str) -> Iterator[Callable[[str, int, int | None], None]]:
    """One line with bytes, bytes per second and time left, for all files together; nothing where no one looks."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    received: dict[str, int] = {}
    sizes: dict[str, int | None] = {}
    lock = Lock()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)

        def update(path: str, done: int, size: int | None) -> None:
            with lock:
                received[path], sizes[path] = done, size or sizes.get(path)
                # A file of unknown size counts as the mean of the others.
                known = [each for each in sizes.values() if each]
                total = sum(known) * len(sizes) / len(known) if known else None
                bar.update(task, completed=sum(received.values()), total=total)

        yield update


@data.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="A data set; all where not given.")] = None,
    each: Annotated[bool, typer.Option("--each", help="Print a line for every file that is there.")] = False,
) -> None:
    """Compare what is in the data folder with the SHA-256 sums. Exit code 1 if any file is wrong, or none is there."""
    from compactvid import manifests

    try:
        checked = manifests.verify(name)
    except (ValueError, OSError) as error:
        sys.exit(f"compactvid data verify: {error}")
    counts: dict[tuple[str, str], Counter[str]] = {}
    for file in checked:
        counts.setdefault((file.name, file.split), Counter())[file.state] += 1
        if file.state == "wrong":
            print(f"{file.path}: wrong: expected {file.expected or 'a file'}, found {file.found}")
        elif each and file.state != "missing":
            print(f"{file.path}: {file.state}")
    for (data_set, split), states in counts.items():
        if name or set(states) != {"missing"}:
            found = ", ".join(f"{states[state]:,} {state}" for state in sorted(states, key=_order))
            print(f"{data_set} {split}: {found}")
    if wrong := sum(states["wrong"] for states in counts.values()):
        sys.exit(f"compactvid data verify: {wrong} files are wrong")
    if all(set(states) == {"missing"} for states in counts.values()):
        sys.exit(f"compactvid data verify: nothing of {name or 'any data set'} is in {manifests.data_folder()}")


def _order(state: str) -> int:
    return ("ok", "wrong", "no known hash", "missing").index(state)
