"""Where a result came from: enough to make it again, and to tell why it might differ."""

import platform
import resource
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from compactvid.root import project_root

_PACKAGES = ("compactvid", "tensorflow", "jax", "keras", "numpy", "pandas")


class Provenance:
    """Clock and surroundings of one computation: start it before, `record()` it after.

    The record holds the start (UTC, ISO 8601), seconds, the process's peak memory so far in MiB, package versions,
    Python, the names of processor and accelerators, and the git commit where there is one, with `-modified` where
    tracked files differ from it.
    """

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._clock = time.perf_counter()

    def record(self) -> dict[str, Any]:
        return {
            "started": self._start.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - self._clock, 2),
            "peak_memory_mib": round(peak_memory_mib(), 1),
            "packages": package_versions(),
            "python": platform.python_version(),
            "device": device(),
            "commit": commit(),
        }


def peak_memory_mib() -> float:
    """The most memory that this process has held at a time, in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # What getrusage tells of a child on Linux begins with its parent's peak.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


@cache
def package_versions() -> dict[str, str]:
    """Installed versions of the packages that can move a number; one that is absent is left out."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def device() -> str:
    """The processor by name, with the number of cores the system shows, and the accelerators where JAX is in use."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        models = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        if models:
            name = f"{models[0]}, {len(models)} cores"
    devices = sys.modules["jax"].devices() if "jax" in sys.modules else []
    kinds = Counter(each.device_kind for each in devices if each.platform != "cpu")
    return "; ".join([name, *(f"{count} x {kind}" for kind, count in kinds.items())])


def commit() -> str | None:
    """The git commit of the project, or None outside a repository."""
    try:
        revision = _git("rev-parse", "--short=12", "HEAD")
        return revision + ("-modified" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    call = ["git", "-C", str(project_root()), *arguments]
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()
