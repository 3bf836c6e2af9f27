"""Sizes at the paper's scale, counted by hand from the shapes."""

import pytest

from compactvid.experiments.liu2018 import float16


def test_sizes_with_none_four_and_all_tensors_cast(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path))
    monkeypatch.setattr(float16, "MODELS", ("K32-H512",))
    (row,) = float16.paper_scale().to_dict("records")
    # Liu & Liu 2018, Table 1: 297.27 and 151.85 MiB. All 32 tensors of two bytes are half of the first.
    assert row["float32"] == pytest.approx(297.27, abs=0.005)
    assert row["four"] == pytest.approx(151.85, abs=0.005)
    assert row["all"] == row["float32"] / 2
