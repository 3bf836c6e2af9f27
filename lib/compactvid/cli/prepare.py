"""`compactvid prepare`: make ready the data that a table or figure needs."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def prepare(
    stem: Annotated[str, typer.Argument(help="Experiment, such as liu2018_table_1.")],
    profile: Annotated[str, typer.Option(help="One of the experiment's profiles.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
    marker: Annotated[Path | None, typer.Option(help="File to write the names of the files to.")] = None,
) -> None:
    """Write the simulated shards that an experiment reads, or find the real ones. What is there is left as it is."""
    from compactvid.atomic import replaced
    from compactvid.experiments import datasets
    from compactvid.runs import prepare_data

    start = time.perf_counter()
    try:
        found = [prepare_data(dataset) for dataset in datasets(stem, profile, seed)]
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"compactvid prepare: {error}")
    names = [[path.name for paths in splits.values() for path in paths] for splits in found]
    files = sum(map(len, names))
    print(f"data of {stem} ({profile}): {files} files, {len(found)} data sets, {time.perf_counter() - start:.1f} s")
    if marker is not None:
        with replaced(marker) as temporary:
            temporary.write_text(json.dumps(names, indent=0) + "\n", encoding="utf-8")
