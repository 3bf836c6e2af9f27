"""What the action classifiers of the grid scored: one number a world, in % or percentage points."""

from typing import Any

import numpy as np

from compactvid.experiments import recurrent_grid as grid
from compactvid.runs import load_or_run

DIFFERENCE_HEADINGS = {
    "comparison": "difference",
    "value": "points",
    "value_spread": "±",
    "full_value": "five worlds",
    "full_value_spread": "±",
}
"""Of tables of differences, of a build and recorded."""


def results(name: str, profile: str, seed: int, **options: Any) -> list[dict[str, Any]]:
    """What the trainings of a network returned, a world each; `options` are of `recurrent_grid.training`."""
    trainings = (grid.training(name, profile, world, **options) for world in grid.worlds(profile, seed))
    return [load_or_run(training).result for training in trainings]


def accuracies(name: str, profile: str, seed: int, **options: Any) -> np.ndarray:
    """Test accuracy in %, of the epoch that validation chose, in each world."""
    return 100 * np.array([result["accuracy"] for result in results(name, profile, seed, **options)])


def peaks(name: str, profile: str, seed: int) -> np.ndarray:
    """The largest test accuracy of any epoch, in %, in each world: what the paper reports."""
    return curves(name, profile, seed, "test_accuracy").max(axis=1)


def curves(name: str, profile: str, seed: int, column: str) -> np.ndarray:
    """A column of the history, (worlds, epochs): `loss` in nats, or an accuracy in %."""
    histories = [result["history"] for result in results(name, profile, seed)]
    found = np.array([[line[column] for line in history] for history in histories])
    return found if column == "loss" else 100 * found
