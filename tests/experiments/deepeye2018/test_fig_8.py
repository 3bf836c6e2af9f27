"""Fig. 8's page from made-up detections: what is found and what is right, and what each picture shows."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import detection_grid as grid
from compactvid.experiments import detection_scores as scored
from compactvid.experiments.deepeye2018 import fig_8
from compactvid.report.detections import LOOKS
from compactvid.root import project_root
from compactvid.training.detection_file import save_detections

OBJECTS = 10
RIGHT = {"float": 8, "Q-YOLO": 6}
"""Objects that each network of world 0 finds; one more in each later world."""


def tables(right):
    """Ten objects in images of their own and a difficult one, of which `right` are found: two of them only by half.

    Each is found with a score of 0.9, but for the first, with 0.3. Three detections find nothing, one with 0.1; another
    claims the difficult object.
    """
    names = [f"test_{number:06d}" for number in (*range(OBJECTS), 11)]  # all pictures that are shown
    box = {"label": "ring", "x_min": 1.0, "y_min": 1.0, "x_max": 30.0, "y_max": 30.0}
    objects = pd.DataFrame([{"image": name, **box, "difficult": name == names[-1]} for name in names])
    found = [{"image": name, **box, "score": 0.9} for name in names[:right]]
    found[0]["score"] = 0.3
    for half in found[1:3]:
        half["x_max"] = 45.0  # two thirds
    elsewhere = {**box, "x_min": 60.0, "x_max": 90.0}
    wrong = [{"image": names[0], **elsewhere, "score": score} for score in (0.5, 0.8, 0.1)]
    return objects, pd.DataFrame([*found, *wrong, {"image": names[-1], **box, "score": 0.9}])


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """Three worlds. The scenes' and the clips' detections are the same; other clips' frames have one, on the first."""
    monkeypatch.setitem(grid.SCALES, "small", replace(grid.SCALES["small"], worlds=3))
    fig_8.over_thresholds.cache_clear()

    def folder(method, world):
        name = next(name for name, found in grid.TUNED.items() if found == method)
        path = tmp_path / f"{name}-{world}"
        if not path.exists():
            path.mkdir()
            for file in ("fine_tuned.test.npz", "detections.npz"):
                save_detections(path / file, *tables(RIGHT[name] + world))
        return SimpleNamespace(folder=path)

    def loaded(config):
        if not isinstance(config.dataset, fig_8.ClipFrames):
            return folder(config.base.method, config.base.training.training.seed)
        first = next(iter(frames()))
        objects, found = tables(1)
        (tmp_path / "others").mkdir(exist_ok=True)
        save_detections(tmp_path / "others" / "detections.npz", objects[:0], found[:1].assign(image=first))
        return SimpleNamespace(folder=tmp_path / "others")

    monkeypatch.setattr(fig_8, "load_or_run", loaded)
    monkeypatch.setattr(scored, "run", lambda kind, profile, world: folder(grid.TUNED[kind], world))
    monkeypatch.setattr(fig_8, "prepare_data", lambda dataset: {})
    monkeypatch.setattr(fig_8.ClipFrames, "images", lambda self, files: frames())
    yield
    fig_8.over_thresholds.cache_clear()


def frames():
    return {f"{clip} {frame}": np.zeros((8, 8, 3), np.uint8) for clip in ("a", "b") for frame in (1, 5, 9)}


def test_shares_are_of_objects_and_of_detections_that_count(stored):
    found = fig_8.found("small", 0)
    assert found["network"].tolist() == ["float", "8-bit"] * 2
    eight_bit = found.query("key == 'clips' and network == '8-bit'").iloc[0]
    assert eight_bit["objects"] == 3 * OBJECTS
    assert eight_bit["found"] == pytest.approx(70)  # 6, 7 and 8 of 10
    assert eight_bit["found_closely"] == pytest.approx(50)
    # Two wrong ones with a score of 0.24 or more beside them; that on the difficult object counts neither way.
    assert eight_bit["precision"] == pytest.approx(100 * np.mean([6 / 8, 7 / 9, 8 / 10]))
    # Half of t's 95 % interval with two degrees of freedom, of values 60, 70 and 80.
    assert eight_bit["found_spread"] == pytest.approx(4.302653 * 10 / 3**0.5)


def test_a_lower_threshold_draws_more(stored):
    curves = fig_8.over_thresholds("small", 0).set_index(["panel", "data", "x"])["y"]
    assert curves["found", "float", 0.05] == pytest.approx(90)
    assert curves["found", "float", 0.35] == pytest.approx(80)
    assert curves["precision", "float", 0.05] == pytest.approx(100 * np.mean([8 / 11, 9 / 12, 10 / 13]))
    assert curves["found", "float", 0.95] == 0
    assert np.isnan(curves["precision", "float", 0.95])
    words = fig_8.described_thresholds(fig_8.over_thresholds("small", 0))
    assert "float, least score 0.05: 90 % found, 75 % precision" in words


@pytest.mark.parametrize("shown", [fig_8.shown_scenes, fig_8.shown_clip])
def test_each_picture_stands_twice_with_its_own_boxes(stored, shown):
    pictures, boxes = shown("small", 0)
    titles = list(pictures)
    assert [title.rpartition(", ")[2] for title in titles] == ["float", "8-bit"] * (len(titles) // 2)
    assert set(boxes["picture"]) == set(titles)
    assert set(boxes["kind"]) <= set(LOOKS)
    first = boxes[boxes["picture"] == titles[0]]
    # A weak one of 0.1 is not drawn.
    assert first["kind"].tolist() == ["object", "found", "wrong", "wrong"]
    np.testing.assert_array_equal(pictures[titles[0]], pictures[titles[1]])
    assert (pictures[titles[0]] != pictures[titles[2]]).any()


def test_pictures_are_those_that_were_detected(stored):
    scenes = list(grid.training("small", 3).dataset.world.scenes("test", 4))
    pictures, _ = fig_8.shown_scenes("small", 3)
    for number, scene in enumerate(scenes, 1):
        np.testing.assert_array_equal(pictures[f"scene {number}, 8-bit"], scene.image)
    frames = list(fig_8.panned("small", 3).world.scenes("test", 12))
    pictures, _ = fig_8.shown_clip("small", 3)
    assert list(pictures)[::2] == ["frame 1, float", "frame 6, float", "frame 12, float"]
    np.testing.assert_array_equal(pictures["frame 12, float"], frames[11].image)


def test_other_clips_are_judged_by_nothing(stored):
    pictures, boxes = fig_8.shown_others("small", 0)
    assert list(pictures) == ["a 1", "b 1", "a 5", "b 5", "a 9", "b 9"]
    assert boxes["picture"].tolist() == list(pictures)
    assert boxes["kind"].tolist() == ["not judged", *["no detection"] * 5]


def test_recorded_boxes_stand_in_where_the_pictures_are_the_same():
    file = project_root() / "results" / "full" / "deepeye2018_fig_8.json"
    recorded = json.loads(file.read_text(encoding="utf-8"))["figures"]["scenes"]
    boxes = pd.DataFrame({"picture": ["scene 1, float"]})
    found, words = fig_8.as_recorded("scenes", dict.fromkeys(recorded["picture"]), boxes, "small")
    assert found["x_min"].tolist() == recorded["x_min"]
    assert words.startswith("recorded")
    for pictures, profile in (({"scene 1, float": None}, "small"), (dict.fromkeys(recorded["picture"]), "full")):
        found, words = fig_8.as_recorded("scenes", pictures, boxes, profile)
        assert found is boxes
        assert words == "of this build"


def test_runs_are_both_networks_of_each_world_and_the_other_clips(monkeypatch):
    monkeypatch.setattr(fig_8.ClipFolder, "present", lambda: False)
    (configs,) = fig_8.runs("full", 5).values()
    assert len(configs) == 2 * 5 + 1
    assert [config.base.training.training.seed for config in configs] == [5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 5]
    assert {config.base.method for config in configs[:10:2]} == {None}
    assert {config.base.method for config in configs[1::2]} == {grid.Q_YOLO}
    seeds = [config.dataset.world.seed for config in configs[:10]]
    assert not set(seeds) & set(grid.worlds("full", 5))
    assert configs[-1].dataset.split == "test"
    monkeypatch.setattr(fig_8.ClipFolder, "present", lambda: True)
    assert fig_8.on_others("small", 5).dataset.source == fig_8.ClipFolder()
    assert fig_8.others_are() == "real clips of the data folder"


def test_the_page_s_keys_are_the_ledger_s():
    keys = {entry.result_key for entry in papers.entries("deepeye2018")}
    for claim in ("all_objects", "real_time", "computing_saved", "multiplications_saved"):
        assert f"deepeye2018.claims.{claim}" in keys
