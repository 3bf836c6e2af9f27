"""The verdict rules: hand-made cases, and correct rounding as the decimal module does it."""

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.papers import verdicts
from compactvid.papers.significance import p_value


@pytest.mark.parametrize(
    ("value", "printed", "expected"),
    [
        (714.9252, "714.93", "reproduced"),
        (381.4, "381.40", "reproduced"),
        (381.404, "381.40", "reproduced"),
        (381.406, "381.4", "reproduced"),
        (381.406, "381.40", "truncated in print"),
        (18.46, "18.4", "truncated in print"),
        (18.46, "18.5", "reproduced"),
        (18.46, "18.3", "contradicted"),
        (18.46, "18.6", "contradicted"),
        (97.0024, "98", "contradicted"),
        (97.5, "98", "reproduced"),
        (97.4999, "98", "contradicted"),
        # Half way between two printable numbers both count; 48.65 is not a binary fraction, yet half way as we read it.
        (0.125, "0.12", "reproduced"),
        (0.125, "0.13", "reproduced"),
        (48.65, "48.6", "reproduced"),
        (48.65, "48.7", "reproduced"),
        (48.651, "48.6", "truncated in print"),
        # Below zero, cutting off goes towards zero.
        (-0.0466, "-0.047", "reproduced"),
        (-0.0466, "-0.046", "truncated in print"),
        (-0.0466, "-0.048", "contradicted"),
        (-0.0466, "0.047", "contradicted"),
        (-0.0004, "0.000", "reproduced"),
        (0.7, "0", "truncated in print"),
        (-0.7, "0", "truncated in print"),
        (1.0, "0", "contradicted"),
        (45359764.0, "45359764", "reproduced"),
        (45359765.0, "45359764", "contradicted"),
        (1e300, "4", "contradicted"),
    ],
)
def test_exact(value: float, printed: str, expected: str) -> None:
    assert verdicts.exact(value, Decimal(printed)) == expected


@given(st.floats(-1e6, 1e6), st.integers(0, 6), st.integers(-2, 2))
def test_exact_is_rounding_as_the_decimal_module_does_it(value: float, decimals: int, steps_away: int) -> None:
    step = Decimal(1).scaleb(-decimals)
    ours = Decimal(repr(value))
    printed = ours.quantize(step, ROUND_DOWN) + steps_away * step
    if printed in {ours.quantize(step, ROUND_HALF_UP), ours.quantize(step, ROUND_HALF_DOWN)}:
        expected = "reproduced"
    elif printed == ours.quantize(step, ROUND_DOWN):
        expected = "truncated in print"
    else:
        expected = "contradicted"
    assert verdicts.exact(value, printed) == expected


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (0.8744, 0.0, "reproduced at paper"),
        (0.8764, 0.002, "reproduced at paper"),
        (0.87645, 0.002, "reproduced at paper"),  # half a unit of the last printed digit on top of the spread
        (0.87646, 0.002, "contradicted at paper"),
        (0.87234, 0.002, "contradicted at paper"),
        (0.8744, None, "undecided at paper"),
    ],
)
def test_measured(value: float, spread: float | None, expected: str) -> None:
    assert verdicts.measured(value, spread, Decimal("0.8744"), "paper") == expected


@pytest.mark.parametrize(
    ("value", "p", "expected"),
    [
        (0.01, 0.049, "holds at small"),
        (0.01, 0.0, "holds at small"),
        (0.01, 0.05, "undecided at small"),
        (-0.01, 0.049, "does not hold at small"),
        (-0.01, 0.051, "undecided at small"),
        (0.01, None, "undecided at small"),
    ],
)
def test_direction(value: float, p: float | None, expected: str) -> None:
    assert verdicts.direction(value, p, "small") == expected


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (0.0065, 0.0019, "not worse by 0.004 at small"),  # outside of the margin, on the good side
        (-0.001, 0.002, "not worse by 0.004 at small"),
        (-0.003, 0.002, "undecided at small"),
        (-0.007, 0.002, "does not hold at small"),
    ],
)
def test_non_inferiority_asks_for_one_side(value: float, spread: float, expected: str) -> None:
    """Decided where the 95 % interval lies on one side of minus the margin."""
    assert verdicts.non_inferiority(value, p_value(value + 0.004, spread, 5), 0.004, "small") == expected
    assert verdicts.base_verdict(expected) in verdicts.VERDICTS


@pytest.mark.parametrize(
    ("value", "p", "expected"),
    [
        (0.0004, 0.01, "equivalent within 0.001 at real"),
        (-0.0004, 0.01, "equivalent within 0.001 at real"),
        (0.0004, 0.06, "undecided at real"),
        (0.003, 0.01, "does not hold at real"),
        (-0.003, 0.01, "does not hold at real"),
        (0.003, 0.06, "undecided at real"),
        (0.0, None, "undecided at real"),
    ],
)
def test_equivalence(value: float, p: float | None, expected: str) -> None:
    assert verdicts.equivalence(value, p, 0.001, "real") == expected


def test_statement() -> None:
    assert [verdicts.statement(value) for value in (1, 0.0)] == ["holds", "does not hold"]
    for value in (0.5, -1, 2):
        with pytest.raises(ValueError, match="expected 1 where the statement is true and 0 where it is not"):
            verdicts.statement(value)


@given(st.floats(-1, 1), st.floats(0, 1), st.integers(2, 30), st.floats(0.001, 1))
def test_a_claim_alone_is_decided_by_its_interval(value: float, spread: float, seeds: int, margin: float) -> None:
    low, high = Decimal(value) - Decimal(spread), Decimal(value) + Decimal(spread)
    limit = Decimal(margin)
    near_a_limit = min(abs(abs(end) - edge) for end in (low, high) for edge in (limit, 0)) < Decimal("1e-7")
    if near_a_limit:  # there, rounding may put it to the other side
        return
    inside, outside = -limit < low and high < limit, low > limit or high < -limit
    expected = "equivalent" if inside else "does not hold" if outside else "undecided"
    p = p_value(value, spread, seeds, margin)
    assert verdicts.base_verdict(verdicts.equivalence(value, p, margin, "small")) == expected
    expected = "holds" if low > 0 else "does not hold" if high < 0 else "undecided"
    assert verdicts.base_verdict(verdicts.direction(value, p_value(value, spread, seeds), "small")) == expected


@pytest.mark.parametrize("seeds", [2, 3, 5, 12])
def test_an_interval_that_ends_at_its_limit_is_undecided(seeds: int) -> None:
    assert verdicts.direction(0.01, p_value(0.01, 0.01, seeds), "small") == "undecided at small"
    assert verdicts.equivalence(0.0, p_value(0.0, 0.25, seeds, 0.25), 0.25, "small") == "undecided at small"


def test_every_rule_gives_a_listed_verdict() -> None:
    for name in verdicts.VERDICTS:
        assert verdicts.base_verdict(name) == name
    assert verdicts.base_verdict("equivalent within 1e-05 at small") == "equivalent"
    assert set(verdicts.NOT_COMPARED) <= set(verdicts.VERDICTS)
