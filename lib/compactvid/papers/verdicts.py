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
    "A beats B": our value is the mean paired difference in the claim's direction. *holds* where its 95 % t interval
    lies above 0, *does not hold* where it lies below 0.
equivalence
    "A is as good as B": our value is the mean paired difference. *equivalent within delta* where its 95 % t interval
    lies strictly inside the margin ±delta that was written down beforehand, *does not hold* where it lies outside.
    (This asks more than two one-sided tests at 5 %, whose interval is the 90 % one.)

Where an interval lies on both sides of its limit, or there is none because only one seed was run, the verdict is
*undecided*. What rests on training names its profile: "holds at small".

Verdicts that no number can give are stated in the transcription with their reason: *different hardware*, *undecidable
from the paper*, *image not available*. Without a result, an entry is *not attempted* if the transcription says why,
else it has *no result*, and the ledger is incomplete.
"""

from decimal import Decimal

VERDICTS = (
    "reproduced",
    "truncated in print",
    "equivalent",
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
    return verdict.split(" at ")[0].split(" within ")[0]


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


def direction(value: float, spread: float | None, profile: str) -> str:
    """Judge a mean paired difference, positive in the claim's direction, and the half width of its interval."""
    if spread is None or abs(value) <= spread:
        return f"undecided at {profile}"
    return f"{'holds' if value > 0 else 'does not hold'} at {profile}"


def equivalence(value: float, spread: float | None, margin: float, profile: str) -> str:
    """Judge a mean paired difference and the half width of its interval against a margin fixed beforehand."""
    if spread is not None and abs(value) + spread < margin:
        return f"equivalent within {margin:g} at {profile}"
    if spread is not None and abs(value) - spread > margin:
        return f"does not hold at {profile}"
    return f"undecided at {profile}"


def _last_digit(printed: Decimal) -> Decimal:
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)  # a printed number is never infinite or NaN
    return Decimal(1).scaleb(exponent)
