"""Counts of the paper's recurrent networks against its print, and against sums by hand."""

from functools import cache
from types import SimpleNamespace

import pytest

from compactvid.experiments import recurrent_counts as counts


@cache
def executed(config):
    return SimpleNamespace(result=config.execute(None, None))


@pytest.fixture(autouse=True)
def _runs(monkeypatch):
    monkeypatch.setattr(counts, "load_or_run", executed)


def test_the_table_comes_out_to_the_digit():
    found = counts.table().set_index("row")
    assert found["parameters"].tolist() == [58_982_400, 3_360, 3_920]
    assert found["compression"].round(0).dropna().tolist() == [17_554, 15_047]
    assert found["speed_up"].round(2).dropna().tolist() == [3.18, 2.87]
    assert found.index.tolist() == ["RNN", "T-RNN-with-frame-inputs", "DEEPEYE"]


def test_differences_of_the_printed_accuracies():
    assert counts.gains()["value"].round(2).tolist() == [16.58, 6.11]


def test_parts_of_the_networks():
    rest = 1_024 + 257 * 11  # biases of the gates; classifier
    assert counts.weights("DEEPEYE").tolist() == [3_920, 262_144, rest, 3_920 + 262_144 + rest]
    assert counts.weights("RNN")["all"] == 58_982_400 + 262_144 + rest
    assert counts.cores("DEEPEYE") == 4
    assert counts.cores("RNN") == 0
    assert counts.counts()["inputs"].tolist() == [57_600, 57_600, 153_425, 153_425, 153_425, 45_125]


def test_what_the_counts_leave_out():
    found = counts.contradictions().set_index("claim")["value"]
    assert found["dense_parameters_on_features"] == 157_107_200
    assert found["reduction_on_features"] == pytest.approx(40_078, abs=0.5)  # the audit's
    assert found["reduction_of_the_network"] == pytest.approx(220, abs=1)
    assert found["parameters_on_voc_features"] == 3_152
    # Hidden to hidden: 4 x 16 x 4, twice 4 x 4 x 4 x 4, 4 x 4 x 4.
    assert found["parameters_of_both_maps"] == 3_920 + 256 + 2 * 256 + 64
    # Four times 17 x 4 x 4, twice 4 x 19 x 4 x 4, 4 x 25 x 4.
    assert found["gates_apart"] == 4 * (272 + 2 * 1_216 + 400)


def test_which_sentences_are_true():
    found = counts.statements().set_index("claim")["value"]
    false = {
        "boundary_ranks",  # five ranks from r_1, not from r_0
        "hidden_map_counted",
        "plain_units",  # 57,600 x 256 are 14,745,600
        "best_in_every_column",  # the T-RNN on frames has fewer weights
        "orders_of_parameters",  # 220, not 1,000
    }
    assert set(found.index[found == 0]) == false
    assert set(found) == {0, 1}
