"""The t interval against a textbook value."""

import numpy as np
import pytest

from compactvid.experiments.intervals import mean_and_half_width


def test_five_values_by_hand():
    # t(0.975, 4 degrees of freedom) = 2.776 in every table; the standard deviation of 1..5 is sqrt(2.5).
    mean, half = mean_and_half_width(np.arange(1, 6))
    assert mean == 3
    assert half == pytest.approx(2.7764451 * np.sqrt(2.5) / np.sqrt(5), rel=1e-6)


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0]]])
def test_no_spread_without_two_values(values):
    with pytest.raises(ValueError, match="at least 2 values"):
        mean_and_half_width(values)
