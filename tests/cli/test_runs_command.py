"""`compactvid runs` and what `compactvid run` says when it fails."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from compactvid.cli import app
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.runs import StoreError, load_or_run
from compactvid.training import PriorBaseline

runner = CliRunner()
WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
WANTED = PriorBaseline(SimulatedVideoLevel(WORLD, train=30, validate=10, test=10))
OTHER = replace(WANTED, dataset=replace(WANTED.dataset, test=20))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with two runs; the one experiment that there is asks for the first."""
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("compactvid.cli.asked.project_root", lambda: tmp_path)
    monkeypatch.setattr("compactvid.cli.asked.stems", lambda: ["paper_table"])
    module = SimpleNamespace(PROFILES=["smoke", "real"], runs=runs)
    monkeypatch.setattr("compactvid.cli.asked.experiment", lambda stem: module)
    return [load_or_run(config).folder for config in (WANTED, OTHER)]


def runs(profile, seed):
    if profile == "real":
        raise ValueError("needs real shards")
    return {"group": [WANTED if seed == 0 else OTHER]}


def invoke(*arguments):
    done = runner.invoke(app, ["runs", *arguments])
    return done.exit_code, done.output + str(done.exception or "")


def result_file(folder, **provenance):
    path = folder / "_build" / "results" / "smoke" / "paper_table.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"provenance": provenance}))


def test_list_has_a_line_a_run(store):
    (store[1] / "result.json").unlink()
    store[1].rename(store[1].with_name(store[1].name + ".partial"))
    code, output = invoke("list")
    assert code == 0
    first, second = sorted(output.splitlines(), key=lambda line: "partial" in line)
    assert re.match(rf"{store[0].name}  complete +[\d.]+ s +[\d.]+ MiB  PriorBaseline\(SimulatedVideoLevel\(", first)
    assert re.match(rf"{store[1].name}  partial ", second)
    assert first.endswith("train=30, validate=10, test=10))")


def test_why_says_who_asks(store):
    code, output = invoke("why", store[0].name)
    assert code == 0
    assert "up to date: the present code and data would make this very run" in output
    assert "asked for by paper_table (smoke, seed 0)" in output


def test_why_says_that_nobody_asks_and_what_is_asked_for_instead(store):
    _, output = invoke("why", store[1].name)
    assert "nothing asks for it any more" in output
    assert "differs in dataset.test: 20 -> 10" in output


def test_why_of_a_key_that_is_none_or_many(store):
    code, output = invoke("why", "PriorBaseline")
    assert code == 1
    assert "2 runs begin with 'PriorBaseline': " in output
    assert "no run begins with 'x'" in invoke("why", "x")[1]


def test_rerun_tells_whether_the_outcome_is_the_same(store):
    code, output = invoke("rerun", store[0].name)
    assert code == 0
    assert re.search(rf"{store[0].name}, [\d.]+ s: identical", output)
    (store[0] / "result.json").write_text("{}")
    assert invoke("rerun", store[0].name)[1].strip().endswith("differs in result.json")


def test_gc_shows_and_then_deletes_what_nobody_asks_for(store):
    folders = {path for path in (store[0].parent / "data").iterdir() if path.is_dir()}
    code, output = invoke("gc")
    assert code == 0
    assert re.findall(r"would go +[\d,]+ bytes  (\S+)", output)[0] == store[1].name
    assert all(folder.is_dir() for folder in store)
    _, output = invoke("gc", "--yes")
    freed = [int(number.replace(",", "")) for number in re.findall(r"deleted +([\d,]+) bytes", output)]
    assert len(freed) == 2, "the run and its data"
    assert f"{sum(freed):,} bytes freed" in output
    assert [folder.is_dir() for folder in store] == [True, False]
    assert len([path for path in folders if path.is_dir()]) == 1
    assert invoke("gc")[1].startswith("0 bytes")


@pytest.mark.parametrize("by", ["name", "seed"])
def test_gc_keeps_what_a_result_refers_to(store, tmp_path, by):
    result_file(tmp_path, **{"name": {"runs": [store[1].name]}, "seed": {"parameters": {"seed": 7}}}[by])
    assert store[1].name not in invoke("gc", "--yes")[1]
    assert store[1].is_dir()


def test_gc_deletes_nothing_where_a_result_is_unreadable(store, tmp_path):
    result_file(tmp_path)
    (tmp_path / "_build" / "results" / "smoke" / "paper_table.json").write_text("[")
    code, output = invoke("gc", "--yes")
    assert code == 1
    assert "paper_table.json: not a result file" in output
    assert all(folder.is_dir() for folder in store)


@pytest.mark.parametrize(
    "error", [StoreError("the run store is full"), FloatingPointError("the loss is nan at step 3")]
)
def test_run_fails_in_one_line(monkeypatch, error):
    def fail(config):
        raise error

    monkeypatch.setattr("compactvid.runs.load_or_run", fail)
    done = runner.invoke(app, ["run", "liu2018_table_1", "--profile", "smoke", "--group", "models_0", "--quiet"])
    assert str(done.exception) == f"compactvid run: liu2018_table_1, run 1/6: {error}"


def test_a_profile_whose_clips_are_absent_says_where_they_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    for command in ("run", "prepare"):
        done = runner.invoke(app, [command, "deepeye2018_fig_9", "--profile", "real"])
        assert str(done.exception).startswith(f"compactvid {command}: {tmp_path}: neither ucf11/UCF11_updated_mpg nor")


def test_why_names_the_changed_layer_of_a_built_book(smoke_project):
    """Just the runs of the changed module are stale, and none before the change."""
    listed = smoke_project.run("compactvid", "runs", "list")
    assert listed.returncode == 0, listed.stderr
    assert {line.split()[1] for line in listed.stdout.splitlines()} == {"complete"}
    assert smoke_project.run("compactvid", "runs", "gc").stdout.startswith("0 bytes"), "the book needs all its runs"
    path = smoke_project.folder / "lib" / "compactvid" / "layers" / "netvlad.py"
    source = path.read_text()
    try:
        path.write_text(source + "\nUNUSED = 1\n")
        listed = smoke_project.run("compactvid", "runs", "list").stdout
        stale = {line.split()[0] for line in listed.splitlines() if line.split()[1] == "stale"}
        assert stale
        kinds = {name.partition("-")[0] for name in stale}
        assert {"BestCheckpoints", "StoredSize", "FineTuning"} <= kinds
        assert not {"PriorBaseline", "LabelStatistics", "SceneStatistics"} & kinds
        assert re.search(r"^TrainingRun-\w+ +complete", listed, re.M), "video-level models have no such layer"
        why = smoke_project.run("compactvid", "runs", "why", min(stale)).stdout
        assert "stale: layers/netvlad.py changed since" in why
        assert why.count("stale:") == 1
    finally:
        path.write_text(source)
