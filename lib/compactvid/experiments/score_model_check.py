"""How far a score model that has seen twelve ensembles can be trusted, where the truth about all others is known."""

import numpy as np
import pandas as pd

from compactvid.compression.ensemble_score import fit_ensemble_score

SEEN = 12
"""As many as the paper prints."""
DRAWS = 200


def check_score_model(members: np.ndarray, gaps: np.ndarray, seed: int) -> dict[str, float]:
    """Fit the score model to twelve ensembles, follow it to its favourite among all, and compare; repeat.

    The twelve are drawn at random, one from each twelfth of all ensembles of at least two models, ordered by their
    number of models, so that they differ in it.

    Parameters
    ----------
    members
        Every ensemble, boolean (subsets, models), each single model among them.
    gaps
        GAP of each, (subsets,).
    seed
        Of the draws.

    Returns
    -------
    dict
        Means over `DRAWS` draws, in GAP: `left_out_error`, what the model says of its own error; `true_error`, root
        mean square over all that it has not seen; `shortfall` of its favourite from the best of all; and
        `tried_shortfall`, the same of the best of the twelve.
    """
    models = members.sum(axis=1)
    single = np.flatnonzero(models == 1)
    candidates = pd.DataFrame({"gap": gaps[single[members[single].argmax(axis=1).argsort()]]})  # in the models' order
    members, gaps = members[models > 1], gaps[models > 1]
    strata = np.array_split(np.argsort(models[models > 1], kind="stable"), SEEN)
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(DRAWS):
        seen = np.array([rng.choice(stratum) for stratum in strata])
        score = fit_ensemble_score(members[seen], candidates["gap"], gaps[seen])
        predicted = score(members, candidates)
        unseen = np.delete(gaps - predicted, seen)
        rows.append(
            {
                "left_out_error": score.error,
                "true_error": np.sqrt(np.mean(unseen**2)),
                "shortfall": gaps.max() - gaps[predicted.argmax()],
                "tried_shortfall": gaps.max() - gaps[seen].max(),
            }
        )
    return pd.DataFrame(rows).mean().to_dict()
