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
HEADINGS = {"variation": "variation", **{f"world {world}": f"world {world}" for world in range(WORLDS)}} | {
    "mean": "mean",
    "recorded_mean": "AudioSet",
}
FORMATS = {column: "" if column == "variation" else "+.4f" for column in HEADINGS}


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


def table(differences: pd.DataFrame) -> pd.DataFrame:
    """One row a variation: its key and name (`variation`), its difference in each world, and their mean."""
    wide = differences.pivot(index=["key", "comparison"], columns="world", values="difference")
    wide = wide.loc[differences[["key", "comparison"]].drop_duplicates().itertuples(index=False, name=None)]
    wide = wide.rename(columns=lambda world: f"world {world}").rename_axis(["key", "variation"])
    return wide.assign(mean=wide.mean(axis=1)).rename_axis(None, axis=1).reset_index()


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
