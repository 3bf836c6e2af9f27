"""What lies in the store, and whether it still is what the present code would make."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.atomic import sync
from compactvid.runs.code_digest import source_file
from compactvid.runs.config import rebuild
from compactvid.runs.identity import Identity, identify, runs_folder
from compactvid.runs.outcome import outcome
from compactvid.runs.store import execute, locked, read_json

_FOLDER = re.compile(r"(?P<name>\w+-[0-9a-f]{20})(?P<partial>\.partial)?")


@dataclass(frozen=True)
class StoredRun:
    """A folder of the store; `partial` while its run is not finished."""

    name: str
    folder: Path
    partial: bool

    @property
    def config(self) -> Any:
        """Its configuration, rebuilt.

        Raises
        ------
        ValueError
            The present code has no such configuration, or the file is damaged; see `compactvid.runs.config.rebuild`.
        """
        return rebuild(read_json(self.folder / "config.json"))

    @property
    def provenance(self) -> dict[str, Any]:
        """Its provenance; of a partial run only what went into its key."""
        return read_json(self.folder / "provenance.json")

    def size(self) -> int:
        """Bytes of all its files."""
        return folder_size(self.folder)

    def changes(self) -> list[str]:
        """Why the present code and data would make another run, a line a reason; empty where they would make this one.

        Raises
        ------
        OSError
            Its data are not there, so nothing can be said.
        """
        try:
            now, then = identify(self.config), self.provenance
        except (ValueError, ModuleNotFoundError) as error:
            return [str(error)]
        if now.name == self.name:
            return []
        before, after = then["code"], now.code
        found = {
            "changed since": [module for module in before if module in after and before[module] != after[module]],
            "is needed now and was not": sorted(after.keys() - before.keys()),
            "was needed and is not any more": sorted(before.keys() - after.keys()),
        }
        lines = [f"{source_file(module)} {what}" for what, names in found.items() for module in names]
        if then["data"] != now.data:
            lines.append(f"data: {then['data']} -> {now.data}")
        return lines or ["the form of its key"]


def stored_runs() -> list[StoredRun]:
    """All runs in the store, sorted by name; a run that is executed again is there twice."""
    store = runs_folder()
    found = sorted(store.iterdir()) if store.is_dir() else []
    matches = [(path, _FOLDER.fullmatch(path.name)) for path in found if path.is_dir()]
    return [StoredRun(match["name"], path, bool(match["partial"])) for path, match in matches if match]


def find(text: str) -> StoredRun:
    """The one run whose name or key begins with `text`; a finished one goes before a partial one of the same name.

    Raises
    ------
    ValueError
        There is none, or more than one: they are named.
    """
    runs = [run for run in stored_runs() if run.name.startswith(text) or run.name.rpartition("-")[2].startswith(text)]
    names = sorted({run.name for run in runs})
    if len(names) != 1 or not text:
        what = f"{len(names)} runs begin with {text!r}: {', '.join(names)}" if names else f"no run begins with {text!r}"
        raise ValueError(f"{runs_folder()}: {what}")
    return runs[0]


def rerun(run: StoredRun) -> tuple[Identity, list[str]]:
    """Execute a finished run's configuration again; compare the outcomes.

    Where code and data are the same, the new run takes the place of the old one, which stays until then. Where they
    are not, it is another run, and the old one stays.

    Returns
    -------
    tuple
        The new run, and the names of its files that differ from the old one's.

    Raises
    ------
    ValueError
        The present code has no such configuration.
    """
    config = run.config
    new = identify(config)
    before = outcome(run.folder)
    with locked(new):
        execute(config, new)
        if new.folder.is_dir():
            aside = new.folder.with_name(new.name + ".previous")
            shutil.rmtree(aside, ignore_errors=True)
            new.folder.rename(aside)
            new.partial.rename(new.folder)
            shutil.rmtree(aside)
        else:
            new.partial.rename(new.folder)
        sync(new.folder.parent)
        after = outcome(new.folder)
    return new, sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
