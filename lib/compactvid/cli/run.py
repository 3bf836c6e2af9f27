"""`compactvid run`: train and measure what a table or figure needs."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def run(
    stem: Annotated[str, typer.Argument(help="Experiment, such as liu2018_table_1.")],
    group: Annotated[
        list[str] | None, typer.Option(help="A group of its runs, may be repeated; all where not given.")
    ] = None,
    profile: Annotated[str, typer.Option(help="smoke, small, or another that the experiment has.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
    marker: Annotated[Path | None, typer.Option(help="File to write the keys of the finished runs to.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="One line a run, none for its progress.")] = False,
) -> None:
    """Run an experiment's configurations, one after the other; what the store has is not run again."""
    from compactvid.cli.run_process import fast_convolutions, set_up

    set_up()  # before NumPy is imported, whose linear algebra asks once
    from compactvid.atomic import replaced
    from compactvid.experiments import experiment, require_profile
    from compactvid.runs import StoreError, load_or_run
    from compactvid.training.devices import process

    try:
        others = process() > 0
        require_profile(stem, profile)
        groups = experiment(stem).runs(profile, seed)
        if unknown := [name for name in group or () if name not in groups]:
            raise ValueError(f"{stem}: unknown group {unknown[0]!r}; there are {', '.join(groups)}")
        configs = [config for name in group or groups for config in groups[name]]
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"compactvid run: {error}")
    fast_convolutions(configs)
    logging.basicConfig(format="%(message)s", stream=sys.stdout)
    logging.getLogger("compactvid").setLevel(logging.WARNING if quiet or others else logging.INFO)
    asked = "+".join(group or ["all"])
    finished = []
    for number, config in enumerate(configs, 1):
        start = time.perf_counter()
        try:
            done = load_or_run(config)
        except (StoreError, FloatingPointError, ValueError) as error:
            sys.exit(f"compactvid run: {stem}, run {number}/{len(configs)}: {error}")
        finished.append(done.key)
        if others:  # of several processes that train together, the first one speaks
            continue
        seconds = time.perf_counter() - start
        print(f"run {number}/{len(configs)} of {stem} ({asked}, {profile}): {done.folder.name} {seconds:.1f} s")
    if marker is not None and not others:
        with replaced(marker) as temporary:
            temporary.write_text(json.dumps(finished, indent=0) + "\n", encoding="utf-8")
