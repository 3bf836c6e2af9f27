"""How long each notebook and each run of a build took, from their provenance."""

import json

import pandas as pd

from compactvid.experiments import experiment, stems
from compactvid.root import project_root
from compactvid.runs import identify
from compactvid.runs.store import read_run


def run_times(profile: str, seed: int) -> pd.DataFrame:
    """One row a run: page, group, run (as `compactvid runs why` takes it), seconds, memory_mib, attempts, started.

    Memory is the process's peak until the run's end; runs of a group share their process.

    Raises
    ------
    ValueError
        A run of the build is not in the store, or damaged.
    """
    rows = []
    for stem in stems():
        for group, configs in experiment(stem).runs(profile, seed).items():
            for config in configs:
                run = identify(config)
                made = read_run(run).provenance
                rows.append(
                    {
                        "page": stem,
                        "group": group,
                        "run": run.name[:-12],
                        "seconds": made["seconds"],
                        "memory_mib": made["peak_memory_mib"],
                        "attempts": made.get("attempts", 1),
                        "started": made["started"],
                    }
                )
    return pd.DataFrame(rows)


def notebook_times(profile: str, runs: pd.DataFrame) -> pd.DataFrame:
    """One row a notebook: page, seconds, memory_mib, runs (how many it reads), run_seconds (of these), started.

    Parameters
    ----------
    profile
        The build's profile.
    runs
        What `run_times` found.
    """
    rows = []
    for stem in stems():
        path = project_root() / "_build" / "results" / profile / f"{stem}.json"
        made = json.loads(path.read_text(encoding="utf-8"))["provenance"]
        own = runs[runs["page"] == stem]
        rows.append(
            {
                "page": stem,
                "seconds": made["seconds"],
                "memory_mib": made["peak_memory_mib"],
                "runs": len(own),
                "run_seconds": own["seconds"].sum(),
                "started": made["started"],
            }
        )
    return pd.DataFrame(rows)
