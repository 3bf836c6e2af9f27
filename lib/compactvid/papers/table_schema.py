"""What `table_N.yml` may hold."""

import re
from typing import Self

from pydantic import Field, ValidationError, field_validator, model_validator

from compactvid.manifests.strict_yaml import Strict, Text, describe
from compactvid.papers.schema import NUMERIC_KINDS, Kind, Name, Printed, Stated

COLUMN_KINDS = (*NUMERIC_KINDS, "statement")


class Column(Printed):
    """One column: `header` as printed, whether cells may be blank, and the pattern of its result keys."""

    id: Name
    header: Text
    blanks: bool = False
    result_key: Text = "{paper}.{table}.{row}.{column}"

    @field_validator("result_key")
    @classmethod
    def _known_fields(cls, pattern: str) -> str:
        try:
            pattern.format(paper="", table="", row="", column="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("a result key pattern may use {paper}, {table}, {row} and {column}") from error
        return pattern

    @model_validator(mode="after")
    def _prints_numbers_or_facts(self) -> Self:
        if self.kind not in COLUMN_KINDS:
            raise ValueError(f"a column's kind must be one of {', '.join(COLUMN_KINDS)}, not {self.kind!r}")
        return self


class RowHeading(Strict):
    """The first column: its header, and how a row's id and other attributes are read from a cell."""

    header: Text
    pattern: Text

    @field_validator("pattern")
    @classmethod
    def _names_the_row(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if "row" not in groups:
            raise ValueError("the pattern needs a group (?P<row>...) that gives the row's id")
        return pattern


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

    def cell(self, row: str, column: Column) -> Column:
        """The column as it holds for one row."""
        own = self.rows.get(row, {}).get(column.id)
        if own is None:
            return column
        return Column.model_validate(column.model_dump(exclude_unset=True) | own.model_dump(exclude_unset=True))
