"""How much memory a call needs besides what its process holds before."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

_MMAP_THRESHOLD = -3
"""Parameter of glibc's `mallopt`, by its number in malloc.h."""


def give_back_memory() -> None:
    """Let glibc give each freed tensor back at once, so that a peak is one call's. To be called before any is made."""
    ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 64 * 1024)


def extra_memory(call: Callable[[], Any]) -> float:
    """MiB at the highest point of a call, beyond what is held before it; after a first call that is not counted."""
    call()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _of_status("VmRSS")
    call()
    return (_of_status("VmHWM") - before) / 1024


def _of_status(name: str) -> int:
    """KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise KeyError(name)
