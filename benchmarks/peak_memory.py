"""How much memory a call needs besides what its process holds before."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

_MMAP_THRESHOLD = -3
"""Parameter of glibc's `mallopt`, by its number in malloc.h."""


def give_back_memory() -> None:
    """Let each freed tensor be given back at once, so that a peak is one call's. To be called before
    TensorFlow is imported.

    With oneDNN, which it takes by itself on processors with AVX-512 VNNI, TensorFlow would keep them: it goes without.

    Raises
    ------
    RuntimeError
        A tensor that is made and freed leaves no peak.
    """
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 64 * 1024)
    import tensorflow as tf

    seen = extra_memory(lambda: tf.fill((64, 2**18), 1.0))
    if not 60 < seen < 80:
        raise RuntimeError(f"a tensor of 64 MiB was made and freed, and the peak of memory rose by {seen:.1f} MiB")


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
