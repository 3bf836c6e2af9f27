"""The kinds of runs that train, and what their costs depend on."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from compactvid.compression import BestCheckpoints
from compactvid.compression.action_training import ActionTraining
from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.compression.distillation import Distillation
from compactvid.compression.fine_tuning import FineTuning
from compactvid.datasets.simulated.splits import SPLITS
from compactvid.runs.store import prepare_data
from compactvid.training import DetectionTraining, TrainingRun

Training = (
    TrainingRun | BestCheckpoints | FineTuning | Distillation | ActionTraining | DetectionTraining | DetectionFineTuning
)
PASSES = 3
"""A training step's arithmetic in forward passes: forward, and the gradients of inputs and of weights."""


def schedule(config: Training) -> TrainingRun:
    """The optimisation of a training: its model, data, epochs and batch size."""
    if isinstance(config, TrainingRun):
        return config
    return schedule(config.student if isinstance(config, Distillation) else config.training)


def averages(config: Training) -> int:
    """How many averages of its checkpoints a training evaluates."""
    if isinstance(config, Distillation):
        return averages(config.student)
    return sum(1 for _ in config.ranges()) if isinstance(config, BestCheckpoints) else 0


def work(config: Training, examples: Mapping[str, int]) -> float:
    """Examples that a training trains on, in all epochs, and a third of those that it evaluates (a forward pass).

    Parameters
    ----------
    config
        The training.
    examples
        Number of examples of each split.
    """
    epochs, averaged, train = schedule(config).epochs, averages(config), examples["train"]
    reports = epochs if isinstance(config, ActionTraining) else 2 if averaged else 1
    evaluated = (epochs + averaged) * examples["validate"] + reports * examples["test"]
    if isinstance(config, Distillation):
        evaluated += len(config.teachers) * train
    return epochs * train + evaluated / PASSES


def like(config: Training) -> tuple:
    """What trainings have in common whose costs are on one line."""
    run = schedule(config)
    detection = config.training if isinstance(config, DetectionFineTuning) else config
    teachers = config.teachers if isinstance(config, Distillation) else ()
    return (
        type(config),
        run.model,
        run.batch_size,
        run.precision,
        type(run.dataset),
        type(getattr(config, "method", None)),
        getattr(detection, "augmentation", None),
        tuple(schedule(teacher).model for teacher in teachers),
    )


def smaller(config: Any, share: float) -> Any:
    """The same training on a share of its data, and so the runs that it starts from; of each split one at least.

    Raises
    ------
    ValueError
        Its data set says not how many files or examples its splits have.
    """
    if isinstance(config, tuple):
        return tuple(smaller(each, share) for each in config)
    if not is_dataclass(config) or isinstance(config, type):
        return config
    splits = {split: getattr(config, split) for split in SPLITS if hasattr(config, split)}
    if len(splits) == len(SPLITS):
        if not all(isinstance(size, int) for size in splits.values()):
            raise ValueError(f"{type(config).__name__} has shares of its data as splits: no smaller ones can be taken")
        return replace(config, **{split: max(1, math.ceil(size * share)) for split, size in splits.items()})
    parts = {field.name: smaller(getattr(config, field.name), share) for field in fields(config) if field.init}
    return replace(config, **parts)


@cache
def examples(dataset: Any) -> dict[str, int]:
    """Number of examples of each split of a data set, whose files are made ready where that needs them."""
    if hasattr(dataset, "counts"):
        return dict(dataset.counts)
    files = prepare_data(dataset)
    return {split: dataset.read(files, split).num_examples for split in files}
