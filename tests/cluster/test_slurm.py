"""The smoke book through a real SLURM of one node. A job is cancelled, the driver killed; the end is as undisturbed.

`make test-cluster` runs it, as root on Debian (see setup.sh).
"""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import h5py
import pytest

from compactvid.experiments import experiment
from compactvid.runs import identify

ROOT = Path(__file__).resolve().parents[2]
SETUP = Path(__file__).with_name("setup.sh")
STEM = "liu2018_table_1"
GROUP = f"{STEM}_sizes+models_0+models_1"
"""The job that is cancelled: all runs of an experiment."""
KILLED_AT = STEM
"""The notebook that reads what was cancelled: by then its runs have ended."""
LIMIT_SECONDS = 1500


@pytest.fixture(scope="session")
def slurm():
    """SLURM is up for the tests, and afterwards only where it was up before."""
    was_up = shutil.which("scontrol") and subprocess.run(["scontrol", "ping"], capture_output=True).returncode == 0
    started = subprocess.run([SETUP, "start"], capture_output=True, text=True)
    if started.returncode:
        pytest.exit(started.stderr.strip(), returncode=1)
    yield started.stdout
    if not was_up:
        subprocess.run([SETUP, "stop"], check=True)


@pytest.fixture(scope="session")
def local(copy_project):
    """What one machine makes of the smoke book: as `make test-book` kept it, or built here, without its pages."""
    if kept := os.environ.get("COMPACTVID_KEPT_BOOK"):
        return Path(kept)
    project = copy_project()
    options = ("--workflow-profile", "profiles/local", "--until", "notebook", "--config", "profile=smoke", "seed=0")
    done = project.run("snakemake", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return project.folder


class Disturbed:
    """The same book through SLURM: its first training is cancelled in mid-run, and the driver killed before its end."""

    def __init__(self, project):
        self.project = project
        self.transcript = ""
        self.cancelled = self.run = ""
        groups = experiment(STEM).runs("smoke", 0).values()
        self.cancellable = {
            identify(config).name for configs in groups for config in configs if hasattr(config, "dataset")
        }
        self.first_epochs: set[tuple[int, int]] = set()
        self.outputs = [self._drive(f": notebook: {KILLED_AT}\n"), self._drive(None)]

    def logs(self):
        """What the SLURM jobs printed."""
        return "".join(path.read_text() for path in (self.project.folder / "_build" / "slurm").rglob("*.log"))

    def jobs(self, group):
        """The numbers of the SLURM jobs that were submitted for a group of runs, in their order."""
        logs = (self.project.folder / "_build" / "slurm" / "rule_runs" / group).glob("*.log")
        return sorted((path.stem for path in logs), key=int)

    def _drive(self, kill_at):
        """Call `compactvid book` and look on; kill it, and whatever it started here, once it has said `kill_at`."""
        log = self.project.folder / "driver.log"
        start, queue = time.monotonic(), ""
        with log.open("w") as output:
            driver = subprocess.Popen(
                ["compactvid", "book", "--profile", "smoke", "--workflow-profile", "profiles/slurm"],
                cwd=self.project.folder,
                env=self.project.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            while driver.poll() is None:
                assert time.monotonic() - start < LIMIT_SECONDS, log.read_text()
                if (now := squeue()) != queue:
                    queue = now
                    self.transcript += f"--- squeue, {time.monotonic() - start:.0f} s after the call\n{queue}"
                # A file that was there may be renamed or deleted by the run before it is looked at.
                with suppress(FileNotFoundError):
                    self._disturb()
                if kill_at and kill_at in log.read_text():
                    break
                time.sleep(0.05)
        finally:
            if driver.poll() is None:
                os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()
        self.transcript += f"--- compactvid book, exit code {driver.returncode}\n{log.read_text()}"
        return log.read_text()

    def _disturb(self):
        """Cancel a job as soon as it has stored a checkpoint; from then on, watch the weights of its first epoch."""
        store = self.project.folder / ".runs"
        if self.cancelled:
            # Once the run is finished its checkpoints are gone.
            for weights in (store / f"{self.run}.partial" / "checkpoints").glob("epoch-001.npz"):
                self.first_epochs.add((weights.stat().st_ino, weights.stat().st_mtime_ns))
            return
        for state in store.glob("BestCheckpoints-*.partial/checkpoints/state-*.npz"):
            run = state.parents[1].name.removesuffix(".partial")
            if run in self.cancellable:
                (self.cancelled,) = self.jobs(GROUP)
                subprocess.run(["scancel", self.cancelled], check=True)
                self.run = run
                self.transcript += f"--- scancel {self.cancelled}, which has stored {self.run}, {state.name}\n"
                return


@pytest.fixture(scope="session")
def disturbed(slurm, copy_project):
    """The cluster's smoke book; its transcript is printed and kept."""
    found = Disturbed(copy_project())
    transcript = f"--- tests/cluster/setup.sh start\n{slurm}{found.transcript}"
    # What the book shows names no machine and no folder of its author.
    for folder, shown in ((found.project.folder, "."), (ROOT, "."), (Path.home(), "~")):
        transcript = transcript.replace(str(folder), shown)
    transcript = re.sub(rf"\b{re.escape(socket.gethostname())}\b", "node", transcript)
    transcript = re.sub(r"\x1b\[\d*m", "", transcript)  # colours
    if kept := os.environ.get("COMPACTVID_TRANSCRIPT"):
        (ROOT / kept).write_text(transcript)
    print(transcript)
    return found


def squeue():
    """All jobs: number, what Snakemake calls it, state, node or reason."""
    return subprocess.run(
        ["squeue", "--all", "--sort=i", "--format=%.4i %.9T %R %k"], capture_output=True, text=True
    ).stdout


def arrays(path):
    """SHA-256 of each array of an HDF5 file. The file's own bytes hold times."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: hashlib.sha256(item[()].tobytes()).hexdigest()})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return found


def contents(folder):
    """What a build leaves, without times and machines: data, each run's weights and result, each notebook's results."""
    store = folder / ".runs"
    found = {f"data {path.relative_to(store)}": path.read_bytes() for path in (store / "data").rglob("*.tfrecord")}
    found |= {path.relative_to(store).as_posix(): arrays(path) for path in store.glob("*-*/*.h5")}
    found |= {
        path.relative_to(store).as_posix(): json.loads(path.read_text()) for path in store.glob("*-*/result.json")
    }
    for path in (folder / "_build" / "results" / "smoke").glob("*.json"):
        result = json.loads(path.read_text())
        assert result.pop("provenance")
        found[path.stem] = result
    return found


def test_slurm_ends_with_the_weights_and_results_of_one_machine(local, disturbed):
    here, there = contents(local), contents(disturbed.project.folder)
    assert here.keys() == there.keys()
    assert sum(name.endswith(".h5") for name in here) >= 4
    assert [name for name in here if here[name] != there[name]] == []


def test_the_book_was_rendered_in_the_end(disturbed):
    assert re.search(r"^book ready in \d+ s: _build/html/index\.html$", disturbed.outputs[1], re.M)
    assert (disturbed.project.folder / "_build" / "html" / "index.html").is_file()


def test_every_run_and_notebook_was_a_slurm_job(disturbed):
    said = disturbed.logs()
    stems = [path.stem for path in (disturbed.project.folder / "book" / "notebooks").glob("*.ipynb")]
    assert stems
    for stem in stems:
        assert re.search(rf"^notebook {stem} \(smoke, seed 0\): [\d.]+ s$", said, re.M)
        runs = sum(len(group) for group in experiment(stem).runs("smoke", 0).values())
        assert len(set(re.findall(rf"^run (\d+/\d+ of {stem} \([\w+]+), ", said, re.M))) == runs
        assert not re.search(rf"^(run .*|notebook) {stem} ", "".join(disturbed.outputs), re.M)


def test_a_cancelled_job_is_submitted_again_and_goes_on_from_its_checkpoint(disturbed):
    first, second, *_ = disturbed.jobs(GROUP)
    assert first == disturbed.cancelled
    assert re.search(rf"SLURM-job '{first}' failed, SLURM status is: 'CANCELLED'", disturbed.outputs[0])
    assert f"has been submitted with SLURM jobid {second} " in disturbed.outputs[0]
    # A second attempt finished the run, and the weights of its first epoch were written once.
    provenance = json.loads((disturbed.project.folder / ".runs" / disturbed.run / "provenance.json").read_text())
    assert provenance["attempts"] == 2
    assert len(disturbed.first_epochs) == 1


def test_a_killed_driver_goes_on_where_it_stopped(disturbed):
    assert "book ready" not in disturbed.outputs[0]
    assert "an earlier build was killed" in disturbed.outputs[1]
    # The runs whose notebook was due had all ended, so none is submitted again.
    assert not re.search(rf"^Job \d+: (data|runs): {KILLED_AT}\b", disturbed.outputs[1], re.M)


def test_no_job_and_no_half_finished_run_is_left(disturbed):
    # What the killed driver had submitted may still be ending.
    end = time.monotonic() + 60
    while left := subprocess.run(["squeue", "--noheader"], capture_output=True, text=True, check=True).stdout:
        assert time.monotonic() < end, left
        time.sleep(1)
    assert list((disturbed.project.folder / ".runs").glob("*.partial")) == []
