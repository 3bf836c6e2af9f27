"""The rules that turn a printed number and a result into a verdict. Verdicts are computed here, never typed.

exact, inconsistent
    Something derivable. *reproduced*: the printed digits are a correct rounding of our value (half way between two
    printable numbers, both count). *truncated in print*: they are our value cut off instead of rounded.
    *contradicted*: neither. For an inconsistent entry the paper contradicts itself, our derivation is the judge, and
    the entry's note says where. A hedge such as "about" allows rounding to the printed digit and no more.
measured
    A trained quantity. *different data*: ours comes from other data than the paper's, so the two stand side by side
    and are not compared. On the paper's data: *reproduced* where the difference is at most our spread plus half a unit
    of the last printed digit (the paper's own rounding), *contradicted* where it is larger.
direction
    "A beats B": our value is the mean paired difference in the claim's direction. *holds* where it is above 0, *does
    not hold* where it is below.
equivalence
    "A is as good as B": our value is the mean paired difference. *equivalent within delta* where it lies inside the
    margin ±delta that was written down beforehand, *does not hold* where it lies outside.
non-inferiority
    "A loses nothing against B": our value is the mean paired difference, A minus B. *not worse by delta* where it lies
    above -delta, *does not hold* where it lies below. Being better is no fault here, as it is in an equivalence.
statement
    Something that is true or not, without drawing anything at random: our value is 1 or 0. *holds*, *does not hold*.
protocol
    What the authors did or had, such as their machines. No result answers it; the transcription says why.

Directions, equivalences and non-inferiorities are decided at 5 % for each family, the claims of one table or figure
that the transcription names together: by p values of t tests over re-drawn worlds (`compactvid.papers.significance`),
adjusted after Holm for all claims of the family, those without a result included. Alone in its family, a claim is
decided where its 95 % t interval lies on one side of its limit. Otherwise, and where only one seed was run, the verdict
is *undecided*. What rests on training names its profile: "holds at small".

Verdicts that no number can give are stated in the transcription with their reason: *different hardware*, *undecidable
from the paper*, *image not available*. Without a result, an entry is *not attempted* if the transcription says why,
else it has *no result*, and the ledger is incomplete.
"""

from decimal import Decimal

from compactvid.papers.significance import LEVEL

VERDICTS = (
    "reproduced",
    "truncated in print",
    "equivalent",
    "not worse",
    "holds",
    "does not hold",
    "undecided",
    "contradicted",
    "different data",
    "different hardware",
    "undecidable from the paper",
    "image not available",
    "not attempted",
    "no result",
)
"""Every verdict without its profile and margin, from the best to the least known."""

NOT_COMPARED = ("different data", "different hardware", "undecidable from the paper", "image not available")
"""Verdicts under which a result stands beside the printed number without a difference."""


def base_verdict(verdict: str) -> str:
    """A verdict without its margin and profile: "equivalent within 0.001 at small" is "equivalent"."""
    return verdict.split(" at ")[0].split(" within ")[0].split(" by ")[0]


def exact(value: float, printed: Decimal) -> str:
    """Judge a derivable value against the digits as printed, trailing zeros included."""
    ours, unit = Decimal(repr(float(value))), _last_digit(printed)
    if 2 * abs(ours - printed) <= unit:
        return "reproduced"
    cut_off = ours - printed if ours >= 0 else printed - ours
    return "truncated in print" if 0 <= cut_off < unit else "contradicted"


def measured(value: float, spread: float | None, printed: Decimal, profile: str) -> str:
    """Judge a value that was trained on the paper's own data."""
    if spread is None:
        return f"undecided at {profile}"
    allowed = Decimal(repr(float(spread))) + _last_digit(printed) / 2
    close = abs(Decimal(repr(float(value))) - printed) <= allowed
    return f"{'reproduced' if close else 'contradicted'} at {profile}"


def direction(value: float, p: float | None, profile: str) -> str:
    """Judge a mean paired difference, positive in the claim's direction, by its adjusted p value."""
    if not _decided(p):
        return f"undecided at {profile}"
    return f"{'holds' if value > 0 else 'does not hold'} at {profile}"


def equivalence(value: float, p: float | None, margin: float, profile: str) -> str:
    """Judge a mean paired difference against a margin fixed beforehand, by its adjusted p value."""
    if not _decided(p):
        return f"undecided at {profile}"
    return f"{f'equivalent within {margin:g}' if abs(value) < margin else 'does not hold'} at {profile}"


def non_inferiority(value: float, p: float | None, margin: float, profile: str) -> str:
    """Judge a mean paired difference against the largest loss that counts as none, by its adjusted p value."""
    if not _decided(p):
        return f"undecided at {profile}"
    return f"{f'not worse by {margin:g}' if value > -margin else 'does not hold'} at {profile}"


def statement(value: float) -> str:
    """Judge something that is true or not.

    Raises
    ------
    ValueError
        The value is neither 1 nor 0.
    """
    if value not in (0, 1):
        raise ValueError(f"expected 1 where the statement is true and 0 where it is not, found {value!r}")
    return "holds" if value else "does not hold"


def _decided(p: float | None) -> bool:
    """An interval that ends at its limit is undecided, whatever the rounding of its p value."""
    return p is not None and p < LEVEL * (1 - 1e-9)


def _last_digit(printed: Decimal) -> Decimal:
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)  # a printed number is never infinite or NaN
    return Decimal(1).scaleb(exponent)
