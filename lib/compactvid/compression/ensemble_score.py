"""The score of an ensemble, predicted from its members: a model with three coefficients and its honest error."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from compactvid import papers


@dataclass(frozen=True)
class EnsembleScore:
    r"""GAP of an ensemble of n models :math:`\approx a + b \cdot \text{mean GAP of its members} + c\,(1 - 1/n)`.

    The form is that of an average of n predictors with equal errors and equal correlations between them, whose gain
    over its members grows as 1 - 1/n (Krogh & Vedelsby 1995, "Neural network ensembles, cross validation, and active
    learning"). It was fixed before anything was fitted: a dozen printed ensembles bear no more than three coefficients,
    and no search among forms.

    Parameters
    ----------
    coefficients
        a, b and c.
    left_out_errors
        Of each ensemble that it was fitted to, in their order: its observed GAP minus what a fit to all others
        predicts for it.
    """

    coefficients: tuple[float, float, float]
    left_out_errors: tuple[float, ...]

    @property
    def error(self) -> float:
        """Root mean square of the errors with one ensemble left out."""
        return float(np.sqrt(np.mean(np.square(self.left_out_errors))))

    def __call__(self, members: np.ndarray, candidates: pd.DataFrame) -> np.ndarray:
        """Predicted GAP (subsets,) of boolean members (subsets, models), from the candidates' column gap."""
        return _features(members, candidates["gap"]) @ self.coefficients


def fit_ensemble_score(members: np.ndarray, gaps: ArrayLike, observed: ArrayLike) -> EnsembleScore:
    """Least squares fit of `EnsembleScore`.

    Parameters
    ----------
    members
        Boolean, (ensembles, models).
    gaps
        GAP of each model on its own, (models,).
    observed
        GAP of each ensemble, (ensembles,).

    Raises
    ------
    ValueError
        Fewer than five ensembles, or all of them alike in numbers or mean GAPs of members, so that nothing is left to
        tell the coefficients and their error from; or a GAP is not finite.
    """
    features, observed = _features(members, gaps), np.asarray(observed, dtype="float64")
    if not (np.isfinite(features).all() and np.isfinite(observed).all()):
        raise ValueError("fit_ensemble_score: every GAP of a member and of an ensemble must be finite")
    projection = features @ np.linalg.pinv(features)  # (ensembles, ensembles), the fit's "hat" matrix
    left_free = 1 - np.diag(projection)
    if len(features) < 5 or np.linalg.matrix_rank(features) < 3 or (left_free < 1e-9).any():
        raise ValueError("fit_ensemble_score: expected at least 5 ensembles that differ in number and GAP of members")
    coefficients = np.linalg.pinv(features) @ observed
    # What a fit without an ensemble misses it by follows from the fit to all (PRESS residuals).
    errors = (observed - features @ coefficients) / left_free
    return EnsembleScore(tuple(coefficients.tolist()), tuple(errors.tolist()))


def printed_ensembles() -> tuple[list[str], np.ndarray, np.ndarray]:
    """The ensembles of Liu & Liu 2018, Table 2, that a fit can use: names, members among Table 1's rows, local GAPs.

    GFAB is not among them: its member B is in no table, so its GAP is unknown.
    """
    letters = papers.table("liu2018", "table_1").frame()["code"].tolist()
    table = papers.table("liu2018", "table_2").frame()
    table = table[[set(name) <= set(letters) for name in table["row"]]]
    members = np.array([[letter in name for letter in letters] for name in table["row"]])
    return table["row"].tolist(), members, table["local_gap"].to_numpy()


def fit_printed_ensembles() -> EnsembleScore:
    """`EnsembleScore` fitted to the GAPs that Liu & Liu 2018 print for models (Table 1) and ensembles (Table 2)."""
    _, members, observed = printed_ensembles()
    return fit_ensemble_score(members, papers.table("liu2018", "table_1").frame()["best_averaged_gap"], observed)


def _features(members: np.ndarray, gaps: ArrayLike) -> np.ndarray:
    models = members.sum(axis=1)
    return np.column_stack(
        [np.ones(len(members)), members @ np.asarray(gaps, dtype="float64") / models, 1 - 1 / models]
    )
