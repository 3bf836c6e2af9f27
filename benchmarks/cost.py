"""Measure what trainings cost on this machine, predict larger ones, and check the prediction: see README.md.

python benchmarks/cost.py --output results/measured/cost.json

Two paper-size trainings of a few steps (some 5 GB of memory), then, of profile `small`, one training of each model:
predicted from shares of its data, then executed. It should be alone on the machine; the load is recorded.
"""

import argparse
import os
from pathlib import Path

from timing import warn_of_load, write

from compactvid.cli.run_process import set_up
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.paper_cost import measure_paper, measure_small
from compactvid.experiments.real import video_level
from compactvid.runs.predict import Training
from compactvid.runs.provenance import Provenance

GRID = ("K24-H1440", "K64-H512", "K16-H512", "K16-H256")
"""Of the models of Liu & Liu 2018 that `small` trains, from the largest to the smallest."""


def trainings() -> dict[str, Training]:
    """Trainings of profile `small` by name."""
    classifier = next(run for run in video_level.runs("small", 0)["draw_0"] if isinstance(run, Training))
    return {name: grid.training(name, "small", 0) for name in GRID} | {"video level": classifier}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    set_up()
    load = warn_of_load()
    clock = Provenance()
    paper = measure_paper()
    print(f"paper: {paper['predicted']['seconds'] / 3600:,.0f} h predicted for {paper['model']}", flush=True)
    small = measure_small(trainings())
    for row in small["trainings"]:
        predicted, measured = row["predicted_seconds"], row["measured_seconds"]
        print(f"{row['training']:24} predicted {predicted:6.1f} s, measured {measured:6.1f} s")
    print(
        f"small: predicted {small['predicted_seconds']:.1f} s, measured {small['measured_seconds']:.1f} s: "
        f"{small['error']:+.1%}"
    )
    record = {"provenance": clock.record(), "load": load, "cores": os.cpu_count(), "paper": paper, "small": small}
    write(record, options.output)


if __name__ == "__main__":
    main()
