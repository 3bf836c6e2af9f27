"""What every test may rely on."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# Real samples where they lie beside the project; tests that need them say so where they do not.
if SHARED_DATA.is_dir():
    os.environ.setdefault("COMPACTVID_DATA", str(SHARED_DATA))
# The tests' processes share the cores: one thread each is faster than two that fight.
os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT
