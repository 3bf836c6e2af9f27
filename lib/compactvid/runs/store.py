"""The content-addressed store of runs: the only way to a trained model or a measured size."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock

from compactvid.atomic import replaced, sync
from compactvid.root import project_root
from compactvid.runs.code_digest import code_digest
from compactvid.runs.config import canonical, describe, modules
from compactvid.runs.provenance import Provenance

# What reads and shows results: editing it must not make a stored run stale.
_READERS = tuple(
    f"compactvid.{name}" for name in ("experiments", "runs", "report", "papers", "notebook", "cli", "root")
)


class Config(Protocol):
    """A frozen dataclass that can be run: `execute` works in `folder` and returns plain JSON data.

    Where it has a field `dataset`, `data_folder` is a folder of the data set's own, shared by all runs on it.
    """

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Run:
    """A finished run: its key, its folder, what it returned and where that came from."""

    key: str
    folder: Path
    result: dict[str, Any]
    provenance: dict[str, Any]


def load_or_run(config: Config) -> Run:
    """Return the stored run of `config`; run it first where there is none.

    The run's key is a digest of the canonical configuration (seed included), the code of the modules that it names and
    of all that these import (without comments and docstrings), and the content of the data files it reads. A second
    process that wants the same run waits for the first and reads its result. A run that was killed leaves only a
    folder named `.partial`, which is never read and is cleared by the next attempt.

    Raises
    ------
    TypeError
        `config` has no canonical form (see `compactvid.runs.config.describe`).
    ValueError
        The stored run is damaged: the file is named.
    """
    code = code_digest(modules(config), without=_READERS)
    dataset = getattr(config, "dataset", None)
    data = dataset.fingerprint() if dataset is not None else None
    key = _digest({"config": canonical(config), "code": code, "data": data})
    folder = runs_folder() / f"{type(config).__name__}-{key}"
    if not _finished(folder):
        with _locked(folder):
            if not _finished(folder):
                data_folder = None if dataset is None else _data_folder(dataset)
                _execute(config, key, folder, data_folder, {"code": code, "data": data})
    return Run(key, folder, _read(folder / "result.json"), _read(folder / "provenance.json"))


def prepare_data(dataset: Any) -> dict[str, list[Path]]:
    """Make a data set's files ready (write simulated ones, find real ones); return the paths of each split.

    Parameters
    ----------
    dataset
        A data set configuration with `prepare(folder)`.
    """
    return dict(dataset.prepare(_data_folder(dataset)))


def runs_folder() -> Path:
    """`COMPACTVID_RUNS`, or `.runs` in the project's root."""
    return Path(os.environ.get("COMPACTVID_RUNS") or project_root() / ".runs").absolute()


def _execute(config: Config, key: str, folder: Path, data_folder: Path | None, inputs: dict[str, Any]) -> None:
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    provenance = Provenance()
    result = config.execute(partial, data_folder)
    _write(partial / "config.json", describe(config))
    _write(partial / "result.json", dict(result))
    _write(partial / "provenance.json", {"key": key, **provenance.record(), **inputs})
    sync(partial)
    partial.rename(folder)
    sync(folder.parent)


def _data_folder(dataset: Any) -> Path:
    code = code_digest(modules(dataset), without=_READERS)
    return runs_folder() / "data" / f"{type(dataset).__name__}-{_digest({'config': canonical(dataset), 'code': code})}"


def _locked(folder: Path) -> FileLock:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f".{folder.name}.lock"))


def _finished(folder: Path) -> bool:
    return (folder / "provenance.json").is_file()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:20]


def _write(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    with replaced(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path}: not a readable result of a run ({error}); delete its folder to run it again"
        ) from error
