"""One training on one device, on four simulated ones and in two processes: the same loss curve. See README.md.

python benchmarks/loss_curves.py --output results/measured/loss_curves.json

Runs on JAX and this machine's processors. Each training is a run of its own store, which is dropped.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from timing import write

from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.runs import load_or_run
from compactvid.runs.provenance import Provenance
from compactvid.training.devices import VARIABLE

MODEL = "K16-H256"
TRAINING = replace(grid.training(MODEL, "smoke", 0).training, checkpoint_steps=2)


def start(store: Path, devices: int, **variables: str) -> subprocess.Popen:
    """Train in a process of its own."""
    backend = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", VARIABLE: "1", "COMPACTVID_RUNS": str(store)}
    simulated = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
    return subprocess.Popen([sys.executable, __file__, "--train"], env=os.environ | backend | simulated | variables)


def curve(store: Path, *processes: subprocess.Popen) -> list[dict]:
    """The history of the store's run, once the processes have ended."""
    codes = [each.wait() for each in processes]
    (path,) = store.glob("TrainingRun-*/history.jsonl")
    assert not any(codes), codes
    return [json.loads(line) for line in path.read_text().splitlines()]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    parser.add_argument("--train", action="store_true", help="train in this process, as the environment says")
    options = parser.parse_args()
    if options.train:
        load_or_run(TRAINING)
        return
    clock = Provenance()
    with TemporaryDirectory() as folder:
        stores = {name: Path(folder, name) for name in ("one device", "four devices", "two processes")}
        both = {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{free_port()}",
            "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
        }
        curves = {}
        for name, store in stores.items():
            if name == "two processes":
                ids = [{"KERAS_DISTRIBUTION_PROCESS_ID": str(number)} for number in (0, 1)]
                processes = [start(store, 1, **both, **each) for each in ids]
            else:
                processes = [start(store, 4 if name == "four devices" else 1)]
            curves[name] = curve(store, *processes)
            print(name, *(f"{line['loss']:.6f}" for line in curves[name]))
    record = {"provenance": clock.record(), "model": MODEL, "batch_size": TRAINING.batch_size, "curves": curves}
    write(record, options.output)


if __name__ == "__main__":
    main()
