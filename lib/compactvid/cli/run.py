"""`compactvid run`: train and measure what a table or figure needs."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def run(
    stem: Annotated[str, typer.Argument(help="Experiment, such as liu2018_table_1.")],
    group: Annotated[str | None, typer.Option(help="One group of its runs; all where not given.")] = None,
    profile: Annotated[str, typer.Option(help="smoke, small, or another that the experiment has.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
    marker: Annotated[Path | None, typer.Option(help="File to write the keys of the finished runs to.")] = None,
) -> None:
    """Run an experiment's configurations, one after the other; what the store has is not run again."""
    # One thread an operation: a run is bit-identical however many run beside it, and the runs share the cores.
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from compactvid.atomic import replaced
    from compactvid.experiments import experiment, require_profile
    from compactvid.runs import load_or_run

    try:
        require_profile(stem, profile)
        groups = experiment(stem).runs(profile, seed)
        configs = [config for name, found in groups.items() if group in (None, name) for config in found]
        if group is not None and group not in groups:
            raise ValueError(f"{stem}: unknown group {group!r}; there are {', '.join(groups)}")
    except ValueError as error:
        sys.exit(f"compactvid run: {error}")
    finished = []
    for number, config in enumerate(configs, 1):
        start = time.perf_counter()
        done = load_or_run(config)
        seconds = time.perf_counter() - start
        print(
            f"run {number}/{len(configs)} of {stem} ({group or 'all'}, {profile}): {done.folder.name} {seconds:.1f} s"
        )
        finished.append(done.key)
    if marker is not None:
        with replaced(marker) as temporary:
            temporary.write_text(json.dumps(finished, indent=0) + "\n", encoding="utf-8")
