"""Eqs. 1 and 2 on a grid, against transcriptions in exact fractions."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from compactvid.compression.printed_quantizers import PrintedQuantizers, cases_of_equation_1
from compactvid.compression.transfer_functions import TransferFunctions

INT = {"floor": math.floor, "truncation": math.trunc}


def equation_1(w, bits, integer):
    half = 2 ** (bits - 1)
    sign = (w > 0) - (w < 0)
    if abs(w) == 1:
        return (half - 1) * sign
    return sign if abs(w) <= Fraction(1, half) else INT[integer](half * w)


def nearest(w, bits):
    half = 2 ** (bits - 1)
    return max(1 - half, min(half - 1, ((w > 0) - (w < 0)) * math.floor(abs(half * w) + Fraction(1, 2))))


@pytest.mark.parametrize(("bits", "fraction_bits"), [(3, 7), (5, 9)])
def test_against_fractions(bits, fraction_bits):
    found = PrintedQuantizers(bits, fraction_bits).execute(None, None)
    steps, half = 2**fraction_bits, 2 ** (bits - 1)
    grid = [Fraction(number, steps) for number in range(-steps, steps + 1)]
    levels = {name: [equation_1(w, bits, name) for w in grid] for name in INT}
    levels["nearest"] = [nearest(w, bits) for w in grid]
    for name, expected in levels.items():
        errors = [level - half * w for level, w in zip(expected, grid, strict=True)]
        assert found["weights"][name] == {
            "lowest": min(expected),
            "highest": max(expected),
            "below": pytest.approx(sum(level < 1 - half for level in expected) / len(grid)),
            "drops": sum(b < a for a, b in pairwise(expected)),
            "mean_error": pytest.approx(float(sum(errors)) / len(grid), abs=1e-12),
            "root_mean_square_error": pytest.approx((float(sum(e * e for e in errors)) / len(grid)) ** 0.5),
        }
    small = [w for w in grid if w and abs(half * w) < Fraction(1, 2)]
    assert found["small"] == {
        "count": len(small),
        "vanish": 0,
        "largest_error": pytest.approx(1 - half / steps),
    }
    values = {min(math.floor(2**bits * a), 2**bits - 1) for a in grid if a >= 0}
    assert found["feature_maps"] == {"values": len(values), "kept": len(values), "highest": 1 - 2.0**-bits}
    assert found["cases"] == {"of_zero": 0, "fewest": 1, "most": 1}


def test_eight_bits_leave_the_stated_range_by_floor_alone():
    weights = PrintedQuantizers().execute(None, None)["weights"]
    assert (weights["floor"]["lowest"], weights["truncation"]["lowest"]) == (-128, -127)
    assert (weights["floor"]["drops"], weights["truncation"]["drops"], weights["nearest"]["drops"]) == (1, 0, 0)
    assert weights["floor"]["mean_error"] == pytest.approx(-0.5, abs=0.01)
    assert weights["truncation"]["root_mean_square_error"] == pytest.approx(3**-0.5, abs=0.01)
    assert weights["nearest"]["root_mean_square_error"] == pytest.approx(12**-0.5, abs=0.01)


def test_each_weight_is_in_one_case_but_zero():
    w = np.float32([-1, -0.5, -1 / 128, -1e-30, 0, 1e-30, 1 / 128, 0.0079, 1])
    assert cases_of_equation_1(w).argmax(axis=0)[w != 0].tolist() == [2, 1, 0, 0, 0, 0, 1, 2]
    assert cases_of_equation_1(w).sum(axis=0).tolist() == [1, 1, 1, 1, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("fraction_bits", [9, 21])
def test_a_grid_too_coarse_or_beyond_float32_is_refused(fraction_bits):
    with pytest.raises(ValueError, match=f"fraction_bits must be from 10 to 20, not {fraction_bits}"):
        PrintedQuantizers(fraction_bits=fraction_bits)


def test_curves_are_the_equations_and_go_on_beyond_their_domains():
    curve = TransferFunctions(-1.25, 1.25, 81, bits=3).execute(None, None)
    assert curve["input"] == [number / 32 for number in range(-40, 41)]
    clipped = [max(Fraction(-1), min(Fraction(1), Fraction(x))) for x in curve["input"]]
    for name in INT:
        assert curve[name] == [equation_1(w, 3, name) for w in clipped]
    assert curve["nearest"] == [nearest(Fraction(x), 3) for x in curve["input"]]
    maps = TransferFunctions(-0.5, 1.5, 65, bits=3, feature_maps=True).execute(None, None)
    eighths = [min(7, math.floor(8 * max(0.0, a))) / 8 for a in maps["input"]]
    assert maps["eq_2"] == eighths
    step = 2 / 7
    np.testing.assert_allclose(np.asarray(maps["affine"]) / step, np.rint(np.asarray(maps["affine"]) / step), atol=1e-5)
    assert (min(maps["affine"]), max(maps["affine"])) == pytest.approx((-2 * step, 5 * step))
