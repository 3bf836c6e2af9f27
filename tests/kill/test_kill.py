"""SIGKILL at random moments: what comes out is what an undisturbed run makes.

`make test` kills five runs; `make test-kill` kills fifty, and twenty times a build of the whole book.
"""

import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.experiments.liu2018 import table_1
from compactvid.experiments.real import video_level
from compactvid.models import VideoLevelMixture
from compactvid.runs import identify, load_or_run
from compactvid.runs.outcome import outcome
from compactvid.runs.stored import stored_runs
from compactvid.training import TrainingRun

RUN_KILLS = int(os.environ.get("COMPACTVID_RUN_KILLS", 5))
BOOK_KILLS = int(os.environ.get("COMPACTVID_BOOK_KILLS", 0))


@pytest.fixture
def configs(tmp_path, monkeypatch):
    """Trainings of the book's own smoke profile, on simulated data; in `make test` a small one."""
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path / "none"))
    if RUN_KILLS > 5:
        return table_1.runs("smoke", 0)["models_0"][:4] + video_level.runs("smoke", 0)["draw_0"]
    world = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
    dataset = SimulatedVideoLevel(world, train=300, validate=100, test=100)
    model = VideoLevelMixture(num_classes=12, rgb_size=16, audio_size=8)
    return [TrainingRun(model, dataset, seed=3, epochs=12, batch_size=32, learning_rate=0.02)]


@pytest.fixture
def start(monkeypatch):
    """Start a run in a process of its own, in which Keras is loaded but has computed nothing yet."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["keras", "compactvid.compression", "compactvid.experiments.real.video_level", "pytest"]
    )

    def start(config, store):
        process = context.Process(target=_run, args=(config, str(store)))
        process.start()
        return process

    return start


def _run(config, store):
    os.environ["COMPACTVID_RUNS"] = store
    load_or_run(config)


def finish(process):
    process.join()
    assert process.exitcode == 0


def progress():
    """For each run in the store the newest step that it could go on from; of a finished one more than any."""
    found = {}
    for run in stored_runs():
        states = [path.stem for path in (run.folder / "checkpoints").glob("state-*.npz")]
        found[run.name] = max(states, default="") if run.partial else "~"
    return found


def test_killed_runs_end_as_undisturbed_ones(configs, start, tmp_path, monkeypatch):
    chance = random.Random(0)
    references, seconds = {}, {}
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "reference"))
    for config in configs:
        for _ in range(2):  # the second has its data ready, as those that are killed
            shutil.rmtree(identify(config).folder, ignore_errors=True)
            began = time.perf_counter()
            finish(start(config, tmp_path / "reference"))
            seconds[config] = time.perf_counter() - began
        references[config] = outcome(identify(config).folder)
    assert all("result.json" in found for found in references.values())
    store = tmp_path / "killed"
    shutil.copytree(tmp_path / "reference" / "data", store / "data")
    monkeypatch.setenv("COMPACTVID_RUNS", str(store))
    kills, between = 0, 0
    while kills < RUN_KILLS:
        for config in configs:
            shutil.rmtree(identify(config).folder, ignore_errors=True)
            before = progress()
            while not identify(config).folder.exists():
                process = start(config, store)
                process.join(chance.uniform(0, seconds[config]) if kills < RUN_KILLS else None)
                if process.is_alive():
                    os.kill(process.pid, signal.SIGKILL)
                    process.join()
                    kills += 1
                else:
                    assert process.exitcode == 0
                now = progress()
                assert all(now.get(name, "") >= step for name, step in before.items()), "a checkpoint was lost"
                between += any("state" in step for step in now.values())
                before = now
            assert outcome(identify(config).folder) == references[config]
    assert between, "no kill fell between two checkpoints"
    assert not list(store.glob("*.partial"))
    print(f"{kills} kills, {between} of them behind a checkpoint; undisturbed runs took {list(seconds.values())} s")


def build_outcome(folder):
    """All weights and results of a built book, provenance aside."""
    runs = {path.name: outcome(path) for path in sorted((folder / ".runs").glob("*-" + "?" * 20))}
    results = {}
    for path in sorted((folder / "_build" / "results" / "smoke").glob("*.json")):
        content = json.loads(path.read_text())
        content["provenance"] = {name: content["provenance"][name] for name in ("parameters", "runs")}
        results[path.name] = content
    return runs | results


def differing(one, other):
    """What differs between two outcomes: a run and file, or a result file and key."""
    return [
        f"{name}, {part}"
        for name in sorted(one.keys() | other.keys())
        for part in sorted(one.get(name, {}).keys() | other.get(name, {}).keys())
        if one.get(name, {}).get(part) != other.get(name, {}).get(part)
    ]


def at_work_in(folder):
    """The processes that work in a folder or below it."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


if BOOK_KILLS:

    def test_a_killed_build_ends_as_an_undisturbed_one(copy_project):
        """Each time either all processes of the build are killed, or one of them, whichever it is."""
        undisturbed, project = copy_project(), copy_project()
        began = time.perf_counter()
        done = undisturbed.make("book", "PROFILE=smoke")
        assert done.returncode == 0, done.stdout + done.stderr
        seconds = time.perf_counter() - began
        chance, killed, builds = random.Random(1), [], []
        log_path = project.folder.with_name("killed.log")
        with log_path.open("w") as log:
            while len(killed) < BOOK_KILLS:
                build = project.start("book", "PROFILE=smoke", log=log)
                builds.append(build)
                time.sleep(chance.uniform(0, seconds / 8))
                processes = at_work_in(project.folder)
                if not processes:  # it came to its end: everything once more
                    shutil.rmtree(project.folder / ".runs")
                    assert project.make("clean").returncode == 0
                    continue
                victim = chance.choice(processes)
                with suppress(ProcessLookupError, psutil.NoSuchProcess):  # it may just have ended by itself
                    name = victim.name()
                    if chance.random() < 0.5:
                        os.killpg(os.getpgid(victim.pid), signal.SIGKILL)
                        name = f"all processes beside {name}"
                    else:
                        victim.kill()
                    killed.append(name)
            last = project.start("book", "PROFILE=smoke", log=log)
            assert last.wait() == 0, log_path.read_text()[-5000:]
            for build in builds:
                build.wait()
        assert "waiting for it" in log_path.read_text(), "nothing outlived a build that the next one had to wait for"
        print(f"an undisturbed build took {seconds:.0f} s; killed: {', '.join(killed)}")
        deadline = time.monotonic() + 30
        while (left := at_work_in(project.folder)) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert not left, f"still at work: {[process.cmdline() for process in left]}"
        assert not list((project.folder / ".runs").glob("*.partial"))
        assert differing(build_outcome(project.folder), build_outcome(undisturbed.folder)) == []
        assert (project.folder / "_build" / "html" / "index.html").is_file()
