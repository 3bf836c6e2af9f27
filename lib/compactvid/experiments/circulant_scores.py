"""What models of the circulant grid scored: one number a world, differences between models, curves over the epochs.

Differences are paired: two models of one world share its videos and their order. Intervals are 95 % t intervals over
the worlds.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import CirculantNetwork


def world_gaps(
    model: str | CirculantNetwork,
    profile: str,
    seed: int,
    *,
    worlds: int | None = None,
    learning_rate: float | None = None,
) -> np.ndarray:
    """Test GAP of a model in each of the profile's first `worlds`, or in all; see `circulant_grid.training`."""
    trainings = (
        grid.training(model, profile, draw, learning_rate=learning_rate) for draw in grid.draws(profile, seed)[:worlds]
    )
    return np.array([grid.gap(training) for training in trainings])


def differences(by_key: Mapping[str, tuple[str, np.ndarray]]) -> pd.DataFrame:
    """One row a comparison and world.

    Parameters
    ----------
    by_key
        Key -> how a page calls the comparison, and its difference in each world.

    Returns
    -------
    pandas.DataFrame
        Columns key, comparison, world (from 0) and difference.
    """
    return pd.DataFrame(
        [
            {"key": key, "comparison": comparison, "world": world, "difference": difference}
            for key, (comparison, values) in by_key.items()
            for world, difference in enumerate(values)
        ]
    )


def summary(differences: pd.DataFrame) -> pd.DataFrame:
    """One row a comparison: columns key, comparison, value (mean over the worlds) and value_spread."""
    rows = [
        (key, comparison, *mean_and_half_width(found["difference"].to_numpy()))
        for (key, comparison), found in differences.groupby(["key", "comparison"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["key", "comparison", "value", "value_spread"])


def described(summary: pd.DataFrame) -> str:
    """What a figure of a summary's differences shows, in words."""
    lines = [f"{row.comparison}: {row.value:+.4f} ± {row.value_spread:.4f}" for row in summary.itertuples()]
    return "Differences in test GAP, mean over the worlds and half the width of its 95 % interval. " + "; ".join(lines)


def curves(models: Mapping[str, str | CirculantNetwork], profile: str, seed: int) -> pd.DataFrame:
    """Validation GAP by epoch: columns model (the key of `models`), epoch (from 1), gap and gap_spread."""
    rows = []
    for name, model in models.items():
        worlds = [grid.history(grid.training(model, profile, draw)) for draw in grid.draws(profile, seed)]
        for epoch, values in enumerate(np.transpose(worlds), 1):
            rows.append((name, epoch, *mean_and_half_width(values)))
    return pd.DataFrame(rows, columns=["model", "epoch", "gap", "gap_spread"])
