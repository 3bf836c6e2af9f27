"""How the process of a run is set up: its threads and its memory."""

import ctypes
import os
import sys
from collections.abc import Iterable
from typing import Any

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
"""Parameters of glibc's `mallopt`, by their numbers in malloc.h."""
_CONVOLUTIONAL = {"compactvid.models.tiny_yolov2"}
"""Modules of convolutional models."""


def set_up() -> None:
    """One thread, and memory that is kept once it was had; to be called before NumPy is imported."""
    one_thread()
    keep_memory()


def one_thread() -> None:
    """One thread an operation: a run is bit-identical however many run beside it, and the runs share the cores."""
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def keep_memory() -> bool:
    """Let glibc keep freed memory for the next tensor; return whether it does (elsewhere nothing is changed).

    By default it gives each large tensor back to the system, which clears its pages anew for the next one: up to half
    of a short training's time. What a process holds is about the most that it ever used at once.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = {_ARENA_MAX: 1, _MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1, _TOP_PAD: 64 * 2**20}
    return all(mallopt(parameter, value) == 1 for parameter, value in settings.items())


def fast_convolutions(configs: Iterable[Any]) -> None:
    """Let TensorFlow use oneDNN where a configuration names a convolutional model; to be called before it is imported.

    By default it does so only on processors with AVX-512 VNNI. Elsewhere Tiny YOLOv2 takes two and a half times as long
    to train without. Other trainings gain nothing and keep the order of their sums.
    """
    from compactvid.runs.config import modules

    if any(_CONVOLUTIONAL & modules(config) for config in configs):
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
