"""What the store need not keep."""

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from compactvid.runs.identity import data_folder, runs_folder
from compactvid.runs.stored import StoredRun, stored_runs


def unneeded(names: Collection[str], datasets: Collection[Any]) -> list[Path]:
    """The folders of the store that can go.

    A run stays if it is among `names`, or if its data are not there at present, so that nothing can be said of it. A
    partial run goes with its name, and where a finished one lies beside it.

    Parameters
    ----------
    names
        Names of the runs that somebody needs.
    datasets
        Data set configurations whose files somebody needs.
    """
    runs = stored_runs()
    finished = {run.name for run in runs if not run.partial}
    found = [
        run.folder
        for run in runs
        if (run.partial and run.name in finished) or (run.name not in names and _has_its_data(run))
    ]
    found += sorted(runs_folder().glob("*.previous"))
    needed = {data_folder(dataset) for dataset in datasets}
    needed |= {folder for run in runs if run.partial and (folder := _data_of(run))}  # somebody may be reading them
    data = runs_folder() / "data"
    return found + sorted(path for path in data.glob("[!.]*") if path.is_dir() and path not in needed)


def remove(folder: Path) -> bool:
    """Delete a folder of the store, unless somebody works on it; return whether it went.

    It loses its name first, so that a deletion that is killed never leaves half of a run.
    """
    name = folder.name.removesuffix(".partial").removesuffix(".previous")
    try:
        with FileLock(folder.with_name(f".{name}.lock"), blocking=False):
            aside = folder.with_name(f"{folder.name}.previous")
            shutil.rmtree(aside, ignore_errors=True)
            folder.rename(aside)
            shutil.rmtree(aside)
    except Timeout:
        return False
    return True


def _data_of(run: StoredRun) -> Path | None:
    try:
        dataset = getattr(run.config, "dataset", None)
    except ValueError:
        return None
    return None if dataset is None else data_folder(dataset)


def _has_its_data(run: StoredRun) -> bool:
    try:
        run.changes()
    except OSError:
        return False
    return True
