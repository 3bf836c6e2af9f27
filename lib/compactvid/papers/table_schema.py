"""What `table_N.yml` may hold."""

import re
from itertools import pairwise
from typing import Self

from pydantic import Field, ValidationError, field_validator, model_validator

from compactvid.manifests.strict_yaml import Strict, Text, describe
from compactvid.papers.schema import NUMERIC_KINDS, Kind, Name, Printed, Stated

COLUMN_KINDS = (*NUMERIC_KINDS, "statement")


class Column(Printed):
    """One column: `header` as printed, whether cells may be blank, and the pattern of its result keys.

    Where a printed column has several numbers in a cell, each is a column here, under the same header: the group `cell`
    of its `pattern` is its part of the cell.
    """

    id: Name
    header: Text
    blanks: bool = False
    pattern: Text | None = None
    result_key: Text = "{paper}.{table}.{row}.{column}"

    @field_validator("result_key")
    @classmethod
    def _known_fields(cls, pattern: str) -> str:
        try:
            pattern.format(paper="", table="", row="", column="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("a result key pattern may use {paper}, {table}, {row} and {column}") from error
        return pattern

    @field_validator("pattern")
    @classmethod
    def _names_the_cell(cls, pattern: str | None) -> str | None:
        return pattern if pattern is None else _with_group(pattern, "cell", "the column's part of a cell")

    @model_validator(mode="after")
    def _prints_numbers_or_facts(self) -> Self:
        if self.kind not in COLUMN_KINDS:
            raise ValueError(f"a column's kind must be one of {', '.join(COLUMN_KINDS)}, not {self.kind!r}")
        return self

    def part(self, cell: str) -> str:
        """What of a printed cell is this column's.

        Raises
        ------
        ValueError
            The cell is not as `pattern` says.
        """
        if self.pattern is None:
            return cell
        found = re.fullmatch(self.pattern, cell)
        if found is None:
            raise ValueError(f"expected {self.pattern!r}, found {cell!r}")
        return found["cell"]


class RowHeading(Strict):
    """The first column: its header, which may be blank, and how a row's id and other attributes are read."""

    header: str
    pattern: Text

    @field_validator("pattern")
    @classmethod
    def _names_the_row(cls, pattern: str) -> str:
        return _with_group(pattern, "row", "the row's id")


class Cell(Strict):
    """What holds for one cell, in place of what its column says."""

    kind: Kind | None = None
    decimals: int | None = Field(default=None, ge=0)
    note: Text | None = None
    not_attempted: Text | None = None
    stated: Stated | None = None


class Eliminated(Strict):
    """Models that the text names as left out of the table."""

    locator: Text
    quotation: Text
    names: list[Name]


class TableFile(Strict):
    """`table_N.yml`."""

    title: Text
    locator: Text
    row: RowHeading
    columns: list[Column] = Field(min_length=1)
    rows: dict[str, dict[str, Cell]] = Field(default_factory=dict)
    eliminated: Eliminated | None = None

    @model_validator(mode="after")
    def _cells_are_like_columns(self) -> Self:
        columns = {column.id: column for column in self.columns}
        for row, cells in self.rows.items():
            for name in cells:
                if name not in columns:
                    raise ValueError(f"rows.{row}.{name}: the table has no such column")
                try:
                    self.cell(row, columns[name])
                except ValidationError as error:
                    raise ValueError(f"rows.{row}.{name}: {describe(error, None)}") from error
        return self

    @property
    def headers(self) -> list[str]:
        """The printed header. Columns beside each other that are parts of the same cells stand under one heading."""
        parts = {
            column.id
            for before, column in pairwise(self.columns)
            if column.pattern and before.pattern and column.header == before.header
        }
        return [self.row.header, *(column.header for column in self.columns if column.id not in parts)]

    def cell(self, row: str, column: Column) -> Column:
        """The column as it holds for one row."""
        own = self.rows.get(row, {}).get(column.id)
        if own is None:
            return column
        return Column.model_validate(column.model_dump(exclude_unset=True) | own.model_dump(exclude_unset=True))


def _with_group(pattern: str, group: str, gives: str) -> str:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if group not in groups:
        raise ValueError(f"the pattern needs a group (?P<{group}>...) that gives {gives}")
    return pattern
