"""Training steps of the recurrent networks of Cheng et al. 2018 at the paper's size, dense and as tensor trains.

python benchmarks/recurrent.py --output results/measured/recurrent.json

The three networks of Table 2 and the dense one on features: 6 frames a clip, batches of 16 clips (the paper names no
batch size), Adam, dropout 0.25 for all, in turns, one thread. Clips lie in memory; reading them is not counted. Then
the time that the 8-bit network of 608 x 608 takes for a frame, in LiteRT, which an epoch on features costs once for
each frame where the features are not kept. The dense network on features has 157 million weights and is measured last,
alone in memory: it needs 4 GB. The load is recorded. See README.md.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from timing import warn_of_load, write

from compactvid.cli.run_process import set_up
from compactvid.experiments.recurrent_counts import MODELS, PRINTED

BATCH_SIZE = 16
ALONE = "RNN on features"


def trainer(name: str) -> Any:
    """A function that takes a training step of a network on a fixed batch."""
    import keras

    config = MODELS[name]
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (BATCH_SIZE, config.num_frames, *config.frame_shape)).astype("float32")
    labels = np.eye(config.num_classes, dtype="float32")[random.integers(0, config.num_classes, BATCH_SIZE)]
    model = config.build()
    model.compile(keras.optimizers.Adam(0.001), "categorical_crossentropy", jit_compile=False)
    return lambda: model.train_on_batch({"frames": frames if config.pixels else frames / 255}, labels)


def in_turns(names: tuple[str, ...], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each step, after two to warm up."""
    steps = {name: trainer(name) for name in names}
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 2):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if number >= 2:
                found[name].append(1e3 * (time.perf_counter() - start))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="steps of each network that are kept (default: 15)")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    set_up()
    load = warn_of_load()
    import keras
    from detector import measure

    from compactvid.runs.provenance import Provenance

    clock = Provenance()
    milliseconds = in_turns(PRINTED, options.rounds)
    keras.utils.clear_session()
    milliseconds |= in_turns((ALONE,), options.rounds)
    keras.utils.clear_session()
    (eight_bit,) = (row for row in measure(608, options.rounds) if row["precision"] == "int8")
    record = {
        "load": load,
        "threads": 1,
        "batch_size": BATCH_SIZE,
        "frames": MODELS["DEEPEYE"].num_frames,
        "milliseconds": milliseconds,
        "frame_milliseconds": float(np.median(eight_bit["milliseconds"])),
    }
    for name, found in milliseconds.items():
        print(f"{name:24} {np.median(found):8.1f} ms a step ({min(found):.1f} to {max(found):.1f})")
    print(f"detector: {record['frame_milliseconds']:.1f} ms a frame")
    record["provenance"] = clock.record()
    write(record, options.output)


if __name__ == "__main__":
    main()
