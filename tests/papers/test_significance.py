"""t tests against SciPy's on the differences themselves, Holm's method against its step-down procedure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from compactvid.experiments.intervals import mean_and_half_width
from compactvid.papers.significance import holm, p_value, quantile, two_sided

differences = st.lists(st.floats(-1, 1), min_size=2, max_size=12).map(np.array).filter(lambda found: found.std() > 1e-3)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 8, 9, 29, 100])
def test_students_t_is_scipys(freedom: int) -> None:
    assert quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)
    for t in (0.0, 0.3, 1.0, 2.776, 12.7, 1e3):
        assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), abs=1e-14)
    assert two_sided(float("inf"), freedom) == 0


@given(differences)
def test_the_sign_is_tested_as_scipy_does_it(found: np.ndarray) -> None:
    mean, spread = mean_and_half_width(found)
    assert p_value(mean, spread, len(found)) == pytest.approx(stats.ttest_1samp(found, 0).pvalue, abs=1e-9)


@given(differences, st.floats(0.01, 1))
def test_a_margin_is_tested_from_both_sides(found: np.ndarray, margin: float) -> None:
    """Schuirmann's two one-sided tests where the mean lies inside, the two of an effect beyond it where outside."""

    def one_sided(limit: float, alternative: str) -> float:
        return stats.ttest_1samp(found, limit, alternative=alternative).pvalue

    inside = max(one_sided(-margin, "greater"), one_sided(margin, "less"))
    outside = min(one_sided(margin, "greater"), one_sided(-margin, "less"))
    mean, spread = mean_and_half_width(found)
    assert p_value(mean, spread, len(found), margin) == pytest.approx(min(1, 2 * min(inside, outside)), abs=1e-9)


@pytest.mark.parametrize(("value", "margin", "p"), [(0.1, 0.0, 0.0), (0.0, 0.0, 1.0), (0.1, 0.1, 1.0), (0.1, 0.2, 0.0)])
def test_without_any_spread(value: float, margin: float, p: float) -> None:
    assert p_value(value, 0.0, 5, margin) == p


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(0, 3), st.floats(0.001, 0.2))
def test_holm_rejects_what_its_step_down_procedure_rejects(values: list[float], unanswered: int, level: float) -> None:
    """Holm 1979: go up from the smallest p, compare it with level / hypotheses left, stop at the first failure."""
    names = {f"h{place}": value for place, value in enumerate(values)}
    claims = len(names) + unanswered
    rejected = set()
    for rank, (name, value) in enumerate(sorted(names.items(), key=lambda item: item[1])):
        if value * (claims - rank) > level:
            break
        rejected.add(name)
    adjusted = holm(names, claims)
    assert {name for name, value in adjusted.items() if value <= level} == rejected
    assert all(names[name] <= value <= 1 for name, value in adjusted.items())
