"""Comparisons of Fig. 9 with fewer clips, other initialisations, other cells, more epochs: what `full` trains beside.

Fixed before any of it was run. With a quarter of the training clips, validation and test clips and the learning rates
are those of all of them. Every network of the paper has three initialisations in each world (they differ in the order
of clips and in dropout as well, which the same seed draws); worlds count, not trainings, so that a comparison has the
mean of the three for its number of a world. The dense map on features was still improving at its last epoch: it and the
tensor train get twice as many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments import recurrent_grid as grid
from compactvid.experiments import recurrent_scores as scored

Comparisons = Mapping[str, tuple[str, str, str]]
"""Claim -> in words, and the keys of the networks of which the second is subtracted from the first."""


@dataclass(frozen=True)
class Variation:
    """What is different, in words; options of the trainings whose mean counts; and the comparisons that have it."""

    words: str
    trainings: tuple[dict[str, Any], ...]
    claims: tuple[str, ...]


OF_THE_PAPER = ("features_beat_plain", "features_beat_frames", "tensorized_frames_beat_plain")
INITIALISATIONS = tuple({"initialisation": number} for number in range(3))
VARIATIONS = {
    "few_clips": Variation("a quarter of the training clips", ({"train": 240},), OF_THE_PAPER),
    "initialisations": Variation("means of three initialisations", INITIALISATIONS, OF_THE_PAPER),
    "gru": Variation("GRU cells", ({"cell": "gru"},), OF_THE_PAPER),
    "more_epochs": Variation("twice the epochs", ({"epochs": 80},), ("tensorized_as_good",)),
}
SPREAD_HEADINGS = {"model": "network", "initialisations": "of initialisations", "worlds": "of worlds"}
FORMATS = dict.fromkeys(("initialisations", "worlds"), ".1f")


def runs(comparisons: Comparisons, names: Mapping[str, str], profile: str, seed: int) -> dict[str, list]:
    """A group for each variation and network, key -> name of `names`; none where a profile has no controls."""
    if not grid.SCALES[profile].controls:
        return {}
    return {
        f"{key}_{kind}": [
            grid.training(names[key], profile, world, **options)
            for options in variation.trainings
            for world in grid.worlds(profile, seed)
        ]
        for kind, variation in VARIATIONS.items()
        for key in dict.fromkeys(key for claim in variation.claims for key in comparisons[claim][1:])
    }


def labels(comparisons: Comparisons) -> dict[str, str]:
    """Key and words of every comparison under its variations."""
    return {
        f"{kind}.{claim}": f"{comparisons[claim][0]}, {variation.words}"
        for kind, variation in VARIATIONS.items()
        for claim in variation.claims
    }


def differences(
    comparisons: Comparisons, names: Mapping[str, str], profile: str, seed: int
) -> dict[str, tuple[str, np.ndarray]]:
    """As `labels`, with differences in points, one a world."""
    found = {}
    words = labels(comparisons)
    for kind, variation in VARIATIONS.items():
        for claim in variation.claims:
            one, other = (
                _accuracies(names[key], variation.trainings, profile, seed).mean(axis=0)
                for key in comparisons[claim][1:]
            )
            found[f"{kind}.{claim}"] = words[f"{kind}.{claim}"], one - other
    return found


def spreads(names: Mapping[str, str], profile: str, seed: int) -> pd.DataFrame:
    """How far apart trainings of a network lie that differ in the initialisation alone, or in the world.

    One row a network, key -> name of which are `names`: columns of `SPREAD_HEADINGS`, and key; standard deviations of
    the test accuracy in points, of the initialisations of a world, and of the worlds' means over theirs. NaN where a
    profile has no controls.
    """
    rows = []
    for key, name in names.items():
        row: dict[str, Any] = {"key": key, "model": name, "initialisations": np.nan, "worlds": np.nan}
        if grid.SCALES[profile].controls:
            found = _accuracies(name, INITIALISATIONS, profile, seed)
            row |= {
                "initialisations": np.sqrt(found.var(axis=0, ddof=1).mean()),
                "worlds": found.mean(axis=0).std(ddof=1),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _accuracies(name: str, trainings: tuple[dict[str, Any], ...], profile: str, seed: int) -> np.ndarray:
    """(trainings, worlds), in %."""
    return np.array([scored.accuracies(name, profile, seed, **options) for options in trainings])
