"""Runs: content-addressed, atomic, with their provenance."""

from compactvid.runs.code_digest import code_digest
from compactvid.runs.identity import identify, runs_folder
from compactvid.runs.store import Run, StoreError, load_or_run, prepare_data

__all__ = ["Run", "StoreError", "code_digest", "identify", "load_or_run", "prepare_data", "runs_folder"]
