"""Fig. 7's page from made-up detections: paired differences, curves, areas, and what each number is of."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import detection_grid as grid
from compactvid.experiments import detection_scores as scored
from compactvid.experiments import paired_differences
from compactvid.experiments.deepeye2018 import fig_7
from compactvid.training.detection_file import save_detections

CLASSES = ("disc", "ring", "square", "triangle", "cross", "star")
LOST = {
    "base": 0.03,
    "float": 0.0,
    "Q-YOLO": 0.01,
    "as printed": 0.2,
    "symmetric per channel": 0.0,
    "Q-YOLO, 4 bits": 0.1,
}
NOISE = (0.0, 0.004, -0.004, 0.002, -0.002)


def average_precisions(kind, world):
    """0.4 and up by class and world, less what the kind loses; the first class loses twice as much."""
    noise = NOISE[world] if kind == "Q-YOLO" else 0
    return {
        name: 0.4 + 0.05 * place + 0.01 * world - LOST[kind] * (2 if place == 0 else 1) + noise
        for place, name in enumerate(CLASSES)
    }


def detections(hits, objects):
    """One class's tables: `objects` in images of their own; detections by falling score that hit one or nothing."""
    box = {"x_min": 1.0, "y_min": 1.0, "x_max": 10.0, "y_max": 10.0}
    truth = pd.DataFrame([{"image": f"i{number}", "label": "disc", **box} for number in range(objects)])
    rows, found = [], 0
    for place, hit in enumerate(hits):
        rows.append({"image": f"i{found}" if hit else "none", "label": "disc", **box, "score": 1 - place / 100})
        found += hit
    return truth.assign(difficult=False), pd.DataFrame(rows)


HITS = {"float": [1, 0, 1, 1, 0], "Q-YOLO": [0, 1, 1, 0, 0]}


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """Runs with these scores; each class has the detections of `HITS`, five objects."""
    folders = {}
    for kind, hits in HITS.items():
        folders[kind] = tmp_path / kind
        folders[kind].mkdir()
        parts = [detections(hits, 5) for _ in CLASSES]
        tables = [
            pd.concat([part[table].assign(label=name) for part, name in zip(parts, CLASSES, strict=True)])
            for table in (0, 1)
        ]
        save_detections(folders[kind] / "fine_tuned.test.npz", *tables)

    def run(kind, profile, world):
        test = {"average_precision": average_precisions(kind, world)}
        return SimpleNamespace(result={"test": test}, folder=folders.get(kind))

    def loaded(config):
        world = config.base.training.seed
        base = average_precisions("base", world)
        if len(config.methods) == len(grid.convolution_names()):
            lost = [0.01 * number for number in range(9)]
        else:
            lost = [(8 - bits) / 20 + 0.02 for _, bits, _ in grid.direct_methods("full")]
        few = [{name: score - less for name, score in base.items()} for less in lost]
        return SimpleNamespace(result={"average_precision": few})

    monkeypatch.setattr(scored, "run", run)
    monkeypatch.setattr(scored, "load_or_run", loaded)
    monkeypatch.setattr(fig_7, "load_or_run", loaded)


def test_claims_are_paired_by_world(stored):
    summary = paired_differences.summary(fig_7.differences("full", 0)).set_index("key")
    assert tuple(summary.index[: len(fig_7.CLAIMS)]) == fig_7.CLAIMS
    # Five of six classes lose 0.01, one 0.02; the noise of the five worlds has a mean of 0.
    assert summary.loc["eight_bit_as_good", "value"] == pytest.approx(-0.07 / 6)
    assert summary.loc["person_as_good", "value"] == pytest.approx(-0.02)
    assert summary.loc["cat_as_good", "value"] == pytest.approx(-0.01)
    half_width = 2.7764451 * np.std(NOISE, ddof=1) / np.sqrt(5)  # Student's t of 4 degrees of freedom
    assert summary.loc["eight_bit_as_good", "value_spread"] == pytest.approx(half_width)
    assert summary.loc["direct_quantization_loses", "value"] == pytest.approx(0.02)
    assert summary.loc["training_on", "value"] == pytest.approx(0.03 * 7 / 6)


def test_claims_have_the_ledgers_units(stored):
    rows = fig_7.by_unit(paired_differences.summary(fig_7.differences("full", 0)))
    units = {entry.result_key: entry.about.unit for entry in papers.entries("deepeye2018")}
    for unit in ("mAP", "AP"):
        assert {units[f"deepeye2018.claims.{key}"] for key in rows[unit]["key"]} == {unit}
    assert sum(map(len, rows.values())) == len(fig_7.CLAIMS) + 1
    assert rows["shown"]["key"].tolist() == ["training_on"]


def test_scores_lose_against_the_float_network_that_was_trained_on(stored):
    scores = fig_7.scores("full", 0).set_index("key")
    assert scores.index.tolist() == [fig_7.KEYS[kind] for kind in ("base", *grid.TUNED)]
    assert scores.loc["float", "map"] == pytest.approx(0.4 + 0.05 * 2.5 + 0.02)
    assert scores["lost"].isna().tolist() == [True, True, False, False, False, False]
    assert scores.loc["as_printed", "lost"] == pytest.approx(0.2 * 7 / 6)
    assert fig_7.scores("small", 0)["key"].tolist() == ["before", "float", "q_yolo"]


def test_printed_numbers_are_the_papers():
    row = fig_7.printed().iloc[0]
    assert (row["full"], row["eight"]) == (0.5397, 0.535)
    assert row["points"] == pytest.approx(0.47)
    assert row["relative"] == pytest.approx(0.8709, abs=1e-4)


def test_curves_are_the_largest_precision_from_there_on(stored):
    curves = fig_7.curves("full", 0).set_index(["panel", "network", "recall"])
    full, eight = ("disc", "float, trained on"), ("disc", "Q-YOLO, 8 bits")
    # Hits at places 1, 3 and 4 of five objects: precision 1 up to a fifth, 3/4 up to three fifths, then nothing.
    for recall, expected in ((0.0, 1), (0.2, 1), (0.21, 0.75), (0.6, 0.75), (0.61, 0), (1.0, 0)):
        assert curves.loc[(*full, recall), "precision"] == pytest.approx(expected)
    assert curves.loc[(*eight, 0.0), "precision"] == pytest.approx(2 / 3)
    assert (curves["precision_spread"] < 1e-12).all(), "all worlds have the same detections here"


def test_areas_are_compared_with_the_metric(stored, monkeypatch):
    assert fig_7.precision_is_area("full", 0)
    detected = scored.detected

    def other(*arguments):
        return [row | {"average_precision": row["average_precision"] + 1e-3} for row in map(dict, detected(*arguments))]

    monkeypatch.setattr(scored, "detected", other)
    assert not fig_7.precision_is_area("full", 0)


def test_bits_and_layers(stored):
    bits = fig_7.by_bits("full", 0)
    assert len(bits) == len(grid.SCHEMES) * 6
    assert bits["key"].is_unique
    base = scored.maps("base", "full", 0).mean()
    lost = bits.set_index("key")["map"].rsub(base)
    assert lost["q_yolo.8_bits"] == pytest.approx(0.02)
    assert lost["as_printed.2_bits"] == pytest.approx(0.32)
    few = fig_7.few_bits("full", 0)
    layers = few[len(bits) :].set_index("scheme")
    assert layers.index.tolist() == [f"conv{number} alone" for number in range(1, 10)]
    assert layers["map"].tolist() == pytest.approx([base - 0.01 * number for number in range(9)])
    assert few["key"].is_unique
    pd.testing.assert_frame_equal(few[["scheme", "bits", "key"]].reset_index(drop=True), fig_7.every_bits())
    assert len(fig_7.few_bits("small", 0)) == len(fig_7.by_bits("small", 0)) == 9


def test_recorded_rows_stand_beside_those_of_a_build(stored, monkeypatch):
    asked = []

    def recorded(frame, columns, key, stem):
        asked.append([key.format_map(row) for row in frame.to_dict("records")])
        return frame

    monkeypatch.setattr(fig_7.recorded_values, "beside_full", recorded)
    few = fig_7.few_bits("small", 0)
    whole = fig_7.beside_full(few, ["map"], "direct.{key}", every=fig_7.every_bits())
    assert len(whole) == len(grid.DIRECT) + 9
    assert whole["map"].notna().sum() == len(few)
    assert asked == [[f"direct.{key}" for key in fig_7.every_bits()["key"]]]
    scores = fig_7.beside_full(fig_7.scores("small", 0), ["map"], "{key}", every=fig_7.every_network())
    assert scores["key"].tolist() == [fig_7.KEYS[kind] for kind in ("base", *grid.TUNED)]
    assert scores["map"].isna().tolist() == [False, False, False, True, True, True]


def test_the_figure_by_bits_and_its_line_are_of_the_same_worlds(stored, monkeypatch):
    bits, scores = fig_7.by_bits("small", 0), fig_7.scores("small", 0).assign(full_map=0.75)
    recorded = pd.DataFrame({"scheme": ["Q-YOLO"], "bits": [8], "map": [0.5], "map_spread": [0.1]})
    monkeypatch.setattr(fig_7.recorded_values, "recorded_figure", lambda *asked: recorded)
    shown, line, worlds = fig_7.bits_at_full(scores, "small", 0)
    assert shown is recorded
    assert (line, worlds) == (0.75, "five simulated worlds, recorded beforehand")
    monkeypatch.setattr(fig_7.recorded_values, "recorded_figure", lambda *asked: None)
    shown, line, worlds = fig_7.bits_at_full(scores, "small", 0)
    pd.testing.assert_frame_equal(shown, bits.drop(columns="key"))
    assert (line, worlds) == (pytest.approx(scored.maps("base", "small", 0).mean()), "this build's own")


def test_three_classes_stand_for_the_papers_three(stored):
    classes = fig_7.average_precisions("full", 0)
    assert classes["stands_for"].tolist() == ["person", "bicycle", "cat", "", "", ""]
    keys = {entry.result_key for entry in papers.entries("deepeye2018")}
    for name in ("person", "bicycle", "cat"):
        assert {f"deepeye2018.fig_7.{name}.float", f"deepeye2018.fig_7.{name}.8_bit"} <= keys
    assert {f"deepeye2018.claims.{claim}" for claim in (*fig_7.CLAIMS, *fig_7.PRINTED.values())} <= keys


def test_every_world_s_runs_are_one_group_with_the_detector_first():
    groups = fig_7.runs("full", 3)
    assert list(groups) == [f"world_{number}" for number in range(5)]
    for world, configs in zip(range(3, 8), groups.values(), strict=True):
        assert configs[0] == grid.training("full", world)
        assert len(configs) == 1 + len(grid.TUNED) + 2
    assert all(len(configs) == 4 for configs in fig_7.runs("small", 0).values())
