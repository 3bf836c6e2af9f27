"""What models of the circulant grid scored: one number a world, differences between models, curves over the epochs.

Differences are paired: two models of one world share its videos and their order. Intervals are 95 % t intervals over
the worlds. At the profile `real` a world is a division of AudioSet's files, or YouTube-8M's, into splits.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.circulant_variations import draws, varied
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.paired_differences import differences
from compactvid.experiments.recorded_values import beside_full, beside_recorded
from compactvid.models import CirculantNetwork

ANSWER_HEADINGS = {
    "comparison": "difference",
    "value": "ours",
    "value_spread": "±",
    "full_value": "five worlds",
    "full_value_spread": "±",
    "recorded_value": "AudioSet",
    "recorded_value_spread": "±",
}
GAP_AT_FULL = {"full_gap": "five worlds", "full_gap_spread": "±"}
"""Headings of the columns that `recorded_values.beside_full` adds to GAPs."""
GAP_AT_REAL = {"recorded_gap": "AudioSet", "recorded_gap_spread": "±"}
"""Headings of the columns that `beside_real` adds to GAPs."""
ANSWER_FORMATS = {
    name: "" if name == "comparison" else "+.4f" if name.endswith("value") else ".4f" for name in ANSWER_HEADINGS
}


def world_gaps(model: str | CirculantNetwork, profile: str, seed: int, *, variation: str | None = None) -> np.ndarray:
    """Test GAP of a model in each of the profile's worlds, or in those of a variation; see `circulant_variations`."""
    return np.array(
        [grid.gap(varied(grid.training(model, profile, draw), variation)) for draw in draws(profile, seed, variation)]
    )


def model_differences(
    comparisons: Mapping[str, tuple[str, str, str]], profile: str, seed: int, *, variation: str | None = None
) -> pd.DataFrame:
    """One row a comparison and world: columns of `paired_differences.differences`.

    Parameters
    ----------
    comparisons
        Key -> how a page calls it, and the two models of the grid of which the second is subtracted from the first.
    variation
        See `circulant_variations.draws`.
    """
    names = dict.fromkeys(name for _, *pair in comparisons.values() for name in pair)
    gaps = {name: world_gaps(name, profile, seed, variation=variation) for name in names}
    return differences(
        {key: (label, gaps[first] - gaps[second]) for key, (label, first, second) in comparisons.items()}
    )


def result_key(key: str, profile: str) -> str:
    """The key of a trained quantity at a profile.

    At `real` it is one of its own (`araujo2018.real.claims.x` for `araujo2018.claims.x`, and on YouTube-8M's frames
    `araujo2018.youtube8m.claims.x`), which no row of the ledger has: see `compactvid.experiments.circulant_audio` and
    `compactvid.experiments.circulant_youtube8m`.
    """
    return _key_of(grid.source(profile), key)


def answers(
    summary: pd.DataFrame, stem: str, claims: Collection[str], profile: str, *, others: str | None = None
) -> pd.DataFrame:
    """The summary with the result key of each comparison (`result`), and what was recorded of it.

    Columns `full_value` are of the profile `full`, with five worlds, and `recorded_value` of `real` on AudioSet.

    Parameters
    ----------
    summary
        Of `summary`.
    stem, claims
        Comparisons in `claims` answer rows of the ledger (`araujo2018.claims.KEY`); `others` have keys of the
        experiment's own (`STEM.KEY`), or begin as given.
    """
    begin = others or stem
    keys = [f"araujo2018.claims.{key}" if key in claims else f"{begin}.{key}" for key in summary["key"]]
    found = summary.assign(real=[_key_of("audioset", key) for key in keys])
    found = beside_recorded(found, ["value"], "{real}", stem).drop(columns="real")
    found = beside_full(found.assign(result=keys), ["value"], "{result}", stem)
    return found.assign(result=[result_key(key, profile) for key in keys])


def at_real(frame: pd.DataFrame, profile: str) -> pd.DataFrame:
    """The frame at the profile `real`, and none of its rows at others: what is recorded there alone."""
    return frame if profile == "real" else frame[:0]


def beside_real(frame: pd.DataFrame, columns: list[str], key: str, stem: str) -> pd.DataFrame:
    """The frame with what `real` recorded on AudioSet of columns that have the keys `key` here: `beside_recorded`."""
    return beside_recorded(frame, columns, _key_of("audioset", key), stem)


def curves(models: Mapping[str, str | CirculantNetwork], profile: str, seed: int) -> pd.DataFrame:
    """Validation GAP by epoch: columns model (the key of `models`), epoch (from 1), gap and gap_spread."""
    rows = []
    for name, model in models.items():
        worlds = [grid.history(grid.training(model, profile, draw)) for draw in grid.draws(profile, seed)]
        for epoch, values in enumerate(np.transpose(worlds), 1):
            rows.append((name, epoch, *mean_and_half_width(values)))
    return pd.DataFrame(rows, columns=["model", "epoch", "gap", "gap_spread"])


def _key_of(source: str, key: str) -> str:
    """The key of a quantity by `circulant_grid.source`."""
    first, rest = key.split(".", 1)
    kind = {"simulated": "", "audioset": "real.", "youtube8m": "youtube8m."}[source]
    return f"{first}.{kind}{rest}"
