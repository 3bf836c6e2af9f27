"""The store runs once, keeps results whole, and knows what a result depends on."""

import errno
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from compactvid.atomic import replaced
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.models import VideoLevelMixture
from compactvid.runs import StoreError, identify, identity, load_or_run, prepare_data
from compactvid.runs.config import canonical, describe
from compactvid.runs.outcome import outcome
from compactvid.runs.store import with_required
from compactvid.training import PriorBaseline, TrainingRun


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


@dataclass(frozen=True)
class Doubled:
    """A run that starts from another one's."""

    base: Count

    @property
    def requires(self):
        return (self.base,)

    def execute(self, folder, data_folder, required):
        (base,) = required
        return {"number": 2 * len((base / "weights.txt").read_text())}


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """An empty store; the configurations of this file have no code in the package."""
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("compactvid.runs.identity.modules", lambda config: set())
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


def test_a_run_gets_the_folders_of_those_that_it_requires(log):
    """They are run first where they are not stored, and name the run that requires them."""
    assert load_or_run(Doubled(Count(str(log), 3))).result == {"number": 6}
    assert log.read_text() == "x"
    assert load_or_run(Doubled(Count(str(log), 4))).result == {"number": 8}
    assert log.read_text() == "xx"
    assert with_required(Doubled(Count(str(log)))) == [Doubled(Count(str(log))), Count(str(log))]


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
    monkeypatch.setattr("compactvid.runs.identity.code_digest", lambda *_, **__: {"m": "1"})
    first = load_or_run(Count(str(log)))
    monkeypatch.setattr("compactvid.runs.identity.code_digest", lambda *_, **__: {"m": "2"})
    assert load_or_run(Count(str(log))).key != first.key


def test_a_failed_run_is_not_taken_for_finished(log, store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Count, "execute", lambda self, folder, data_folder: {"number": float("nan")})
        with pytest.raises(ValueError, match="not JSON compliant"):
            load_or_run(Count(str(log)))
    assert load_or_run(Count(str(log))).result == {"number": 1}


# Not a fork of the tests' process, in which JAX may have threads.
SPAWN = multiprocessing.get_context("spawn")


def start(config, log, together=1):
    """Run a configuration in processes of their own, which begin at the same moment."""
    barrier = SPAWN.Barrier(together + 1)
    processes = [SPAWN.Process(target=_run, args=(config, str(log.parent / "runs"), barrier)) for _ in range(together)]
    for process in processes:
        process.start()
    barrier.wait()
    return processes


def _run(config, store, barrier):
    os.environ["COMPACTVID_RUNS"] = store
    identity.modules = lambda config: set()
    barrier.wait()
    load_or_run(config)


@dataclass(frozen=True)
class Steps:
    """A run of three steps that finds out how far an earlier attempt came."""

    log: str

    def execute(self, folder, data_folder):
        checkpoint = folder / "checkpoints" / "step.txt"
        checkpoint.parent.mkdir(exist_ok=True)
        first = int(checkpoint.read_text()) if checkpoint.is_file() else 0
        for step in range(first, 3):
            if (Path(self.log).parent / f"stop-{step}").exists():
                (folder / ".1.partial.weights.txt").write_text("half")
                with Path(self.log).open("a") as file:
                    file.write(f"({step})")
                time.sleep(60)
            with Path(self.log).open("a") as file:
                file.write(str(step))
            checkpoint.write_text(str(step + 1))
        return {"steps": 3}


def kill_when(log, text, config):
    """Run a configuration in a process of its own, and kill that when the log ends with a text."""
    (process,) = start(config, log)
    while not log.read_text().endswith(text):
        assert process.is_alive()
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_a_killed_run_goes_on_from_its_last_checkpoint(log, store):
    config = Steps(str(log))
    for step in (1, 2):
        (log.parent / f"stop-{step}").touch()
        kill_when(log, f"({step})", config)
        (log.parent / f"stop-{step}").unlink()
        (partial,) = store.glob("Steps-*")
        assert partial.suffix == ".partial"
    run = load_or_run(config)
    assert log.read_text() == "0(1)1(2)2"
    assert run.result == {"steps": 3}
    assert run.provenance["attempts"] == 3
    assert sorted(path.name for path in run.folder.iterdir()) == ["config.json", "provenance.json", "result.json"]
    assert [path.name for path in store.glob("[!.]*")] == [run.folder.name]


def test_a_run_killed_after_its_end_is_not_executed_again(log, store, monkeypatch):
    config = Count(str(log))
    with monkeypatch.context() as patch:
        patch.setattr("compactvid.runs.store.shutil.rmtree", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load_or_run(config)
    assert not identify(config).folder.exists()
    assert load_or_run(config).result == {"number": 1}
    assert log.read_text() == "x"


def test_a_partial_run_of_other_code_is_not_gone_on_with(log, monkeypatch):
    config = Steps(str(log))
    (log.parent / "stop-1").touch()
    kill_when(log, "(1)", config)
    (log.parent / "stop-1").unlink()
    monkeypatch.setattr("compactvid.runs.identity.code_digest", lambda *_, **__: {"m": "2"})
    load_or_run(config)
    assert log.read_text() == "0(1)012"


@dataclass(frozen=True)
class Writer:
    """A run that writes two MiB, in two files."""

    def execute(self, folder, data_folder):
        for name in ("one", "two"):
            with replaced(folder / "checkpoints" / name) as temporary:
                temporary.write_bytes(bytes(2**20))
        return {"written": 2}


@pytest.fixture
def mount(store):
    """Put a small file system into the store's place; `mount(*options)` again changes its options."""

    def mount(*options):
        again = ["remount"] if store.is_mount() else []
        call = ["mount", "-t", "tmpfs", "-o", ",".join([*again, *options]), "tmpfs", str(store)]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode:
            assert os.environ.get("CI") != "true", f"no file system can be mounted: {done.stderr.strip()}"
            pytest.skip(f"only who may mount file systems can run this: {done.stderr.strip()}")

    store.mkdir()
    yield mount
    if store.is_mount():
        subprocess.run(["umount", str(store)], check=True)


def test_a_full_disk_is_named_and_what_was_complete_stays(log, store, mount):
    mount("size=1600k")
    first = load_or_run(Count(str(log)))
    with pytest.raises(StoreError, match=r"Writer-\w+: the run store .* is full; what was complete stays"):
        load_or_run(Writer())
    assert load_or_run(Count(str(log))) == first
    (partial,) = store.glob("Writer-*")
    assert [path.name for path in (partial / "checkpoints").iterdir()] == ["one"]
    mount("size=4m")
    assert load_or_run(Writer()).result == {"written": 2}


@pytest.mark.parametrize("kilobytes", [16, 64])
def test_a_training_on_a_full_disk_goes_on_where_it_stopped(store, mount, kilobytes, tmp_path, monkeypatch):
    """What does not fit is a checkpoint or an epoch's weights, which HDF5 writes."""
    world = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
    dataset = SimulatedVideoLevel(world, train=64, validate=20, test=20)
    model = VideoLevelMixture(num_classes=12, rgb_size=16, audio_size=8)
    run = TrainingRun(model, dataset, seed=3, epochs=4, batch_size=32, learning_rate=0.02)
    mount("size=8m")
    prepare_data(dataset)
    used = shutil.disk_usage(store).used
    mount(f"size={used // 1024 + kilobytes}k")
    with pytest.raises(StoreError, match=r"TrainingRun-\w+: the run store .* is full; what was complete stays"):
        load_or_run(run)
    mount("size=8m")
    after = outcome(load_or_run(run).folder)
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "undisturbed"))
    assert after == outcome(load_or_run(run).folder)


def test_a_read_only_store_is_read_and_named_when_written(log, mount):
    mount("size=1m")
    first = load_or_run(Count(str(log)))
    mount("size=1m", "ro")
    assert load_or_run(Count(str(log))) == first
    with pytest.raises(StoreError, match=r"cannot be written; set COMPACTVID_RUNS to a folder that can"):
        load_or_run(Count(str(log), 2))
    assert log.read_text() == "x"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full"),
        (
            RuntimeError("Can't decrement id ref count (errno = 28, error message = 'No space left on device')"),
            "is full",
        ),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written"),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written"),
    ],
)
def test_errors_of_the_file_system_are_named(log, monkeypatch, error, message):
    def fail(self, folder, data_folder):
        raise error

    monkeypatch.setattr(Count, "execute", fail)
    with pytest.raises(StoreError, match=message):
        load_or_run(Count(str(log)))


def test_errors_elsewhere_are_not_the_stores(log, monkeypatch, tmp_path):
    def fail(self, folder, data_folder):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "shard.tfrecord"))

    monkeypatch.setattr(Count, "execute", fail)
    with pytest.raises(PermissionError, match=r"shard\.tfrecord") as raised:
        load_or_run(Count(str(log)))
    assert not isinstance(raised.value, StoreError)


def test_of_eight_processes_one_runs_and_the_others_read(log):
    config = Count(str(log), seconds=0.5)
    processes = start(config, log, together=8)
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
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
