"""Real statistics are measured or recorded, and each page says which."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from compactvid import runs
from compactvid.experiments import experiment, real_statistics, stems
from compactvid.experiments.data import audioset, simulated_worlds, tiny_yolov2, ucf11, voc, youtube8m
from compactvid.notebook import session

MEASURED = ({"videos": 3.0, "mean": 1 / 3}, {"curve": pd.DataFrame({"x": [1, 2], "y": [0.5, 0.25], "n": ["a", "b"]})})
FOLDERS = {
    youtube8m: "yt8m/video/validate",
    audioset: "audioset/balanced_train",
    voc: "voc100",
    ucf11: "clips",
    tiny_yolov2: "tiny_yolov2_partial",
}
"""Where the samples lie, said apart from the code that looks for them: what it overlooks must not be skipped."""
REAL_PAGES = tuple(FOLDERS)


def page(present, measured=MEASURED):
    """A page whose one run's result is turned into what is given."""
    return real_statistics.RealPage(
        "data_youtube8m",
        "youtube8m",
        dataset=lambda profile, seed: SimpleNamespace(present=lambda: present),
        files=lambda profile: f"three files at {profile}",
        configs=lambda files: ["config"] if present else pytest.fail("asked for runs without files"),
        summarise=lambda result: measured if result == "result of config" else pytest.fail(result),
    )


@pytest.fixture(autouse=True)
def load_or_run(monkeypatch):
    """Runs of the stand-in page return at once."""
    monkeypatch.setattr(
        real_statistics,
        "load_or_run",
        lambda config: (
            SimpleNamespace(result=f"result of {config}") if config == "config" else runs.load_or_run(config)
        ),
    )


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """What a notebook at profile `real` records of `MEASURED`, in the folder of recorded evidence."""
    monkeypatch.setattr(session, "project_root", lambda: tmp_path)
    monkeypatch.setattr(session, "_session", session.Session("data_youtube8m", {"profile": "real", "seed": 0}))
    found = page(present=True).statistics("real", 0)
    session.record_frame(found.to_record(), ["value"], "data_youtube8m.youtube8m.{key}", tolerance=0, reason="r")
    session.record_figure("curve", found.figures["curve"])
    session.current().write(complete=True)
    target = tmp_path / "results" / "real" / "data_youtube8m.json"
    target.parent.mkdir(parents=True)
    session.current().result_file.rename(target)
    monkeypatch.setattr(real_statistics, "project_root", lambda: tmp_path)
    return target


def test_files_that_are_there_are_measured(recorded):
    found = page(True, ({"videos": 9.0}, {})).statistics("small", 0)
    assert (found.values, found.origin, found.measured) == ({"videos": 9.0}, "three files at small", True)
    assert found.to_record().to_numpy().tolist() == [["videos", 9.0]]


def test_what_was_recorded_comes_back_and_is_not_recorded_again(recorded):
    found = page(present=False).statistics("small", 0)
    assert found.values == {"videos": 3, "mean": 1 / 3}
    pd.testing.assert_frame_equal(found.figures["curve"], MEASURED[1]["curve"])
    assert found.measured is False
    assert found.to_record().empty
    commit = json.loads(recorded.read_text())["provenance"]["commit"]
    assert found.origin.startswith("recorded on real files on 2")
    assert f"(profile real, commit {commit})" in found.origin


def test_nothing_is_made_up(recorded):
    with pytest.raises(ValueError, match="data_youtube8m: profile real needs real files: set COMPACTVID_DATA"):
        page(present=False).statistics("real", 0)
    recorded.unlink()
    with pytest.raises(ValueError, match="data_youtube8m: profile small needs real files"):
        page(present=False).statistics("small", 0)
    assert page(present=False).data("small", 0).startswith("nothing")


@pytest.mark.parametrize("page", REAL_PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_a_page_without_files_shows_all_that_was_recorded(page, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    assert page.runs("small", 0) == {}
    assert page.data("small", 0).startswith("recorded on real files")
    found = page.statistics("small", 0)
    assert found.measured is False
    assert set(getattr(page, "NAMES", {})) <= set(found.values)
    assert found.figures


@pytest.mark.parametrize("page", REAL_PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_what_was_recorded_is_what_the_samples_give(page, tmp_path, monkeypatch):
    """A page shows the same from the recording as from all samples, number by number and curve by curve."""
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    if not (Path(os.environ.get("COMPACTVID_DATA", "nowhere")) / FOLDERS[page]).is_dir():
        pytest.skip(f"no real files for {page.__name__} (set COMPACTVID_DATA to a folder that has them)")
    measured = page.statistics("real", 0)
    assert measured.measured
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    recorded = page.statistics("small", 0)
    assert measured.values == pytest.approx(recorded.values, rel=1e-9)
    shown = [name for name in measured.figures if name in recorded.figures]
    assert shown
    assert set(recorded.figures) <= set(measured.figures)
    for name in shown:
        columns = list(measured.figures[name].columns)
        pd.testing.assert_frame_equal(
            measured.figures[name].reset_index(drop=True), recorded.figures[name][columns], rtol=1e-5, check_dtype=False
        )


def test_every_data_page_is_an_experiment():
    names = {f"data_{page.__name__.rpartition('.')[2]}" for page in (*REAL_PAGES, simulated_worlds)}
    assert names | {"data_moments"} == {stem for stem in stems() if stem.startswith("data_")}
    assert experiment("data_moments").runs("small", 0) == {}


def test_the_detector_has_its_values():
    layout = tiny_yolov2.file_layout()
    assert layout["values"].sum() == 15_867_885
    assert layout["offset"].tolist() == [0, *layout["values"].cumsum()[:-1]]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """The page's statistics at profile smoke, beside the recorded ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPACTVID_DATA", str(tmp_path_factory.mktemp("no_data")))
        patch.setenv("COMPACTVID_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield simulated_worlds.statistics("smoke", 0)


def test_the_worlds_differ_from_real_data_as_the_page_says(worlds):
    values, _ = worlds
    simulated, real, sound = (values["videos"][name] for name in ("simulated", "YouTube-8M", "AudioSet"))
    assert simulated["labels"] < real["labels"]
    assert simulated["labels_a_video_variance"] < real["labels_a_video_variance"] / 2
    assert simulated["pairs_above_twice_chance"] < real["pairs_above_twice_chance"]
    assert simulated["clipped"] < sound["clipped"] / 3
    assert abs(simulated["autocorrelation_1"] - sound["autocorrelation_1"]) < 0.05
    assert values["scenes"]["simulated"]["truncated"] < values["scenes"]["VOC"]["truncated"]
    assert values["clips"]["simulated"]["difference_5"] < values["clips"]["UCF101"]["difference_5"]


def test_every_figure_has_simulated_and_real_curves(worlds):
    values, curves = worlds
    assert set(curves) == set(simulated_worlds.FIGURES)
    for figure, frame in curves.items():
        for panel in simulated_worlds.panels(figure):
            names = set(frame.data[frame.panel == panel])
            assert "simulated" in names
            assert any(name.startswith("real") for name in names)
        assert len(frame) <= session.MOST_ROWS
    recorded = simulated_worlds.to_record(values)
    assert len(recorded) == sum(
        len(set(simulated_worlds.WORLDS[world]) & set(values[world]["simulated"])) for world in values
    )


def test_examples_are_what_the_worlds_draw():
    video = simulated_worlds.example_video(0)
    assert video.outlier.any()
    assert sum(name.startswith("class ") for name in video.columns) >= 3
    images, boxes = simulated_worlds.example_scenes(0, count=3)
    assert len(images) == 3
    assert set(boxes.scene) <= {1, 2, 3}
    strips, places = simulated_worlds.example_clips(0, frames=4)
    assert len(strips) == 7
    assert all(len(strip) == 4 for strip in strips.values())
    right, grow = (places[places.action == action] for action in ("right", "grow"))
    assert right.x.is_monotonic_increasing
    assert grow["size"].is_monotonic_increasing
