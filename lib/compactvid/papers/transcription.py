"""A paper's transcription: its tables, figures and claims, as files and as ledger entries."""

from functools import cache
from pathlib import Path

from compactvid.papers.entry import Entry
from compactvid.papers.paper import paper_folder, paper_ids
from compactvid.papers.schema import Claim, ClaimsFile, FiguresFile, TranscriptionError, Value, read_yaml
from compactvid.papers.table import Table, read_table


def table(paper: str, table: str, root: Path | None = None) -> Table:
    """One table as its paper prints it, such as `table("liu2018", "table_1")`.

    Raises
    ------
    ValueError
        There is no such paper or table (the message lists those that there are), or its transcription is not as it
        should be.
    """
    folder = paper_folder(paper, root)
    known = _tables(folder)
    if table not in known:
        raise ValueError(f"{paper}: unknown table {table!r}; there are {', '.join(known)}")
    path = folder / f"{table}.csv"
    return _read_table(path, *(part.stat().st_mtime_ns for part in (path, path.with_suffix(".yml")) if part.exists()))


def entries(paper: str | None = None, root: Path | None = None) -> list[Entry]:
    """Every printed number and claim of one paper, or of all: tables first, then figures, then claims.

    Raises
    ------
    ValueError
        There is no such paper, or a transcription is not as it should be.
    """
    found: list[Entry] = []
    for name in paper_ids(root) if paper is None else [paper]:
        folder = paper_folder(name, root)
        for stem in _tables(folder):
            found += read_table(folder / f"{stem}.csv").entries()
        found += _figures(folder) + _claims(folder)
    ids = [entry.id for entry in found]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise TranscriptionError(f"{min(twice)}: transcribed twice, expected once")
    return found


@cache
def _read_table(path: Path, *_changed: int) -> Table:
    return read_table(path)


def _tables(folder: Path) -> list[str]:
    stems = {path.stem for ending in ("csv", "yml") for path in folder.glob(f"table_*.{ending}")}
    return sorted(stems, key=lambda stem: (len(stem), stem))


def _claims(folder: Path) -> list[Entry]:
    path = folder / "claims.yml"
    claims = read_yaml(path, ClaimsFile).claims if path.exists() else []
    return [_entry(folder.name, "claims", claim, claim.locator) for claim in claims]


def _figures(folder: Path) -> list[Entry]:
    path = folder / "figures.yml"
    figures = read_yaml(path, FiguresFile).figures if path.exists() else []
    return [
        _entry(folder.name, figure.id, value, f"{figure.locator}, {figure.read}")
        for figure in figures
        for value in figure.values
    ]


def _entry(paper: str, part: str, value: Value, locator: str) -> Entry:
    name = f"{paper}.{part}.{value.id}"
    return Entry(
        id=name,
        paper=paper,
        locator=locator,
        printed=value.printed,
        result_key=value.result_key or name,
        about=value,
        quotation=value.quotation if isinstance(value, Claim) else None,
    )
