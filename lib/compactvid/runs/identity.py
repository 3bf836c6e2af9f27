"""What names a run: its configuration, the code that it needs, and the data that it reads."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.root import project_root
from compactvid.runs.code_digest import code_digest
from compactvid.runs.config import canonical, modules

# What reads and shows results: editing it must not make a stored run stale.
_READERS = tuple(
    f"compactvid.{name}" for name in ("experiments", "runs", "report", "papers", "notebook", "cli", "root")
)


@dataclass(frozen=True)
class Identity:
    """A run's key with what went into it beside the configuration.

    `code` maps modules to digests (see `compactvid.runs.code_digest`); `data` says which files the run reads, by their
    SHA-256; None where they are a function of the configuration. The profile is not in the key: equal configurations
    give equal results, whichever profile asks for them. `data_folder` is a folder of the data set's own.
    """

    name: str
    key: str
    code: dict[str, str]
    data: str | None
    data_folder: Path | None

    @property
    def folder(self) -> Path:
        """Where the finished run lies in the store."""
        return runs_folder() / self.name

    @property
    def partial(self) -> Path:
        """Where it lies until it is finished."""
        return self.folder.with_name(self.name + ".partial")

    @property
    def lock(self) -> Path:
        """The file that whoever works on the run holds locked."""
        return self.folder.with_name(f".{self.name}.lock")


def identify(config: Any) -> Identity:
    """The identity that a configuration's run has with the present code and data.

    Raises
    ------
    TypeError
        `config` has no canonical form (see `compactvid.runs.config.describe`).
    """
    code = code_digest(modules(config), without=_READERS)
    dataset = getattr(config, "dataset", None)
    data, folder = (None, None) if dataset is None else (dataset.fingerprint(), data_folder(dataset))
    key = _digest({"config": canonical(config), "code": code, "data": data})
    return Identity(f"{type(config).__name__}-{key}", key, code, data, folder)


def data_folder(dataset: Any) -> Path:
    """The folder that a data set may write its files into, named by its configuration and code."""
    code = code_digest(modules(dataset), without=_READERS)
    return runs_folder() / "data" / f"{type(dataset).__name__}-{_digest({'config': canonical(dataset), 'code': code})}"


def runs_folder() -> Path:
    """`COMPACTVID_RUNS`, or `.runs` in the project's root."""
    return Path(os.environ.get("COMPACTVID_RUNS") or project_root() / ".runs").absolute()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:20]
