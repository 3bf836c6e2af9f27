"""What the store says of its runs: why they are stale, whether they come out again, what can go."""

import importlib
import json
from dataclasses import dataclass, make_dataclass, replace
from pathlib import Path

import pytest
from filelock import FileLock

from compactvid.runs import identify, load_or_run
from compactvid.runs.collection import remove, unneeded
from compactvid.runs.config import describe, rebuild, short
from compactvid.runs.outcome import outcome
from compactvid.runs.stored import find, rerun, stored_runs

CODE = {"compactvid.ops.vlad": "1", "compactvid.layers.netvlad": "1"}


@dataclass(frozen=True)
class Inner:
    sizes: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Files:
    """A data set whose files are hashed."""

    path: str

    def fingerprint(self):
        return f"SHA-256 {Path(self.path).read_text()}"


@dataclass(frozen=True)
class Work:
    """A run that returns what a file beside the store says."""

    dataset: Files
    number: int = 1
    inner: Inner = Inner()

    def execute(self, folder, data_folder):
        import h5py

        text = Path(self.dataset.path).with_name("result").read_text()
        with h5py.File(folder / "best.weights.h5", "w") as file:
            file["kernel"] = [1.0, float(len(text))]
        (folder / "history.jsonl").write_text("{}\n")
        return {"text": text}


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("compactvid.runs.identity.modules", lambda config: set())
    change_code(monkeypatch, CODE)
    (tmp_path / "data").write_text("one")
    (tmp_path / "result").write_text("a")
    return Work(Files(str(tmp_path / "data")))


def change_code(monkeypatch, code):
    monkeypatch.setattr("compactvid.runs.identity.code_digest", lambda *_, **__: dict(code))


def test_a_configuration_survives_its_description(work):
    config = replace(work, inner=Inner((3, 4)))
    assert rebuild(json.loads(json.dumps(describe(config)))) == config
    assert short(config) == f"Work(Files(path={work.dataset.path!r}), Inner(sizes=(3, 4)))"


def test_nothing_changed_is_not_stale(work):
    load_or_run(work)
    (run,) = stored_runs()
    assert run.changes() == []
    assert run.size() == sum(path.stat().st_size for path in run.folder.iterdir())


def test_what_changed_is_named(work, monkeypatch):
    load_or_run(work)
    (run,) = stored_runs()
    change_code(monkeypatch, {"compactvid.layers.netvlad": "2", "compactvid.layers": "1"})
    assert run.changes() == [
        "layers/netvlad.py changed since",
        "layers/__init__.py is needed now and was not",
        "ops/vlad.py was needed and is not any more",
    ]
    change_code(monkeypatch, CODE)
    Path(work.dataset.path).write_text("two")
    assert run.changes() == ["data: SHA-256 one -> SHA-256 two"]


def test_a_changed_configuration_class_is_named(work, monkeypatch):
    load_or_run(work)
    (run,) = stored_runs()
    here = importlib.import_module(Work.__module__)
    longer = make_dataclass("Inner", [("sizes", tuple), ("more", int, 5)], frozen=True)
    longer.__module__ = Inner.__module__
    monkeypatch.setattr(here, "Inner", longer)
    assert run.changes() == ["configuration: inner.more: absent -> 5"]
    monkeypatch.setattr(here, "Inner", make_dataclass("Inner", ["other"], frozen=True))
    assert "unexpected keyword argument 'sizes'" in run.changes()[0]
    monkeypatch.delattr(here, "Inner")
    assert "has no attribute 'Inner'" in run.changes()[0]


def test_missing_data_say_nothing_and_cost_no_run(work):
    load_or_run(work)
    (run,) = stored_runs()
    Path(work.dataset.path).unlink()
    with pytest.raises(FileNotFoundError):
        run.changes()
    assert unneeded([], []) == []


def test_run_again_with_the_same_outcome(work):
    old = load_or_run(work)
    new, differing = rerun(find("Work"))
    assert (new.key, differing) == (old.key, [])
    assert [path.name for path in old.folder.parent.glob("[!.]*")] == [old.folder.name]


def test_run_again_names_what_differs(work, tmp_path):
    load_or_run(work)
    (tmp_path / "result").write_text("abc")
    assert rerun(find("Work"))[1] == ["best.weights.h5", "result.json"]
    assert load_or_run(work).result == {"text": "abc"}


def test_run_again_after_a_change_keeps_the_old_run(work, monkeypatch):
    old = load_or_run(work)
    change_code(monkeypatch, {"compactvid.ops.vlad": "2"})
    new, differing = rerun(find(old.key))
    assert new.key != old.key
    assert differing == []
    assert len(stored_runs()) == 2


def test_a_failing_second_run_leaves_the_first(work, tmp_path):
    old = load_or_run(work)
    (tmp_path / "result").unlink()
    with pytest.raises(FileNotFoundError):
        rerun(find("Work"))
    assert load_or_run(work) == old
    assert [run.partial for run in stored_runs()] == [False, True]
    assert unneeded([old.folder.name], []) == [find("Work").folder.with_name(old.folder.name + ".partial")]


def test_outcome_is_of_arrays_not_of_bytes(tmp_path):
    import h5py

    for name, order in (("a", ("x", "y")), ("b", ("y", "x"))):
        (tmp_path / name).mkdir()
        with h5py.File(tmp_path / name / "w.h5", "w") as file:
            for key in order:
                file[key] = [1.0, float(key == "x")]
    assert (tmp_path / "a" / "w.h5").read_bytes() != (tmp_path / "b" / "w.h5").read_bytes()
    assert outcome(tmp_path / "a") == outcome(tmp_path / "b")
    with h5py.File(tmp_path / "b" / "w.h5", "r+") as file:
        file["x"][1] = -0.0
    assert outcome(tmp_path / "a") != outcome(tmp_path / "b")


def test_a_name_must_be_one_runs(work):
    load_or_run(work)
    load_or_run(replace(work, number=2))
    with pytest.raises(ValueError, match=r"2 runs begin with 'Work': Work-\w+, Work-\w+$"):
        find("Work")
    with pytest.raises(ValueError, match="no run begins with 'nothing'"):
        find("nothing")
    assert find(identify(work).key[:9]).name == identify(work).name


def test_what_nobody_needs_can_go(work, tmp_path):
    kept, other = load_or_run(work), load_or_run(replace(work, number=2))
    store = kept.folder.parent
    data = [store / "data" / name for name in ("Files-1", "Files-2")]
    for folder in (*data, store / "Work-0.previous"):
        folder.mkdir(parents=True)
    found = unneeded([kept.folder.name], [])
    assert found == [other.folder, store / "Work-0.previous", *data]
    with FileLock(store / f".{other.folder.name}.lock"):
        assert not remove(other.folder)
    assert all(remove(folder) for folder in found)
    assert sorted(path.name for path in store.glob("[!.]*")) == sorted([kept.folder.name, "data"])
    assert load_or_run(work) == kept


def test_data_of_an_unfinished_run_stay(work, monkeypatch):
    monkeypatch.setattr(Work, "execute", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_or_run(work)
    data = importlib.import_module("compactvid.runs.identity").data_folder(work.dataset)
    data.mkdir(parents=True)
    (run,) = stored_runs()
    assert unneeded([], []) == [run.folder]
