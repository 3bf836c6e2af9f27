"""`compactvid ledger`: every printed number, its verdict and evidence."""

import sys
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from compactvid.papers import LedgerRow


class Format(StrEnum):
    """How the ledger is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def ledger(
    paper: Annotated[str | None, typer.Option(help="Only this paper, such as liu2018.")] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Build whose results count beside recorded ones: smoke, small, real, paper. Default: the "
            "strongest of the last three."
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="A table to read, or CSV or JSON with all columns.")] = Format.TABLE,
    root: Annotated[Path | None, typer.Option(help="The project's folder; found by default.")] = None,
) -> None:
    """Print every printed number with its verdict. Exit code 1 if any has neither a result nor a reason."""
    from compactvid import papers

    try:
        rows = papers.ledger(paper, profile, root)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"compactvid ledger: {error}")
    {Format.TABLE: _print_tables, Format.CSV: _print_csv, Format.JSON: _print_json}[format](rows)
    if missing := [row.id for row in rows if row.verdict == "no result"]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        sys.exit(f"compactvid ledger: neither a result nor a reason for {', '.join(missing[:3])}{more}")


def _print_csv(rows: Sequence["LedgerRow"]) -> None:
    import csv

    from compactvid.papers import LedgerRow

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(LedgerRow._fields)
    writer.writerows(rows)


def _print_json(rows: Sequence["LedgerRow"]) -> None:
    import json

    print(json.dumps([row._asdict() for row in rows], indent=1, ensure_ascii=False))


def _print_tables(rows: Sequence["LedgerRow"]) -> None:
    from rich.console import Console
    from rich.table import Table

    from compactvid.report.scorecard import groups, ours, signed, summary

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 100
    for title, members in groups(rows).items():
        table = Table(title=title, title_justify="left", caption_justify="left", box=None, header_style="bold")
        table.add_column("entry", no_wrap=True)
        table.add_column("printed", justify="right", max_width=20)
        for heading in ("ours", "difference", "±"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("profile", no_wrap=True)
        table.add_column("verdict", min_width=12)
        for row in members:
            spread = "" if row.spread is None else f"{row.spread:.2g}"
            entry = row.id.split(".", 2)[2]
            table.add_row(entry, row.printed, ours(row), signed(row), spread, row.profile or "", row.verdict)
        console.print(table)
        for (verdict, reason), count in Counter((row.verdict, row.reason) for row in members if row.reason).items():
            console.print(f"  {verdict} ({count}): {reason}")
        console.print()
    console.print(summary(rows), soft_wrap=True)
