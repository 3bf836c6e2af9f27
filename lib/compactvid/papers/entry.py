"""One printed number or claim, and how it is answered."""

from dataclasses import dataclass
from decimal import Decimal

from compactvid.papers.schema import NUMERIC_KINDS, Printed


@dataclass(frozen=True)
class Entry:
    """One printed number or claim.

    Attributes
    ----------
    id
        Such as `liu2018.table_1.K24-H1440.float32_mib`.
    paper, locator
        The paper's id, and where in the paper it stands.
    printed
        As printed.
    result_key
        Key of the result that answers it.
    about
        Kind, unit and the rest of what the transcription says.
    quotation
        The words of a claim.
    """

    id: str
    paper: str
    locator: str
    printed: str
    result_key: str
    about: Printed
    quotation: str | None = None

    @property
    def number(self) -> Decimal | None:
        """The printed number with its trailing zeros; None for a claim without one."""
        return self.about.number(self.printed) if self.about.kind in NUMERIC_KINDS else None
