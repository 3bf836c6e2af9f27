"""Figure 6's page: flow, sizes and sentences from made-up counts and times."""

from types import SimpleNamespace

import pytest

from compactvid import papers
from compactvid.experiments import online_program, recurrent_counts
from compactvid.experiments.deepeye2018 import fig_6, fig_7, fig_9
from compactvid.experiments.detector_bytes import FILES
from compactvid.pipeline import STAGES, Frame

COUNTS = {
    "looks": 30,
    "actions": 30,
    "difference": 1e-7,
    "boxes": 12,
    "same_boxes": 30,
    "shared_weights": 0,
    "feature_error": 0.05,
    "accuracy": {"online": 0.25, "six_frames": 0.5, "six_frames_8_bit": 0.75},
}
PASSED = {
    "picture": {"bytes": 230_400, "shape": [240, 320, 3]},
    "scaled": {"bytes": 1_108_992, "shape": [608, 608, 3]},
    "features": {"bytes": 613_700, "shape": [19, 19, 425]},
    "boxes": {"bytes": 60, "shape": [3, 5]},
    "probabilities": {"bytes": 44, "shape": [11]},
    "drawn": {"bytes": 1, "shape": [1]},
}
RECORD = {
    "load": [0.1, 0.24],
    "provenance": {"device": "a machine"},
    "programs": {
        "paper": {
            "milliseconds": {stage.name: [1.0, 2.0 + place, 9.0] for place, stage in enumerate(STAGES)},
            "frames_per_second": {"watched": [4.0, 5.0, 6.0], "drawn": [1.0, 1.0, 1.0]},
            "passed": PASSED,
        },
        "scaled down": {"milliseconds": {stage.name: [0.5] for stage in STAGES}},
    },
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The paper's networks, built and written."""
    folder = tmp_path_factory.mktemp("built")
    return {config: config.execute(folder, None) for config in (FILES, *recurrent_counts.runs())}


@pytest.fixture
def stored(monkeypatch, built):
    def store(**changes):
        found = {config: SimpleNamespace(result=result) for config, result in built.items()}
        found[online_program.agreement("smoke", 0)] = SimpleNamespace(result=COUNTS | changes)
        for module in ("deepeye2018.fig_6", "recurrent_counts", "detector_bytes"):
            monkeypatch.setattr(f"compactvid.experiments.{module}.load_or_run", found.__getitem__)

    store()
    return store


def test_the_flow_is_the_list_of_stages_of_the_program():
    stages = fig_6.stages(RECORD).set_index("stage")
    assert list(stages.index) == [stage.name for stage in STAGES]
    assert stages["step"].to_dict() == {"decode": 0, "detect": 1, "locate": 2, "recognise": 2, "draw": 3}
    assert stages.loc["detect", ["milliseconds", "first_quartile", "third_quartile"]].tolist() == [3.0, 2.0, 6.0]
    assert stages.loc["detect", "frames_per_second"] == pytest.approx(1000 / 3)
    assert stages["small_milliseconds"].tolist() == [0.5] * 5
    passed = fig_6.passed(RECORD)
    assert [tuple(row) for row in passed[["source", "target", "what"]].to_numpy()] == [
        ("decode", "detect", "scaled"),
        ("detect", "locate", "features"),
        ("detect", "recognise", "features"),
        ("decode", "draw", "picture"),
        ("locate", "draw", "boxes"),
        ("recognise", "draw", "probabilities"),
    ]
    assert passed.loc[1, ["shape", "bytes"]].tolist() == ["19 × 19 × 425", 4 * 19 * 19 * 425]
    assert set(PASSED) == {field for stage in STAGES for field in stage.gives} <= set(Frame.__dataclass_fields__)
    mean, half, rounds = fig_6.speed(RECORD)
    assert (mean, rounds) == (5.0, 3)
    assert half == pytest.approx(4.303 / 3**0.5, rel=1e-3)  # t of 2 degrees of freedom, standard deviation 1


def test_sizes_are_those_of_both_networks_added_up(stored):
    sizes = fig_6.sizes().set_index("key")
    # 15,867,885 values; kernels of 15,855,536, of which a byte each.
    assert sizes.loc["detector", "before_mb"] == pytest.approx(4 * 15_867_885 / 1e6)
    assert sizes.loc["detector", "after_mb"] == pytest.approx((15_855_536 + 4 * 12_349) / 1e6)
    # A map from hidden to hidden of 256 x 1,024, 1,024 biases, a classifier of 257 x 11.
    rest = 256 * 1024 + 1024 + 257 * 11
    assert sizes.loc["recurrent", "before_mb"] == pytest.approx(4 * (58_982_400 + rest) / 1e6)
    assert sizes.loc["recurrent", "after_mb"] == pytest.approx(4 * (3_920 + rest) / 1e6)
    assert sizes.loc["map", ["before", "after"]].tolist() == ["58,982,400 weights", "3,920 weights"]
    parts = sizes.loc[["detector", "recurrent"], ["before_mb", "after_mb"]].sum()
    assert sizes.loc["system", ["before_mb", "after_mb"]].tolist() == pytest.approx(parts.tolist())
    assert sizes.loc["system", "rate"] == pytest.approx(parts["before_mb"] / parts["after_mb"])
    assert sizes.loc["detector", "paper"] == "63.5 → 15.9 MB"


def test_every_sentence_follows_its_numbers(stored):
    true = fig_6.statements("smoke", 0).set_index("claim")["value"].to_dict()
    assert true == {
        "end_to_end": 0,
        "one_system": 1,
        "without_delay": 1,
        "boxes_from_features": 1,
        "storage_of_the_system": 0,
    }
    for claim, changes in {
        "end_to_end": {"shared_weights": 3},
        "one_system": {"boxes": 0},
        "without_delay": {"difference": 1e-3},
        "boxes_from_features": {"same_boxes": 29},
    }.items():
        stored(**changes)
        found = fig_6.statements("smoke", 0).set_index("claim")["value"].to_dict()
        assert found == true | {claim: 1 - true[claim]}, claim
    stored(actions=29)
    assert fig_6.statements("smoke", 0).set_index("claim").loc["without_delay", "value"] == 0


def test_the_ledger_has_the_sentences_and_nothing_is_left_unanswered(stored):
    entries = {entry.id: entry for entry in papers.entries("deepeye2018")}
    for row in fig_6.statements("smoke", 0).itertuples():
        entry = entries[f"deepeye2018.claims.{row.claim}"]
        assert entry.quotation == row.sentence
        assert entry.about.kind == "statement"
        assert entry.about.not_attempted is None
    for same, claim in {"together": "end_to_end", "no_delay": "without_delay"}.items():
        assert entries[f"deepeye2018.claims.{same}"].about.result_key == f"deepeye2018.claims.{claim}"


def test_what_was_found_is_listed(stored):
    found = fig_6.found("smoke", 0).set_index("what")["value"]
    assert found["frames looked at"] == "30"
    assert found["right actions, six frames as in training"] == "50.0 %"
    assert found["largest difference of a probability to the whole clip's"] == "1e-07"


def test_runs_start_from_networks_that_other_pages_train():
    (runs,) = fig_6.runs("small", 0).values()
    detector, agreement = runs
    trained = {page: [run for group in page.runs("small", 0).values() for run in group] for page in (fig_7, fig_9)}
    assert detector.tuning in trained[fig_7]
    assert agreement.training in trained[fig_9]
    assert agreement.training.tensors.detector == detector.tuning
    assert agreement.detector == detector
    assert {"deepeye2018_fig_7", "deepeye2018_fig_9"} <= set(fig_6.USES)
    assert fig_6.machine(RECORD) == "a machine, load 0.1 to 0.2"
