"""The store runs once, keeps results whole, and knows what a result depends on."""

import json
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from compactvid.runs import load_or_run
from compactvid.runs.config import canonical, describe
from compactvid.training import PriorBaseline


@dataclass(frozen=True)
class Count:
    """A run that counts how often it is executed, in a file beside the store."""

    log: str
    number: int = 1
    seconds: float = 0.0

    def execute(self, folder, data_folder):
        with Path(self.log).open("a") as file:
            file.write("x")
        (folder / "weights.txt").write_text("w" * self.number)
        time.sleep(self.seconds)
        return {"number": self.number}


@dataclass(frozen=True)
class Files:
    """A data set whose files are hashed."""

    path: str

    def fingerprint(self):
        return Path(self.path).read_text()


@dataclass(frozen=True)
class Reader:
    dataset: Files

    def execute(self, folder, data_folder):
        return {"text": Path(self.dataset.path).read_text()}


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """An empty store; the configurations of this file have no code in the package."""
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("compactvid.runs.store.modules", lambda config: set())
    return tmp_path / "runs"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    path.touch()
    return path


def test_runs_once_and_returns_the_same(log, store):
    first = load_or_run(Count(str(log), 3))
    second = load_or_run(Count(str(log), 3))
    assert log.read_text() == "x"
    assert first == second
    assert first.result == {"number": 3}
    assert (first.folder / "weights.txt").read_text() == "www"
    assert first.provenance["seconds"] >= 0
    assert set(first.provenance) >= {"packages", "device", "python", "commit", "started", "peak_memory_mib", "code"}
    assert json.loads((first.folder / "config.json").read_text())["number"] == 3


def test_another_configuration_is_another_run(log):
    assert load_or_run(Count(str(log), 1)).key != load_or_run(Count(str(log), 2)).key
    assert log.read_text() == "xx"


def test_changed_data_is_another_run(tmp_path):
    path = tmp_path / "data"
    path.write_text("one")
    first = load_or_run(Reader(Files(str(path))))
    path.write_text("two")
    second = load_or_run(Reader(Files(str(path))))
    assert (first.result, second.result) == ({"text": "one"}, {"text": "two"})


def test_changed_code_is_another_run(log, monkeypatch):
    monkeypatch.setattr("compactvid.runs.store.code_digest", lambda *_, **__: {"m": "1"})
    first = load_or_run(Count(str(log)))
    monkeypatch.setattr("compactvid.runs.store.code_digest", lambda *_, **__: {"m": "2"})
    assert load_or_run(Count(str(log))).key != first.key


def test_a_failed_run_is_not_taken_for_finished(log, store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Count, "execute", lambda self, folder, data_folder: {"number": float("nan")})
        with pytest.raises(ValueError, match="not JSON compliant"):
            load_or_run(Count(str(log)))
    assert load_or_run(Count(str(log))).result == {"number": 1}


def _run(config):
    load_or_run(config)


def test_a_killed_run_is_run_again(log, store):
    config = Count(str(log), seconds=30)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(config,))
    process.start()
    while not log.read_text():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not [path for path in store.glob("Count-*") if path.suffix != ".partial"]
    # The same key without the wait: the dead holder's lock is free, and its leavings are not read.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Count, "execute", lambda self, folder, data_folder: {"left": [path.name for path in folder.iterdir()]}
        )
        assert load_or_run(config).result == {"left": []}
    assert not list(store.glob("*.partial"))


def test_a_second_process_waits_and_reads(log):
    config = Count(str(log), seconds=0.5)
    processes = [multiprocessing.get_context("fork").Process(target=_run, args=(config,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert log.read_text() == "x"


def test_a_damaged_result_is_named(log):
    run = load_or_run(Count(str(log)))
    (run.folder / "result.json").write_text("{")
    with pytest.raises(ValueError, match=r"result\.json: not a readable result"):
        load_or_run(Count(str(log)))


def test_canonical_form_holds_class_and_fields():
    text = canonical(PriorBaseline(Files("p")))
    assert "compactvid.training.prior_baseline.PriorBaseline" in text
    assert canonical({"b": 1, "a": (1.0, None)}) == '{"a":[1.0,null],"b":1}'


@dataclass
class Mutable:
    x: int = 1


@dataclass(frozen=True)
class Holder:
    items: dict = field(default_factory=lambda: {"f": [1, print]})


@pytest.mark.parametrize(
    ("value", "place"), [(Mutable(), "config: Mutable"), (Holder(), r"config\.items\['f'\]\[1\]: builtin")]
)
def test_what_has_no_canonical_form_is_named(value, place):
    with pytest.raises(TypeError, match=place):
        describe(value)
