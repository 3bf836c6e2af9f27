"""Training steps of Araujo et al. 2018's base model by the factors of its fully connected layers, at the paper's size.

python benchmarks/circulant_training.py --output results/measured/circulant_training.json

Table 3's column of examples a second: the whole model with 150 frames a video, and a model of its two fully connected
layers alone. Steps are those of `keras.Model.fit` (forward, backward, clipped gradients, Adam) on random batches in
memory, with one thread; the models take turns, and each round is kept. Processor time counts, so that other work on the
machine disturbs it less; the load is recorded. The paper names no batch size: 32 here, for what fits into 8 GB.
"""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from timing import warn_of_load, write

from compactvid.cli.run_process import set_up
from compactvid.experiments.circulant_grid import paper_models
from compactvid.models import CirculantNetwork
from compactvid.runs.provenance import Provenance

ROWS = ("1", "3", "6", "Dense-FC")
ALONE = ("1", "1-with-diagonal", "3", "6", "Dense-FC")
FRAMES, LAYER_BATCHES = 150, (32, 128)


def whole_model(config: CirculantNetwork) -> Any:
    """The model with the optimizer and the loss that `TrainingRun` gives it."""
    import keras

    from compactvid.training.loss import multi_label_cross_entropy

    model = config.build()
    model.compile(keras.optimizers.Adam(2e-4, clipnorm=1.0), multi_label_cross_entropy)
    return model


def layers_alone(config: CirculantNetwork) -> Any:
    """The fully connected layers of video and audio, with the same optimizer."""
    import keras

    from compactvid.models.circulant import linear_layer

    inputs = [keras.Input((size,)) for size in (config.projection_size, config.projection_size // 2)]
    outputs = [linear_layer(config.hidden_size, config.fully_connected, f"fc{x.shape[-1]}")(x) for x in inputs]
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(2e-4, clipnorm=1.0), ["mean_squared_error"] * 2)
    return model


def video_batch(config: CirculantNetwork, batch_size: int, frames: int) -> tuple[Any, Any]:
    """Whole videos of random frames, three labels each."""
    generator = np.random.default_rng(0)
    features = {
        name: generator.standard_normal((batch_size, frames, size), dtype="float32")
        for name, size in (("rgb", config.rgb_size), ("audio", config.audio_size))
    }
    labels = np.zeros((batch_size, config.num_classes), dtype="float32")
    np.put_along_axis(labels, generator.integers(config.num_classes, size=(batch_size, 3)), 1.0, axis=1)
    return {**features, "num_frames": np.full(batch_size, frames, dtype="int32")}, labels


def layer_batch(config: CirculantNetwork, batch_size: int) -> tuple[Any, Any]:
    """Random descriptors of video and audio, and random targets."""
    generator = np.random.default_rng(0)
    sizes = (config.projection_size, config.projection_size // 2)
    draw = [
        generator.standard_normal((batch_size, size), dtype="float32") for size in sizes + 2 * (config.hidden_size,)
    ]
    return draw[:2], draw[2:]


def steps_in_turns(models: Mapping[str, Any], batch: tuple[Any, Any], rounds: int) -> dict[str, list[float]]:
    """Processor seconds of each model's step in each round, after two that are not kept."""
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for number in range(rounds + 2):
        for name, model in models.items():
            start = time.process_time()
            model.train_on_batch(*batch)
            if number >= 2:
                seconds[name].append(time.process_time() - start)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, default=32, help="videos a step (default: 32)")
    parser.add_argument("--rounds", type=int, default=12, help="steps of each whole model that are kept (default: 12)")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    set_up()
    load = [warn_of_load()]
    import keras

    clock = Provenance()
    configs = {name.removeprefix("table_3."): config for name, config in paper_models().items() if "table_3." in name}
    measured = []
    for batch_size in LAYER_BATCHES:
        models = {row: layers_alone(configs[row]) for row in ALONE}
        seconds = steps_in_turns(models, layer_batch(configs["1"], batch_size), 4 * options.rounds)
        measured.append({"part": "fully connected layers", "batch_size": batch_size, "seconds": seconds})
        del models
        keras.utils.clear_session()
    models = {row: whole_model(configs[row]) for row in ROWS}
    seconds = steps_in_turns(models, video_batch(configs["1"], options.batch_size, FRAMES), options.rounds)
    measured.append({"part": "whole model", "batch_size": options.batch_size, "seconds": seconds})
    for row in measured:
        speeds = {name: row["batch_size"] / np.median(values) for name, values in row["seconds"].items()}
        print(f"{row['part']:22} {row['batch_size']:4}", *(f"{name}: {speed:,.2f}/s" for name, speed in speeds.items()))
    load.append(os.getloadavg()[0])
    record = {
        "provenance": clock.record(),
        "load": load,
        "cores": os.cpu_count(),
        "threads": 1,
        "frames": FRAMES,
        "measured": measured,
    }
    write(record, options.output)


if __name__ == "__main__":
    main()
