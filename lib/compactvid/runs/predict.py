"""What a training will cost in time, memory and storage, from what smaller ones of the same model cost here."""

import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.optimize import nnls

from compactvid.runs.identity import identify
from compactvid.runs.provenance import device
from compactvid.runs.store import load_or_run, prepare_data, with_required
from compactvid.runs.stored import StoredRun, stored_runs
from compactvid.runs.trainings import Training, averages, examples, like, schedule, work

STATE_COPIES = 3
"""A checkpoint's size in weights: the weights and Adam's two moments."""


@dataclass(frozen=True)
class Measured:
    """What a training cost: its work (see `compactvid.runs.trainings.work`), seconds, and its process's peak in MiB."""

    work: float
    seconds: float
    peak_memory_mib: float


@dataclass(frozen=True)
class Cost:
    """What a training will cost; `storage_mib` is the most that it holds on disk at a time, data sets aside."""

    seconds: float
    peak_memory_mib: float
    storage_mib: float


@dataclass(frozen=True)
class Expected:
    """Seconds of some runs one after the other, their peak memory in MiB, and of the others how many there are."""

    seconds: float
    peak_memory_mib: float
    unknown: Mapping[str, int] = field(default_factory=dict)


def predict(config: Training, examples: Mapping[str, int], measured: Sequence[Measured]) -> Cost:
    """Predict what a training costs where `measured` was measured.

    Seconds are affine in the work: a start (building and compiling the model), and so much an example. That assumes the
    same model, batch size, precision and device, videos of like length, and data that are read as fast. Memory is the
    largest measured. That is too little where a data set that is held in memory, such as the simulated ones and
    AudioSet's, is larger than those measured.

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
    run, averaged = schedule(config), averages(config)
    weights = 4 * run.model.build(initialize=False).count_params()
    copies = run.epochs + averaged + min(2, 1 + averaged) + 2 * STATE_COPIES
    return Cost(
        seconds=_seconds(work(config, examples), measured),
        peak_memory_mib=max(each.peak_memory_mib for each in measured),
        storage_mib=copies * weights / 2**20,
    )


def expected(configs: Iterable[Any]) -> Expected:
    """What runs one after the other will cost, predicted from `stored` ones; builds no model.

    Unknown, by kind, are those that are no trainings, and trainings of which the store has not two amounts of work.
    """
    seconds, memory = 0.0, 0.0
    unknown: Counter[str] = Counter()
    found: dict[tuple, list[Measured]] = {}
    for config in configs:
        if isinstance(config, Training) and like(config) not in found:
            found[like(config)] = stored(config)
        measured = found[like(config)] if isinstance(config, Training) else []
        if len({each.work for each in measured}) < 2:
            unknown[type(config).__name__] += 1
            continue
        seconds += _seconds(work(config, examples(config.dataset)), measured)
        memory = max(memory, *(each.peak_memory_mib for each in measured))
    return Expected(seconds, memory, dict(unknown))


def resources(configs: Iterable[Any], estimate: Mapping[str, int]) -> dict[str, int]:
    """What a job that makes these runs asks of a scheduler, with room to spare: minutes `runtime`, and `mem_mb` in MB.

    Parameters
    ----------
    configs
        Its runs.
    estimate
        The least that is asked for where some runs are unknown (see `expected`), and all else that is asked for.
    """
    found = expected(configs)
    asked = {
        "runtime": 10 + math.ceil(2 * found.seconds / 60),
        "mem_mb": math.ceil(1.5 * found.peak_memory_mib * 2**20 / 10**6),
    }
    if found.unknown:
        asked = {name: max(amount, estimate[name]) for name, amount in asked.items()}
    return {**estimate, **asked}


def stored(config: Training) -> list[Measured]:
    """The finished runs of the store on this device that differ from `config` in data, epochs or seed at most."""
    found = []
    for run in stored_runs():
        if run.partial or not run.name.startswith(f"{type(config).__name__}-"):
            continue
        other, made = _recorded(run, (run.folder / "provenance.json").stat().st_mtime_ns)
        if other is None or made.get("attempts") != 1 or made["device"] != device() or like(other) != like(config):
            continue
        found.append(Measured(work(other, examples(other.dataset)), made["seconds"], made["peak_memory_mib"]))
    return found


def measure(
    configs: Iterable[Training], *, store: Path | None = None, set_up: Callable[[], Any] | None = None
) -> list[Measured]:
    """Execute trainings, each in a process of its own. Data, imports and the runs they start from are not counted.

    Parameters
    ----------
    configs
        The trainings.
    store
        Folder for their runs and data, which later calls may share; by default one that is dropped.
    set_up
        What each process calls first.
    """
    with TemporaryDirectory() as own:
        return [_measure(config, store or Path(own), set_up) for config in configs]


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


@cache
def _recorded(run: StoredRun, changed: int) -> tuple[Any, dict[str, Any]]:
    """Configuration and provenance of a run whose provenance was written at `changed`; None if of an earlier form."""
    try:
        return run.config, run.provenance
    except (ValueError, ModuleNotFoundError):
        return None, {}


def _measure(config: Training, store: Path, set_up: Callable[[], Any] | None) -> Measured:
    for each in reversed(with_required(config)):
        if each is config or not (store / identify(each).name).is_dir():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=set_up) as pool:
                made = pool.submit(_execute, each, store).result()
    return Measured(work(config, examples(config.dataset)), made["seconds"], made["peak_memory_mib"])


def _execute(config: Any, store: Path) -> dict[str, Any]:
    import keras  # noqa: F401  (before the clock starts)

    os.environ["COMPACTVID_RUNS"] = str(store)
    files = prepare_data(config.dataset)
    for split in files:
        _ = config.dataset.read(files, split).num_examples  # counts the records of a file, once
    return load_or_run(config).provenance
