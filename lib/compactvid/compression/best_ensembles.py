"""The best ensembles that fit into a budget of bytes."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from compactvid.compression.affordable_subsets import affordable_subsets
from compactvid.compression.ensemble_score import fit_printed_ensembles

Score = Callable[[np.ndarray, pd.DataFrame], np.ndarray]
"""(members, candidates) -> score of each subset, larger is better; members is boolean, (subsets, candidates)."""


def best_ensembles(
    candidates: pd.DataFrame | Iterable[tuple],
    budget_bytes: int,
    *,
    score: Score | None = None,
    top: int | None = 10,
) -> pd.DataFrame:
    """Score every subset of the candidates that fits into the budget, and return the best.

    The search is exact: no subset that fits is left out. What it recommends is as good as `score` is; the default
    predicts GAP with `compactvid.compression.ensemble_score.fit_printed_ensembles`, whose `error` is larger than the
    difference between most good ensembles.

    Parameters
    ----------
    candidates
        Columns name (unique), bytes (whole numbers > 0) and what `score` needs: for the default, gap. Or tuples of
        (name, bytes) or (name, bytes, gap).
    budget_bytes
        Most bytes of an ensemble; the challenge's limit is 2**30.
    score
        Takes boolean members of shape (subsets, candidates) and the candidates as a frame, and returns (subsets,)
        numbers, larger is better.
    top
        How many to return; all with None.

    Returns
    -------
    DataFrame
        Best first, columns members (tuple of names, in the order of the candidates), models, bytes and score. Of equal
        scores the ensemble with fewer bytes goes first, then the one with fewer models.

    Raises
    ------
    ValueError
        There are no candidates, or two of one name; a column is missing; bytes are not whole numbers > 0; no candidate
        fits; `top` is below 1; or `score` returns another shape or NaN.
    """
    frame = _checked(candidates, needed=["name", "bytes"] if score else ["name", "bytes", "gap"])
    if top is not None and top < 1:
        raise ValueError(f"best_ensembles: top must be at least 1, not {top}")
    names, sizes = frame["name"].to_numpy(), frame["bytes"].to_numpy()
    members = affordable_subsets(sizes, budget_bytes)
    scores = np.asarray((score or fit_printed_ensembles())(members, frame), dtype="float64")
    if scores.shape != (len(members),):
        raise ValueError(f"best_ensembles: score must return {len(members)} numbers, got shape {scores.shape}")
    if (unknown := np.flatnonzero(np.isnan(scores))).size:
        raise ValueError(f"best_ensembles: score is NaN for {tuple(names[members[unknown[0]]])}")
    used, models = members @ sizes, members.sum(axis=1)
    order = np.lexsort((models, used, -scores))[:top]
    return pd.DataFrame(
        {
            "members": [tuple(names[subset]) for subset in members[order]],
            "models": models[order],
            "bytes": used[order],
            "score": scores[order],
        }
    )


def _checked(candidates: pd.DataFrame | Iterable[tuple], needed: list[str]) -> pd.DataFrame:
    if not isinstance(candidates, pd.DataFrame):
        rows = list(candidates)
        candidates = pd.DataFrame(rows, columns=["name", "bytes", "gap"][: len(rows[0]) if rows else 2])
    if candidates.empty:
        raise ValueError("best_ensembles: there are no candidates")
    if missing := [column for column in needed if column not in candidates]:
        raise ValueError(f"best_ensembles: candidates have no {', '.join(missing)}; they have {[*candidates.columns]}")
    twice = candidates.loc[candidates["name"].duplicated(), "name"]
    if len(twice):
        raise ValueError(f"best_ensembles: candidate {twice.iloc[0]!r} is there twice")
    sizes = pd.to_numeric(candidates["bytes"], errors="coerce")
    if len(wrong := candidates[~(sizes > 0) | (sizes % 1 != 0)]):
        name, size = wrong.iloc[0][["name", "bytes"]]
        raise ValueError(f"best_ensembles: bytes of {name!r} must be a whole number > 0, not {size}")
    return candidates.reset_index(drop=True).assign(bytes=sizes.astype("int64").to_numpy())
