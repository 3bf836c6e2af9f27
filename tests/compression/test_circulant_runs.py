"""What is asked of the library's own circulant matrices."""

import numpy as np
import pytest

import compactvid.ops
from compactvid.compression.circulant_identities import CirculantIdentities


@pytest.mark.parametrize("order", [1, 6, 7])
def test_circulant_matrices_are_what_section_3_says(order, tmp_path):
    found = CirculantIdentities(order).execute(tmp_path, None)
    assert found["rows_are_shifted"] is True
    assert found["weights"] == order
    assert found["weights_of_n_pairs"] == 2 * order**2
    for name in ("convolution", "fourier", "eigenvalues", "off_diagonal"):
        assert 0 <= found[name] < 1e-13


def test_another_matrix_is_not(tmp_path, monkeypatch):
    """A matrix whose rows are shifted to the left: neither its rows nor its spectrum are a circulant matrix's."""
    monkeypatch.setattr(compactvid.ops, "circulant_matrix", lambda column: _hankel(column))
    found = CirculantIdentities(6).execute(tmp_path, None)
    assert found["rows_are_shifted"] is False
    assert found["convolution"] > 0.1
    assert found["off_diagonal"] > 0.1


def _hankel(column):
    index = np.arange(len(column))
    return np.asarray(column)[(index[:, None] + index) % len(index)]
