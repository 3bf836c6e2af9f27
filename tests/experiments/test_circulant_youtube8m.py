"""The profile `real` of Araujo et al.'s grid where YouTube-8M's frames are: written shards, trained on once."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from compactvid import papers
from compactvid.datasets import youtube8m
from compactvid.experiments import circulant_audio, circulant_youtube8m, experiment, recorded_values, stems
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments.araujo2018 import fig_3, fig_7
from compactvid.models import Circulant
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun

SHARDS = sum(circulant_youtube8m.SHARDS)


@pytest.fixture
def no_frame_level_shards():
    """In place of the one for all experiments: here there are some."""


@pytest.fixture(autouse=True)
def folder(no_frame_level_shards, tmp_path, monkeypatch):
    """A data folder with as few shards as do, all of the validation split, with two videos each."""
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    shards = tmp_path / "data" / "yt8m" / "frame" / "validate"
    shards.mkdir(parents=True)
    for number in range(SHARDS):
        write(shards / f"validate{number:04d}.tfrecord", number)
    return shards


def write(path, seed):
    rng = np.random.default_rng(seed)
    youtube8m.write_frame_level(
        path,
        (
            {
                "id": f"{path.stem}{video}",
                "labels": [int(rng.integers(9))],
                "rgb": rng.integers(256, size=(4, 1024), dtype=np.uint8),
                "audio": rng.integers(256, size=(4, 128), dtype=np.uint8),
            }
            for video in range(2)
        ),
    )


def test_without_shards_it_is_audioset(folder):
    assert (grid.source("real"), grid.source("full")) == ("youtube8m", "simulated")
    for path in folder.iterdir():
        path.unlink()
    assert grid.source("real") == "audioset"
    assert grid.training("table_1", "real", 0).model.rgb_size is None


def test_both_modalities_with_the_papers_features_classes_and_samples():
    run, alone = (grid.training(name, "real", 2) for name in ("table_1", "table_2.Dense-Model"))
    assert grid.data("real", 0) == "YouTube-8M frames, 5 draws of splits"
    assert (run.dataset, run.seed) == (circulant_youtube8m.dataset(2), 2)
    assert (run.dataset.halves, run.dataset.seed) == (True, 2)
    paper = grid.config("table_1")
    changed = {name: getattr(paper, name) // 8 for name in grid.WIDTHS} | {"batch_norm_momentum": 0.9}
    assert run.model == replace(paper, **changed)
    assert alone.model == replace(run.model, embed_audio=False), "models without audio are their own"
    assert run.learning_rate == circulant_audio.LEARNING_RATES["deep_bag_of_frames"]


def test_pages_train_what_they_can_and_nothing_on_audioset():
    pages = [stem for stem in stems() if "real" in experiment(stem).PROFILES and stem.startswith("araujo2018")]
    runs = {
        config
        for stem in pages
        for group in experiment(stem).runs("real", 0).values()
        for config in group
        if isinstance(config, TrainingRun)
    }
    assert {run.dataset for run in runs} == {circulant_youtube8m.dataset(draw) for draw in range(5)}
    models = {run.model for run in runs}
    printed = [f"{table}.{row}" for table in ("table_2", "table_3", "table_4")
               for row in papers.table("araujo2018", table).rows]  # fmt: skip
    assert models >= {grid.training(name, "real", 0).model for name in printed}
    assert fig_7.names("real") == fig_7.NAMES
    assert fig_3.cells("real") == [], "the paper's k is in its own place"


def test_keys_are_neither_audiosets_nor_the_ledgers(folder, monkeypatch):
    keys = {entry.result_key for entry in papers.entries("araujo2018")}
    here = {scores.result_key(key, "real") for key in keys}
    assert scores.result_key("araujo2018.claims.x", "real") == "araujo2018.youtube8m.claims.x"
    assert scores.result_key("araujo2018.claims.x", "full") == "araujo2018.claims.x"
    monkeypatch.setattr(grid, "source", lambda profile: "audioset")
    assert not here & (keys | {scores.result_key(key, "real") for key in keys})


def test_what_was_recorded_here_does_not_stand_in_audiosets_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_values, "project_root", lambda: tmp_path)
    key, path = "araujo2018_fig_7.{model}.{column}", tmp_path / "results" / "real" / "araujo2018_fig_7.json"
    frame = pd.DataFrame({"model": ["a"], "gap": [0.5]})
    for kind, expected in (("youtube8m", math.nan), ("real", 0.25)):
        data = "AudioSet audio" if kind == "real" else grid.data("real", 0)
        found = {"value": 0.25, "tolerance": 0.1, "reason": "r", "data": data}
        content = {"stem": path.stem, "profile": "real", "complete": True, "provenance": {"seed": 0}}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content | {"results": {f"araujo2018_fig_7.{kind}.a.gap": found}}))
        beside = scores.beside_real(frame, ["gap"], key, path.stem)
        np.testing.assert_equal(beside["recorded_gap"].tolist(), [expected])
        assert recorded_values.described(path.stem).startswith("Recorded" if kind == "real" else "AudioSet: not")


def test_a_training_from_the_shards_to_its_score(folder):
    """A page's own training, one epoch of it, compact and in both modalities; other frames make it another run."""
    model = replace(grid.config("table_1"), fully_connected=Circulant())
    small = replace(grid.training(model, "real", 0), epochs=1, batch_size=16)
    small = replace(small, model=replace(small.model, context_gating=False))
    run = load_or_run(small)
    splits = small.dataset.prepare()
    assert run.provenance["data"] == small.dataset.fingerprint()
    labels, predicted = grid.predictions(small, "test")
    assert labels.shape == predicted.shape == (2 * circulant_youtube8m.SHARDS[2], 3862)
    _, expected = youtube8m.read_frame_level(splits["test"]).batch(0)
    np.testing.assert_array_equal(labels, expected)
    assert grid.gap(small) == run.result["best_single"]["test"]["gap"] > 0
    assert np.ptp(predicted, axis=0).max() > 0, "videos differ"
    assert load_or_run(small).provenance == run.provenance
    write(splits["test"][0], seed=1000)
    assert load_or_run(small).key != run.key


def test_too_few_shards_are_an_error_that_says_how_many(folder):
    next(folder.iterdir()).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{SHARDS - 1} files, but {SHARDS} are needed; set COMPACTVID_DATA"):
        load_or_run(grid.training("table_1", "real", 0))
