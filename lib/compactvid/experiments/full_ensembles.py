"""Ensembles of the grid's models that fill the challenge's limit of 1 GiB, and their GAP.

Sizes are those of the paper-size models that the trained ones stand for, at float16, counted on built models. Members
are weighted by size, so that nothing is tuned and a member that is replaced by two smaller ones passes its weight on to
them. These are nearly the paper's weights: for YHLS they are 0.374, 0.281, 0.196 and 0.149, where Fig. 2 has 0.39,
0.26, 0.21 and 0.14.
"""

from collections.abc import Iterable
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from compactvid.compression import StoredSize
from compactvid.compression.affordable_subsets import affordable_subsets
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.ensembles import BUDGET_BYTES, counted_bytes, stored_size
from compactvid.experiments.equal_bytes import trained_size
from compactvid.metrics import global_average_precision

TOLERANCE = 0.05
"""Sizes that differ by no more than this share count as equal."""


def size_runs(profile: str) -> list[StoredSize]:
    """The measurements of all members as they are trained; those at the paper's size are Table 1's."""
    return [trained_size(name, profile) for name in _members(profile).values()]


@cache
def sizes(profile: str, counted: str = "paper") -> dict[str, int]:
    """Letter -> float16 bytes at the paper's size, or as `trained`, of every model with a letter that is trained."""
    return {
        letter: counted_bytes(stored_size(name) if counted == "paper" else trained_size(name, profile))
        for letter, name in _members(profile).items()
    }


def budget(profile: str, counted: str = "paper") -> int:
    """The limit in bytes: 1 GiB, or as `trained` that share of the bytes of YHLS which it is of the paper's YHLS."""
    if counted == "paper":
        return BUDGET_BYTES
    winner, trained = (sum(sizes(profile, how)[letter] for letter in "YHLS") for how in ("paper", counted))
    return BUDGET_BYTES * trained // winner


@cache
def weighted_gap(members: str, profile: str, draw: int, split: str) -> float:
    """GAP of an ensemble, such as `YHLS`, whose members are weighted by size; `split` is `validate` or `test`."""
    labels, scores = _predictions(profile, draw, split)
    found = sizes(profile)
    # GAP knows the order alone, so the weights need not sum to 1.
    return global_average_precision(labels, sum(found[letter] * scores[letter] for letter in members))


def gaps(members: Iterable[str], profile: str, draw: int, split: str) -> np.ndarray:
    """GAP of several ensembles, their members in any order."""
    return np.array([weighted_gap("".join(sorted(names)), profile, draw, split) for names in members])


def full_ensembles(profile: str, counted: str = "paper") -> pd.DataFrame:
    """One row an ensemble within the limit that takes nearly as much as any with its number of models.

    Columns: members, models (how many), mib. One or two models of the grid can't fill the limit; the largest stand.
    Bytes are `counted` at the paper's size, or as `trained`.
    """
    found = sizes(profile, counted)
    letters, in_bytes = np.array(list(found)), np.array(list(found.values()))
    subsets = affordable_subsets(list(found.values()), budget(profile, counted))
    frame = pd.DataFrame(
        {
            "members": ["".join(letters[subset]) for subset in subsets],
            "models": subsets.sum(axis=1),
            "mib": subsets @ in_bytes / 2**20,
        }
    )
    most = frame.groupby("models")["mib"].transform("max")
    return frame[frame["mib"] >= (1 - TOLERANCE) * most].sort_values(["models", "mib"], ignore_index=True)


def swaps(profile: str) -> pd.DataFrame:
    """One row for each way to replace a model of a full ensemble of three by two of its size.

    Columns: larger (gamma in the paper's example), smaller (alpha and beta), others (eta and theta). Both ensembles lie
    within the limit and take nearly all of it.
    """
    found, least = sizes(profile), (1 - TOLERANCE) * BUDGET_BYTES
    rows = []
    for larger, size in found.items():
        for pair in combinations([letter for letter in found if letter != larger], 2):
            two = found[pair[0]] + found[pair[1]]
            if abs(two - size) > TOLERANCE * size:
                continue
            for others in combinations([letter for letter in found if letter not in (larger, *pair)], 2):
                rest = found[others[0]] + found[others[1]]
                if least <= min(two, size) + rest and max(two, size) + rest <= BUDGET_BYTES:
                    rows.append({"larger": larger, "smaller": "".join(pair), "others": "".join(others)})
    return pd.DataFrame(rows)


def best_gap(ensembles: pd.DataFrame, profile: str, draw: int) -> float:
    """Test GAP of the ensemble with the largest validation GAP."""
    chosen = np.argmax(gaps(ensembles["members"], profile, draw, "validate"))
    return weighted_gap(ensembles["members"].iloc[chosen], profile, draw, "test")


def margins(profile: str, draw: int, split: str) -> pd.DataFrame:
    """For each replacement what the two gain over the one: `alone`, `inside`, and the smaller margin of `reversal`."""
    found = swaps(profile)
    gap = {
        (side, place): np.array(
            gaps(found[side] + (found["others"] if place == "inside" else ""), profile, draw, split)
        )
        for side in ("larger", "smaller")
        for place in ("alone", "inside")
    }
    gains = pd.DataFrame({place: gap["smaller", place] - gap["larger", place] for place in ("alone", "inside")})
    return gains.assign(reversal=np.minimum(gains["alone"], -gains["inside"]))


def _members(profile: str) -> dict[str, str]:
    trained = grid.trained_models(profile)
    return {letter: name for letter, name in grid.names_by_letter().items() if name in trained}


@cache
def _predictions(profile: str, draw: int, split: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Labels (videos, classes), and the scores of each member, (videos, classes)."""
    read = {letter: grid.predictions(name, profile, draw, split) for letter, name in _members(profile).items()}
    labels, _ = next(iter(read.values()))
    return labels, {letter: scores for letter, (_, scores) in read.items()}
