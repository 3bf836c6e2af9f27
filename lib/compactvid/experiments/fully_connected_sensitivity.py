"""What else could decide how a compact fully connected layer compares with a dense one, without audio.

Each variation is a pair of models, compact and dense, on the same worlds: where the learned diagonal starts, half and
twice the learning rate of both, and twice the epochs for both. Everything else is the grid's.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import paired_differences
from compactvid.models import Circulant
from compactvid.training import TrainingRun

WORLDS = 2
VARIATIONS = {
    "base": "as tested",
    "ones": "diagonal starts at ones",
    "signs": "diagonal starts at ±1",
    "half_rate": "half the learning rate",
    "double_rate": "twice the learning rate",
    "longer": "twice the epochs",
}
OF_TWO = ("base", "ones")
HEADINGS = {
    "comparison": "variation",
    **{f"world {world}": f"this build, world {world}" for world in range(WORLDS)},
    "value": "two worlds of full",
    "recorded_value": "AudioSet",
}
FORMATS = {column: "" if column == "comparison" else "+.4f" for column in HEADINGS}


def runs(profile: str, seed: int) -> list[TrainingRun]:
    """All trainings, each once; those of the base are Table 2's too."""
    pairs = [pair(variation, profile, draw) for variation in _varied(profile) for draw in _draws(profile, seed)]
    return list(dict.fromkeys(training for found in zip(*pairs, strict=True) for training in found))


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a variation and world, compact minus dense: columns of `paired_differences.differences`."""
    found = {}
    for variation in _varied(profile):
        gaps = [[grid.gap(each) for each in pair(variation, profile, draw)] for draw in _draws(profile, seed)]
        compact, dense = np.transpose(gaps)
        found[variation] = (VARIATIONS[variation], compact - dense)
    return paired_differences.differences(found)


def by_world(means: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """The means, a row a variation, with the difference in each world: NaN where the variation was not trained."""
    wide = differences.pivot(index="key", columns="world", values="difference")
    return means.join(wide.rename(columns=lambda world: f"world {world}"), on="key")


def pair(variation: str, profile: str, draw: int) -> tuple[TrainingRun, TrainingRun]:
    """The trainings of the compact and the dense model; where the diagonal starts is no matter of the dense one."""
    compact = grid.config("table_2.Compact-FC")
    if variation in ("ones", "signs"):
        compact = replace(compact, fully_connected=Circulant(diagonal_initializer=variation))
    trainings = [grid.training(model, profile, draw) for model in (compact, grid.config("table_2.Dense-Model"))]
    factor = {"half_rate": 0.5, "double_rate": 2.0}.get(variation, 1.0)
    epochs = 2 if variation == "longer" else 1
    first, second = (
        replace(each, learning_rate=factor * each.learning_rate, epochs=epochs * each.epochs) for each in trainings
    )
    return first, second


def _varied(profile: str) -> tuple[str, ...]:
    return tuple(VARIATIONS) if profile == "full" else OF_TWO


def _draws(profile: str, seed: int) -> range:
    return grid.draws(profile, seed)[:WORLDS]
