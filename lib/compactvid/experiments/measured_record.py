"""What the benchmarks measured, kept in `results/measured`."""

import json
from functools import cache
from typing import Any

from compactvid.root import project_root


@cache
def measured_record(name: str) -> dict[str, Any]:
    """The record NAME of a benchmark, as `make record-...` wrote it.

    Raises
    ------
    FileNotFoundError
        It has not run yet.
    """
    path = project_root() / "results" / "measured" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))
