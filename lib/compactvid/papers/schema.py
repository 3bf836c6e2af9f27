"""What the YAML files of a transcription may hold. Unknown keys are refused, so a misspelt one can't go unnoticed."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from compactvid.manifests import strict_yaml
from compactvid.manifests.strict_yaml import Part, Strict, Text

Kind = Literal[
    "exact", "measured", "direction", "equivalence", "non-inferiority", "inconsistent", "statement", "protocol"
]
NUMERIC_KINDS = ("exact", "measured", "inconsistent")
MARGIN_KINDS = ("equivalence", "non-inferiority")
TESTED_KINDS = ("direction", *MARGIN_KINDS)
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
DottedName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
LONGEST_QUOTATION = 12


class TranscriptionError(ValueError):
    """A transcribed paper is not as it should be; the message names file, row, column and what was expected."""


class Stated(Strict):
    """A verdict that no number can give, with its reason."""

    verdict: Literal["different hardware", "undecidable from the paper", "image not available"]
    reason: Text


class Printed(Strict):
    """What a table's column and a claim share: the kind of number, and how it is answered.

    Attributes
    ----------
    kind
        Which rule of `compactvid.papers.verdicts` applies.
    unit
        Unit of the printed number and of its result.
    decimals
        Printed decimals, for the kinds that print a number.
    suffix
        What follows the digits in print, such as `%`.
    margin
        Margin of an equivalence or non-inferiority, in `unit`, written down before looking.
    family
        For a direction, an equivalence or a non-inferiority: the claims that are tested together, such as `table_1`.
    data
        The data that a measured number was measured on, in the words that a result's `data` would use.
    not_attempted
        Why there is no result, where there is none.
    stated
        A verdict that no number can give.
    note
        Shown beside the verdict: a rule of reading, or where the paper contradicts itself.
    """

    kind: Kind
    unit: Text
    decimals: int | None = Field(default=None, ge=0)
    suffix: str = ""
    margin: float | None = Field(default=None, gt=0)
    family: Name | None = None
    data: Text | None = None
    not_attempted: Text | None = None
    stated: Stated | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> Self:
        for name, needed in (
            ("decimals", self.kind in NUMERIC_KINDS),
            ("margin", self.kind in MARGIN_KINDS),
            ("family", self.kind in TESTED_KINDS),
            ("data", self.kind == "measured"),
        ):
            if needed != (getattr(self, name) is not None):
                raise ValueError(f"kind {self.kind!r} {'needs' if needed else 'takes no'} {name!r}")
        if self.kind == "inconsistent" and self.note is None:
            raise ValueError("kind 'inconsistent' needs a 'note' that says where the paper contradicts itself")
        if self.kind in MARGIN_KINDS and self.note is None:
            raise ValueError(f"kind {self.kind!r} needs a 'note' that says why the margin is what it is")
        if self.kind == "protocol" and self.not_attempted is None and self.stated is None:
            raise ValueError("kind 'protocol' needs 'not_attempted' or 'stated': no result can answer it")
        return self

    def number(self, printed: str) -> Decimal:
        """The number in a printed text, trailing zeros kept.

        Raises
        ------
        ValueError
            The text is not a number with `decimals` decimals followed by `suffix`.
        """
        fraction = rf"\.\d{{{self.decimals}}}" if self.decimals else ""
        whole = r"(\d+|\d{1,3}(, |[, ])\d{3}(\2\d{3})*)"
        if not re.fullmatch(rf"-?{whole}{fraction}{re.escape(self.suffix)}", printed, re.ASCII):
            followed = f" followed by {self.suffix!r}" if self.suffix else ""
            raise ValueError(f"expected a number with {self.decimals} decimals{followed}, found {printed!r}")
        return Decimal(re.sub("[, ]", "", printed.removesuffix(self.suffix)))


class Value(Printed):
    """One number or statement outside of the tables. A result key of its own is only for one that is printed twice."""

    id: DottedName
    printed: Text
    result_key: Text | None = None

    @model_validator(mode="after")
    def _number_is_printed(self) -> Self:
        if self.kind in NUMERIC_KINDS:
            self.number(self.printed)
        return self


class Claim(Value):
    """One number or statement of the text; `printed` must stand in the quotation."""

    id: Name
    locator: Text
    quotation: Text

    @model_validator(mode="after")
    def _quotes_what_is_printed(self) -> Self:
        if len(self.quotation.split()) > LONGEST_QUOTATION:
            raise ValueError(f"the quotation is longer than {LONGEST_QUOTATION} words")
        if self.printed not in self.quotation:
            raise ValueError(f"printed {self.printed!r} does not stand in the quotation")
        return self


class ClaimsFile(Strict):
    """`claims.yml`."""

    claims: list[Claim]


class Figure(Strict):
    """One figure: how its values were read, and its series or their end points, such as `dense.epoch_7`."""

    id: Name
    title: Text
    locator: Text
    read: Text
    values: list[Value] = Field(min_length=1)


class FiguresFile(Strict):
    """`figures.yml`."""

    figures: list[Figure]


def read_yaml(path: Path, schema: type[Part]) -> Part:
    """Read and validate one YAML file.

    Raises
    ------
    TranscriptionError
        The file is missing, not YAML, or not as the schema says.
    """
    return strict_yaml.read_yaml(path, schema, TranscriptionError)
