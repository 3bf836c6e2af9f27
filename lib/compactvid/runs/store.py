"""The content-addressed store of runs: the only way to a trained model or a measured size."""

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from filelock import FileLock

from compactvid.atomic import replaced, sync
from compactvid.runs.config import describe
from compactvid.runs.identity import Identity, data_folder, identify, runs_folder
from compactvid.runs.provenance import Provenance
from compactvid.training.devices import agreed, process


class Config(Protocol):
    """A frozen dataclass that can be run: `execute` works in `folder` and returns plain JSON data.

    What it needs only to go on after a kill lies in `folder/checkpoints`, which is deleted when the run is finished.
    Where it has a field `dataset`, `data_folder` is a folder of the data set's own, shared by all runs on it.
    """

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]: ...


class DependentConfig(Protocol):
    """A configuration that starts from what other runs made: `requires` has the configurations of these runs.

    They must be fields of its own, so that they name it. `execute` gets their folders in the same order.
    """

    @property
    def requires(self) -> tuple[Any, ...]: ...

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]: ...


class StoreError(OSError):
    """The store cannot be written; the message says why, and what to do."""


@dataclass(frozen=True)
class Run:
    """A finished run: its key, its folder, what it returned and where that came from."""

    key: str
    folder: Path
    result: dict[str, Any]
    provenance: dict[str, Any]


def load_or_run(config: Config | DependentConfig) -> Run:
    """Return the stored run of `config`; run it first where there is none.

    The run's key is a digest of the canonical configuration (seed included), the code of the modules that it names and
    of all that these import (without comments and docstrings), and the content of the data files it reads. A second
    process that wants the same run waits for the first and reads its result. A run that was killed leaves a folder
    named `.partial`, which is never read as a result; the next attempt goes on from its last checkpoint.

    Of several processes that train together (`compactvid.training.devices`) all call this; process 0 writes the run.

    Raises
    ------
    TypeError
        `config` has no canonical form (see `compactvid.runs.config.describe`).
    ValueError
        The stored run is damaged: the file is named.
    StoreError
        There is no such run yet, and the store is read-only or full.
    """
    run = identify(config)
    if process():
        _follow(config, run)
        return read_run(run)
    if not run.folder.is_dir():
        with locked(run):
            if not run.folder.is_dir():
                execute(config, run)
                run.partial.rename(run.folder)
                sync(run.folder.parent)
    agreed(False)
    return read_run(run)


def read_run(run: Identity) -> Run:
    """The finished run of an identity.

    Raises
    ------
    ValueError
        It is damaged: the file is named.
    """
    return Run(run.key, run.folder, read_json(run.folder / "result.json"), read_json(run.folder / "provenance.json"))


def execute(config: Config | DependentConfig, run: Identity) -> None:
    """Bring the partial folder of a run to its end; its lock must be held.

    `provenance.json` counts the attempts; its seconds and memory are those of the last one.
    """
    partial = run.partial
    partial.mkdir(exist_ok=True)
    if not (partial / "result.json").is_file():
        for leaving in partial.glob(".*.partial.*"):
            leaving.unlink()  # a file that was being written when its process was killed
        attempts = (
            1 + read_json(partial / "provenance.json")["attempts"] if (partial / "provenance.json").exists() else 1
        )
        inputs = {"key": run.key, "code": run.code, "data": run.data, "attempts": attempts}
        _write(partial / "config.json", describe(config))
        _write(partial / "provenance.json", inputs)
        if agreed(True):
            agreed(True)  # the others have copied what an earlier attempt left
        required = _required(config)
        provenance = Provenance()
        result = dict(config.execute(partial, run.data_folder, *required))
        _write(partial / "provenance.json", inputs | provenance.record())
        _write(partial / "result.json", result)
    shutil.rmtree(partial / "checkpoints", ignore_errors=True)
    sync(partial)


def _follow(config: Config | DependentConfig, run: Identity) -> None:
    """Compute with process 0 for as long as it executes the run, in a copy of the run's folder that is dropped."""
    while agreed(False):
        with TemporaryDirectory() as folder:
            shutil.copytree(run.partial, folder, dirs_exist_ok=True)
            agreed(True)  # process 0 waits, so that the copy is what it begins with
            config.execute(Path(folder), run.data_folder, *_required(config))


def with_required(config: Config | DependentConfig) -> list[Config | DependentConfig]:
    """A configuration, and all those whose runs it starts from, directly or not."""
    return [config, *(found for other in getattr(config, "requires", ()) for found in with_required(other))]


def _required(config: Config | DependentConfig) -> list[list[Path]]:
    """What `execute` gets beside its folders: nothing, or the folders of the runs that it starts from."""
    requires = getattr(config, "requires", None)
    return [] if requires is None else [[load_or_run(other).folder for other in requires]]


@contextmanager
def locked(run: Identity) -> Iterator[None]:
    """Hold a run's lock. The kernel frees it when its holder ends, however that happens.

    Raises
    ------
    StoreError
        The store is read-only or full.
    """
    store = runs_folder()
    try:
        store.mkdir(parents=True, exist_ok=True)
        with FileLock(run.lock):
            yield
    except (OSError, RuntimeError) as error:
        # HDF5 reports a full disk in words, sometimes as a RuntimeError.
        number = errno.ENOSPC if "No space left" in str(error) else getattr(error, "errno", None)
        if (place := getattr(error, "filename", None)) and not Path(str(place)).is_relative_to(store):
            raise  # of the data, say
        if number in (errno.EROFS, errno.EACCES, errno.EPERM):
            what = "cannot be written; set COMPACTVID_RUNS to a folder that can"
        elif number in (errno.ENOSPC, errno.EDQUOT):
            what = "is full; what was complete stays, and with more space the run goes on from its last checkpoint"
        else:
            raise
        raise StoreError(f"{run.name}: the run store {store} {what} ({error})") from error


def prepare_data(dataset: Any) -> dict[str, list[Path]]:
    """Make a data set's files ready (write simulated ones, find real ones); return the paths of each split.

    Parameters
    ----------
    dataset
        A data set configuration with `prepare(folder)`.
    """
    return dict(dataset.prepare(data_folder(dataset)))


def read_json(path: Path) -> dict[str, Any]:
    """A file of a run.

    Raises
    ------
    ValueError
        It is missing or damaged; it is named.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path}: not a readable result of a run ({error}); delete its folder to run it again"
        ) from error


def _write(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    with replaced(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
