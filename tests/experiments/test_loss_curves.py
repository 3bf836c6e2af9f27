"""The page of loss curves, from a record that is made up."""

import pytest

from compactvid.experiments import loss_curves

RECORD = {
    "provenance": {"started": "2026-01-02T03:04:05+00:00"},
    "model": "K16-H256",
    "batch_size": 128,
    "curves": {
        "one device": [{"step": 2, "loss": 8.0}, {"step": 4, "loss": 4.0}],
        "two processes": [{"step": 2, "loss": 8.0}, {"step": 4, "loss": 3.0}],
    },
}


def test_differences_are_relative_to_one_device():
    found = loss_curves.differences(RECORD).set_index(["data", "step"])["difference"]
    assert found["one device"].tolist() == [0, 0]
    assert found["two processes"].tolist() == [0, 0.25]


def test_curves_of_other_steps_are_refused():
    curves = RECORD["curves"] | {"two processes": [{"step": 1, "loss": 8.0}, {"step": 4, "loss": 4.0}]}
    with pytest.raises(ValueError, match="same steps"):
        loss_curves.differences(RECORD | {"curves": curves})


def test_page_says_how_far_they_differ(monkeypatch):
    monkeypatch.setattr(loss_curves, "recorded", lambda: RECORD)
    assert "Largest relative difference: 2.5e-01" in (page := loss_curves.loss_curves_page())
    assert 'alt="Above, three loss curves over 4 steps' in page


def test_what_was_recorded_agrees_within_the_tests_tolerance():
    record = loss_curves.recorded()
    assert record is not None
    assert set(record["curves"]) == {"one device", "four devices", "two processes"}
    assert loss_curves.differences(record)["difference"].max() < 1e-5
