"""What a training will cost in time, memory and storage, from what smaller ones of the same model cost here."""

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.optimize import nnls

from compactvid.compression import BestCheckpoints
from compactvid.runs.provenance import Provenance, device
from compactvid.runs.store import prepare_data
from compactvid.runs.stored import stored_runs
from compactvid.training import TrainingRun

Training = TrainingRun | BestCheckpoints
STATE_COPIES = 3
"""A checkpoint's size in weights: the weights and Adam's two moments."""
PASSES = 3
"""A training step's arithmetic in forward passes: forward, and the gradients of inputs and of weights."""


@dataclass(frozen=True)
class Measured:
    """What a training cost: its work (see `work`), seconds, and the peak memory of its process in MiB."""

    work: float
    seconds: float
    peak_memory_mib: float


@dataclass(frozen=True)
class Cost:
    """What a training will cost; `storage_mib` is the most that it holds on disk at a time, data sets aside."""

    seconds: float
    peak_memory_mib: float
    storage_mib: float


def predict(config: Training, examples: Mapping[str, int], measured: Sequence[Measured]) -> Cost:
    """Predict what a training costs where `measured` was measured.

    Seconds are affine in the work: a start (building and compiling the model), and so much an example. That assumes the
    same model, batch size, precision and device, videos of like length, and data that are read as fast. Memory is the
    largest measured: with the same model and batch size more examples need no more.

    Parameters
    ----------
    config
        The training.
    examples
        Number of examples of each split.
    measured
        Trainings of the same model at two amounts of work or more; see `stored` and `measure`.

    Raises
    ------
    ValueError
        `measured` has fewer than two amounts of work.
    """
    training, averages = _parts(config)
    weights = 4 * training.model.build(initialize=False).count_params()
    copies = training.epochs + averages + min(2, 1 + averages) + 2 * STATE_COPIES
    return Cost(
        seconds=_seconds(work(config, examples), measured),
        peak_memory_mib=max(each.peak_memory_mib for each in measured),
        storage_mib=copies * weights / 2**20,
    )


def expected(configs: Iterable[Any]) -> tuple[float, float] | None:
    """Seconds and peak memory in MiB of runs one after the other, predicted from `stored` ones.

    None where one of them is no training, or the store has not two amounts of work like it. Builds no model.
    """
    seconds, memory = 0.0, 0.0
    for config in configs:
        measured = stored(config) if isinstance(config, Training) else []
        if len({each.work for each in measured}) < 2:
            return None
        seconds += _seconds(work(config, examples(config.dataset)), measured)
        memory = max(memory, *(each.peak_memory_mib for each in measured))
    return seconds, memory


def work(config: Training, examples: Mapping[str, int]) -> float:
    """Examples that a training trains on, in all epochs, and a third of those that it evaluates (a forward pass)."""
    training, averages = _parts(config)
    reports = 1 if config is training else 2
    evaluated = (training.epochs + averages) * examples["validate"] + reports * examples["test"]
    return training.epochs * examples["train"] + evaluated / PASSES


def stored(config: Training) -> list[Measured]:
    """The finished runs of the store on this device that differ from `config` in data, epochs or seed at most."""
    found = []
    for run in stored_runs():
        try:
            other = run.config
            made = run.provenance
        except ValueError:
            continue  # of an earlier form
        if run.partial or type(other) is not type(config) or made.get("attempts") != 1 or made["device"] != device():
            continue
        if like(other) == like(config):
            found.append(Measured(work(other, examples(other.dataset)), made["seconds"], made["peak_memory_mib"]))
    return found


def like(config: Training) -> tuple:
    """What trainings have in common whose costs are on one line."""
    training, _ = _parts(config)
    return type(config), training.model, training.batch_size, training.precision, type(training.dataset)


def measure(configs: Iterable[Training]) -> list[Measured]:
    """Execute trainings, each in a process and folder of its own that are dropped. Data and imports are not counted."""
    measured = []
    for config in configs:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            measured.append(pool.submit(_execute, config).result())
    return measured


def smaller(config: Any, share: float) -> Any:
    """The same training on a share of its data; at least one file or video of each split."""
    if isinstance(config, BestCheckpoints):
        return replace(config, training=smaller(config.training, share))
    splits = {
        split: max(1, math.ceil(getattr(config.dataset, split) * share)) for split in ("train", "validate", "test")
    }
    return replace(config, dataset=replace(config.dataset, **splits))


def examples(dataset: Any) -> dict[str, int]:
    """Number of examples of each split of a data set, whose files are made ready where that needs them."""
    if hasattr(dataset, "counts"):
        return dict(dataset.counts)
    files = prepare_data(dataset)
    return {split: dataset.read(files, split).num_examples for split in files}


def multiply_adds(model: Any, *, frames: int) -> int:
    """Multiplications with an addition that a forward pass takes for one example, elementwise operations aside.

    Each weight matrix is applied once at every position of its layer's input: at each of `frames` frames, or once.
    (NetVLAD's centres stand for its second product, of frames and assignments, which takes as much.)

    Parameters
    ----------
    model
        A functional `keras.Model`.
    frames
        What an axis of unknown length counts.
    """
    total = 0
    for layer in model.layers:
        if layer.weights:
            inputs = layer.input[0] if isinstance(layer.input, list | tuple) else layer.input
            positions = math.prod(frames if size is None else size for size in inputs.shape[1:-1])
            total += positions * sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
    return total


def _seconds(amount: float, measured: Sequence[Measured]) -> float:
    works = [each.work for each in measured]
    if len(set(works)) < 2:
        raise ValueError(f"expected trainings at two amounts of work or more, found {sorted(set(works))}")
    # Least squares; neither a start nor an example takes negative time, however noisy the measurements.
    (start, per_example), _ = nnls(np.vander(works, 2, increasing=True), [each.seconds for each in measured])
    return float(start + per_example * amount)


def _parts(config: Training) -> tuple[TrainingRun, int]:
    """The training itself, and how many averages of its checkpoints are evaluated."""
    if isinstance(config, BestCheckpoints):
        return config.training, sum(1 for _ in config.ranges())
    return config, 0


def _execute(config: Training) -> Measured:
    import keras  # noqa: F401  (before the clock starts)

    with TemporaryDirectory() as folder:
        data, run = Path(folder, "data"), Path(folder, "run")
        files = config.dataset.prepare(data)
        counts = {split: config.dataset.read(files, split).num_examples for split in files}
        run.mkdir()
        clock = Provenance()
        config.execute(run, data)
        made = clock.record()
    return Measured(work(config, counts), made["seconds"], made["peak_memory_mib"])
