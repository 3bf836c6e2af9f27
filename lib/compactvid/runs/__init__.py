"""Runs: content-addressed, atomic, with their provenance."""

from compactvid.runs.code_digest import code_digest
from compactvid.runs.store import Run, load_or_run, prepare_data, runs_folder

__all__ = ["Run", "code_digest", "load_or_run", "prepare_data", "runs_folder"]
