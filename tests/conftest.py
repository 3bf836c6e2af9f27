"""What every test may rely on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from compactvid.cli.run_process import keep_memory

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# Real samples where they lie beside the project; tests that need them say so where they do not.
if SHARED_DATA.is_dir():
    os.environ.setdefault("COMPACTVID_DATA", str(SHARED_DATA))
# The tests' processes share the cores: one thread each is faster than two that fight.
os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
keep_memory()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")
# A busy machine is not a failing test; and what is checked of a change must not depend on the day's luck.
hypothesis.settings.register_profile("compactvid", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("compactvid")
KEPT_BOOK = "COMPACTVID_KEPT_BOOK"
"""Environment variable, see `smoke_project`."""
LONGEST = ("training", "test_jax.py", "test_int8_runs.py", "architecture", "kill")
"""Folders and files of tests that take half a minute and more."""


@dataclass(frozen=True)
class Project:
    """A copy of the project; where it holds a finished book at profile smoke, how that came about."""

    folder: Path
    killed_after: str = ""
    first_output: str = ""
    second_output: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which commands use the copy's code and its own run store."""
        return _environment(self.folder)

    def run(self, *command: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's scripts on the copy."""
        return subprocess.run(
            [str(SCRIPTS / command[0]), *command[1:]],
            cwd=cwd or self.folder,
            env=_environment(self.folder) | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *arguments: str, log: IO[str]) -> subprocess.Popen[bytes]:
        """Start make on the copy, in a session of its own, with all that it says in `log`."""
        return subprocess.Popen(
            _make(*arguments),
            cwd=self.folder,
            env=_environment(self.folder),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make on the copy."""
        return subprocess.run(
            _make(*arguments),
            cwd=self.folder,
            env=_environment(self.folder),
            capture_output=True,
            text=True,
            check=False,
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the built book. Files that take longest come first, so that no core waits at the end."""
    for item in items:
        if "smoke_project" in getattr(item, "fixturenames", ()):
            item.add_marker("book")
    items.sort(key=lambda item: not any(name in item.path.parts for name in LONGEST))


@pytest.hookimpl(optionalhook=True)  # tests may run without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """A worker has whole files, whose fixtures are made once; all that need the built book go to the same one.

    xdist's own groups (3.8) are lost on pytest 9.2: they are written into an attribute that it does not have any more.
    """
    book = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent.name == "book" or "smoke_project" in path.read_text(encoding="utf-8")
    }

    class FilesOnOneWorker(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "book" if file in book else file

    config.option.loadscopereorder = False  # by the number of tests, which says nothing of how long they take
    return FilesOnOneWorker(config, log)


@pytest.fixture(autouse=True)
def _no_figure_left_open() -> Iterator[None]:
    """Close what a test drew: matplotlib warns of many open figures, in whichever test comes then."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Make a copy of the project as it is now, without anything that was built."""

    def copy() -> Project:
        folder = tmp_path_factory.mktemp("project")
        names = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for name in names:
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        return Project(folder)

    return copy


@pytest.fixture(scope="session")
def smoke_project(copy_project: Callable[[], Project]) -> Project:
    """Copy the project, `make book PROFILE=smoke`, kill it in the middle of it, and call it again.

    Its runs and results are kept in the folder that `KEPT_BOOK` names, if any, for `make test-cluster`.
    """
    project = copy_project()
    folder = project.folder
    log = folder / "first.log"
    with log.open("w") as output:
        first = project.start("book", "PROFILE=smoke", log=output)
        killed_after = "BestCheckpoints-"
        while killed_after not in log.read_text() and first.poll() is None:
            time.sleep(0.05)
        if first.poll() is None:
            os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    second = subprocess.run(
        _make("book", "PROFILE=smoke"),
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert second.returncode == 0, f"{folder}: killed, and then\n{_around_failures(second.stdout)}"
    if kept := os.environ.get(KEPT_BOOK):
        for part in (".runs", "_build/results"):
            shutil.copytree(folder / part, Path(kept) / part)
    return replace(project, killed_after=killed_after, first_output=log.read_text(), second_output=second.stdout)


def _around_failures(output: str) -> str:
    """What a failed build said before each job that failed, and last; a job that ran beside it may have said more."""
    lines = output.splitlines()
    failed = [number for number, line in enumerate(lines) if line.startswith("Error in rule")]
    said = [lines[max(0, number - 80) : number + 8] for number in failed] + [lines[-20:]]
    return "\n[...]\n".join("\n".join(part) for part in said)


@pytest.fixture(scope="session")
def smoke_book(smoke_project: Project) -> Path:
    """The built site at profile smoke."""
    return smoke_project.folder / "_build" / "html"


def _make(*arguments: str) -> list[str]:
    # The environment is this test's own: the copy must not install itself into it.
    venv = SCRIPTS.parent
    return ["make", "--no-print-directory", f"VENV={venv}", f"--old-file={venv}/.installed", *arguments]


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COMPACTVID_RUNS"))}
    return kept | {"PYTHONPATH": str(folder / "lib"), "PATH": f"{SCRIPTS}{os.pathsep}{kept.get('PATH', '')}"}
