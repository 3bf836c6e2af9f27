"""The detector of Cheng et al. 2018 at its full size: float32 against 8 bits, in a runtime for terminal devices.

python benchmarks/detector.py --output results/measured/detector.json

Tiny YOLOv2 with 20 classes, 15,867,885 values drawn from a fixed seed, for pictures of 608 x 608 (Table 1) and of 416 x
416 (Darknet's configuration file), as two LiteRT files each: float32, and all in 8 bits, with ranges found on a few
simulated scenes. LiteRT's interpreter runs both on one thread, a frame at a time, in turns; each round is kept. What it
computes is compared with the Keras model first. Processor time counts, so that other work on the machine disturbs it
less; the load is recorded. See README.md.
"""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from timing import warn_of_load, write

from compactvid.cli.run_process import set_up
from compactvid.compression.litert import LiteRTModel, export_litert
from compactvid.compression.litert_operators import convolution_multiplications, litert_operators
from compactvid.datasets.simulated import SceneWorld
from compactvid.models import TinyYOLOv2
from compactvid.runs.provenance import Provenance

SIZES = (608, 416)
SEED = 0
CALIBRATION = 8
"""Pictures on which the ranges of feature maps are found."""
PARAMETERS = 15_867_885
LARGEST_ERROR = {"float32": 1e-4, "int8": 0.5}
"""Relative to the output; a broken file is off by all of it."""


def pictures(size: int, count: int) -> np.ndarray:
    """Simulated scenes, float32 (count, size, size, 3) in [0, 1]."""
    scenes = SceneWorld(height=size, width=size, seed=SEED).scenes("test", count)
    return np.stack([scene.image for scene in scenes]).astype("float32") / 255


def measure(size: int, rounds: int) -> list[dict[str, Any]]:
    """The float32 file and the 8-bit one of a network: bytes, multiplications, error and milliseconds."""
    import keras

    keras.utils.set_random_seed(SEED)
    model = TinyYOLOv2(input_size=(size, size)).build()
    if model.count_params() != PARAMETERS:
        raise ValueError(f"the network has {model.count_params():,} values, expected {PARAMETERS:,}")
    *calibration, frame = np.split(pictures(size, CALIBRATION + 1), CALIBRATION + 1)
    expected = keras.ops.convert_to_numpy(model({"image": frame}, training=False))
    rows, files = [], {}
    with TemporaryDirectory() as folder:
        for precision in LARGEST_ERROR:
            batches = [{"image": picture} for picture in calibration] if precision == "int8" else None
            file = Path(folder) / f"{precision}.tflite"
            export_litert(model, file, precision=precision, representative=batches)
            files[precision] = LiteRTModel(file)
            error = float(np.sqrt(np.mean((files[precision]({"image": frame}) - expected) ** 2) / np.mean(expected**2)))
            if not error < LARGEST_ERROR[precision]:
                raise ValueError(f"{size} x {size}, {precision}: its output is off by {error:.2g} of the network's")
            rows.append(
                {
                    "input_size": size,
                    "precision": precision,
                    "file_bytes": file.stat().st_size,
                    "multiplications": convolution_multiplications(litert_operators(file)),
                    "error": error,
                }
            )
    del model
    keras.utils.clear_session()
    milliseconds = in_turns(files, frame, rounds)
    return [{**row, "milliseconds": milliseconds[row["precision"]]} for row in rows]


def in_turns(files: Mapping[str, LiteRTModel], frame: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """Processor milliseconds of each file's frame in each round, after two that are not kept."""
    milliseconds: dict[str, list[float]] = {name: [] for name in files}
    for number in range(rounds + 2):
        for name, file in files.items():
            start = time.process_time()
            file({"image": frame})
            if number >= 2:
                milliseconds[name].append(1e3 * (time.process_time() - start))
    return milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="frames of each file that are kept (default: 30)")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    set_up()
    load = [warn_of_load()]
    clock = Provenance()
    networks = []
    for size in SIZES:
        networks += (rows := measure(size, options.rounds))
        for row in rows:
            first, median, third = np.percentile(row["milliseconds"], (25, 50, 75))
            print(
                f"{size} {row['precision']:8} {row['file_bytes']:,} bytes, {row['multiplications']:,} multiplications, "
                f"error {row['error']:.1e}, {median:.1f} ms ({first:.1f} to {third:.1f})",
                flush=True,
            )
    load.append(os.getloadavg()[0])
    record = {
        "provenance": clock.record(),
        "load": load,
        "threads": 1,
        "calibration": CALIBRATION,
        "networks": networks,
    }
    write(record, options.output)


if __name__ == "__main__":
    main()
