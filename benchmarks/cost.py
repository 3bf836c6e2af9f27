"""Measure what trainings cost on this machine, predict larger ones, and check the prediction: see README.md.

python benchmarks/cost.py --output results/measured/cost.json

Two paper-size trainings of a few steps (16 GB of memory), then, of profile `small`, one training of each model:
predicted from shares of its data, then executed. It should be alone on the machine; the load is recorded. With
`--small` the latter alone, some minutes; what is recorded of the paper's size stays.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from timing import warn_of_load, write

from compactvid.cli.run_process import set_up
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.paper_cost import measure_paper, measure_small
from compactvid.experiments.real import video_level
from compactvid.runs.provenance import Provenance
from compactvid.runs.trainings import Training

GRID = ("K24-H1440", "K64-H512", "K16-H512", "K16-H256")
"""Of the models of Liu & Liu 2018 that `small` trains, from the largest to the smallest."""


def trainings() -> dict[str, Training]:
    """Trainings of profile `small` by name."""
    classifier = next(run for run in video_level.runs("small", 0)["draw_0"] if isinstance(run, Training))
    return {name: grid.training(name, "small", 0) for name in GRID} | {"video level": classifier}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    parser.add_argument("--small", action="store_true", help="only the check; the rest of --output stays as it is")
    options = parser.parse_args()
    if options.small and not (options.output and options.output.is_file()):
        parser.error("--small: expected --output with a record whose rest can stay")
    set_up()
    record = json.loads(options.output.read_text(encoding="utf-8")) if options.small else paper()
    write(record | {"small": small()}, options.output)


def paper() -> dict[str, Any]:
    """The paper's size, with its provenance."""
    load, clock = warn_of_load(), Provenance()
    found = measure_paper()
    print(f"paper: {found['predicted']['seconds'] / 3600:,.0f} h predicted for {found['model']}", flush=True)
    return {"provenance": clock.record(), "load": load, "cores": os.cpu_count(), "paper": found}


def small() -> dict[str, Any]:
    """The check, with a provenance of its own."""
    load, clock = warn_of_load(), Provenance()
    found = measure_small(trainings())
    for row in found["trainings"]:
        predicted, measured = row["predicted_seconds"], row["measured_seconds"]
        print(f"{row['training']:24} predicted {predicted:6.1f} s, measured {measured:6.1f} s")
    print(
        f"small: predicted {found['predicted_seconds']:.1f} s, measured {found['measured_seconds']:.1f} s: "
        f"{found['error']:+.1%}"
    )
    return found | {"provenance": clock.record(), "load": load}


if __name__ == "__main__":
    main()
