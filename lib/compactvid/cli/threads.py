"""How many threads a run computes with."""

import os


def one_thread() -> None:
    """One thread an operation: a run is bit-identical however many run beside it, and the runs share the cores."""
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
