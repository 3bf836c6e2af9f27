"""One table as its paper prints it."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compactvid.papers.entry import Entry
from compactvid.papers.schema import NUMERIC_KINDS, TranscriptionError, read_yaml
from compactvid.papers.table_schema import Column, TableFile

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Row:
    """One row: its heading as printed, what the heading's pattern finds in it, and the cells by column id.

    In the row's id, hyphens stand for spaces. A cell that prints nothing or a dash is an empty text.
    """

    heading: str
    attributes: dict[str, str]
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """One table: `rows` by row id, in print order; `about` is what `table_N.yml` says."""

    paper: str
    id: str
    about: TableFile
    rows: dict[str, Row]

    @property
    def row_ids(self) -> list[str]:
        """Row ids such as `K24-H1440`, in print order."""
        return list(self.rows)

    @property
    def eliminated(self) -> list[str]:
        """Models that the text names as left out of the table, in print order."""
        return list(self.about.eliminated.names) if self.about.eliminated else []

    def entries(self) -> list[Entry]:
        """The ledger's entries, row by row; a blank cell is none."""
        return [
            Entry(
                id=f"{self.paper}.{self.id}.{row_id}.{column.id}",
                paper=self.paper,
                locator=f"{self.about.locator}, {row.heading}, {column.header}",
                printed=row.cells[column.id],
                result_key=column.result_key.format(paper=self.paper, table=self.id, row=row_id, column=column.id),
                about=self.about.cell(row_id, column),
            )
            for row_id, row in self.rows.items()
            for column in self.about.columns
            if row.cells[column.id]
        ]

    def frame(self) -> "pd.DataFrame":
        """The printed numbers as floats: `row`, what else the row's heading says (`code`), then the columns by id.

        A blank cell is NaN. A column of statements keeps its text.
        """
        import pandas as pd

        cells = [
            {column.id: _value(self.about.cell(row_id, column), row.cells[column.id]) for column in self.about.columns}
            for row_id, row in self.rows.items()
        ]
        return pd.DataFrame([{**row.attributes, **found} for row, found in zip(self.rows.values(), cells, strict=True)])


def _value(column: Column, cell: str) -> float | str:
    if column.kind not in NUMERIC_KINDS:
        return cell
    return float(column.number(cell)) if cell else float("nan")


def read_table(path: Path) -> Table:
    """Read `PAPER/table_N.csv` and the `table_N.yml` beside it.

    Raises
    ------
    TranscriptionError
        A file is missing or not as it should be; the message names file, row, column and what was expected.
    """
    about = read_yaml(path.with_suffix(".yml"), TableFile)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = list(csv.reader(stream, strict=True))
    except FileNotFoundError as error:
        raise TranscriptionError(f"{path}: missing, though there is a {path.stem}.yml") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise TranscriptionError(f"{path}: not readable as CSV: {error}") from error
    _check_header(path, lines[0] if lines else [], about)
    rows: dict[str, Row] = {}
    for number, line in enumerate(lines[1:], 2):
        row = _row(f"{path}, line {number}", line, about)
        row_id = row.attributes["row"]
        if row_id in rows:
            raise TranscriptionError(f"{path}, line {number}: row {row_id!r} stands there twice, expected once")
        rows[row_id] = row
    for row_id, cells in about.rows.items():
        if row_id not in rows:
            raise TranscriptionError(f"{path.with_suffix('.yml')}: rows.{row_id}: the table has no such row")
        if blank := [column for column in cells if not rows[row_id].cells[column]]:
            raise TranscriptionError(f"{path.with_suffix('.yml')}: rows.{row_id}.{blank[0]}: the cell is blank")
    return Table(path.parent.name, path.stem, about, rows)


def _check_header(path: Path, header: list[str], about: TableFile) -> None:
    expected = about.headers
    ids = [column.id for column in about.columns]
    for names, where in ((expected, "headers"), (ids, "column ids")):
        if twice := {name for name in names if names.count(name) > 1}:
            raise TranscriptionError(f"{path.with_suffix('.yml')}: {where}: {min(twice)!r} stands there twice")
    for name in expected:
        if name not in header:
            raise TranscriptionError(f"{path}: column {name!r} is missing; the header is {header}")
    if header != expected:
        raise TranscriptionError(f"{path}: the header is {header}, expected {expected}")


def _row(place: str, line: list[str], about: TableFile) -> Row:
    if len(line) != len(about.headers):
        raise TranscriptionError(f"{place}: {len(line)} cells, expected {len(about.headers)}")
    heading = line[0]
    found = re.fullmatch(about.row.pattern, heading)
    if found is None:
        raise TranscriptionError(
            f"{place}: column {about.row.header!r}: expected {about.row.pattern!r}, found {heading!r}"
        )
    attributes = found.groupdict()
    attributes["row"] = attributes["row"].replace(" ", "-")
    cells, read = dict(zip(about.headers, line, strict=True)), {}
    for column in about.columns:
        cell = cells[column.header]
        blank = column.blanks and cell in ("", "-")
        own = about.cell(attributes["row"], column)
        try:
            cell = cell if blank else column.part(cell)
            if not blank and own.kind in NUMERIC_KINDS:
                own.number(cell)
            elif not (blank or cell):
                raise ValueError("expected a text, found ''")
        except ValueError as error:
            raise TranscriptionError(
                f"{place}: row {attributes['row']!r}, column {column.header!r}: {error}"
            ) from error
        read[column.id] = "" if blank else cell
    return Row(heading, attributes, read)
