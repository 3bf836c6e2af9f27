"""Liu & Liu 2018, section 3 and Table 2: all ensembles within 1 GiB, beside the twelve that the paper prints.

Fixed beforehand: the form of the score model (`compactvid.compression.ensemble_score`) and what it is fitted to, the
printed GAPs of the ensembles all of whose members are in Table 1. On the scaled-down models nothing needs a model of
scores: every subset that fits is evaluated on the validation videos with uniform weights, the best one's weights are
tuned there, and it is compared with the printed winner, tuned in the same way, on the test videos. The same worlds tell
how far a score model that has seen twelve ensembles can be trusted.
"""

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.compression import best_ensembles
from compactvid.compression.ensemble_score import EnsembleScore, printed_ensembles
from compactvid.compression.subset_search import SubsetSearch, read_subsets
from compactvid.experiments import ensembles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.score_model_check import check_score_model
from compactvid.runs import load_or_run

USES = ("liu2018_table_1", "liu2018_table_2")
STEM = "liu2018_best_ensembles"
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
data = grid.data

BUDGETS_MIB = (128, 256, 512, 768, 1024)

AUTHORS_HEADINGS = {
    "ensemble": "ensemble",
    "mib": "MiB",
    "local_gap": "printed",
    "predicted": "predicted",
    "left_out_error": "left-out error",
    "rank": "rank",
    "undominated": "in print undominated",
}
BEST_HEADINGS = {
    "ensemble": "ensemble",
    "models": "models",
    "mib": "MiB",
    "score": "predicted",
    "error": "left-out error",
    "printed": "in Table 2",
}
BUDGET_HEADINGS = {"budget_mib": "budget, MiB", "fitting": "subsets that fit"} | BEST_HEADINGS
SEARCH_HEADINGS = {
    "world": "world",
    "ensemble": "best on validation",
    "models": "models",
    "mib": "MiB",
    "gap": "test GAP",
    "winner_gap": "YHLS",
    "difference": "YHLS − best",
}
COMPARISON = "YHLS over the best of all subsets on validation"
CHECK_HEADINGS = {
    "world": "world",
    "fitting": "subsets that fit",
    "left_out_error": "left-out error",
    "true_error": "true error",
    "shortfall": "its favourite lacks",
    "tried_shortfall": "best of the twelve lacks",
}
FORMATS = {name: ".4f" for name in [*AUTHORS_HEADINGS, *BEST_HEADINGS, *SEARCH_HEADINGS, *CHECK_HEADINGS]} | {
    **dict.fromkeys(("ensemble", "undominated", "printed"), ""),
    **dict.fromkeys(("models", "rank", "fitting", "world", "budget_mib"), ",.0f"),
    "mib": ".1f",
    "comparison": "",
}


def runs(profile: str, seed: int) -> dict[str, list[SubsetSearch]]:
    """An exact search on each world, in two groups."""
    searches = [search(profile, draw) for draw in grid.draws(profile, seed)]
    return {"searches_0": searches[::2], "searches_1": searches[1::2]}


def search(profile: str, draw: int) -> SubsetSearch:
    """The search among all models that a profile trains, each with the size of the one that it stands for."""
    names = grid.trained_models(profile)
    return SubsetSearch(
        members=tuple(grid.training(name, profile, draw) for name in names),
        sizes=tuple(map(ensembles.stored_size, names)),
        budget_bytes=ensembles.BUDGET_BYTES,
    )


def candidates() -> pd.DataFrame:
    """The 18 models of Table 1: name (their letter), bytes in float16 counted on built models, gap as printed."""
    table = papers.table("liu2018", "table_1").frame()
    in_bytes = table["row"].map(ensembles.float16_bytes)
    return pd.DataFrame({"name": table["code"], "bytes": in_bytes, "gap": table["best_averaged_gap"]})


def scored(candidates: pd.DataFrame, score: EnsembleScore) -> pd.DataFrame:
    """Every subset within 1 GiB, best first: ensemble, models, mib, score, whether it is printed, and whether full.

    Full is an ensemble to which no further model can be added. Beside each score stands the score model's `error`.
    """
    found = best_ensembles(candidates, ensembles.BUDGET_BYTES, score=score, top=None)
    by_size = candidates.sort_values("bytes")[["name", "bytes"]].to_numpy().tolist()
    smallest_left_out = [
        next((size for name, size in by_size if name not in members), np.inf) for members in found["members"]
    ]
    as_printed = {frozenset(name) for name in ensembles.printed()["ensemble"]}
    return pd.DataFrame(
        {
            "ensemble": found["members"].map("".join),
            "models": found["models"],
            "mib": found["bytes"] / 2**20,
            "score": found["score"],
            "error": score.error,
            "printed": ["yes" if frozenset(members) in as_printed else "no" for members in found["members"]],
            "full": found["bytes"] + smallest_left_out > ensembles.BUDGET_BYTES,
        }
    )


def authors(scored: pd.DataFrame, score: EnsembleScore) -> pd.DataFrame:
    """One row a printed ensemble that the score model can be fitted to.

    Columns: ensemble, mib, local_gap as printed, predicted, left_out_error (printed minus what a fit without it
    predicts), rank of its prediction among all that fit, and undominated: whether no printed ensemble that is not
    larger has a higher printed GAP.
    """
    names, _, printed = printed_ensembles()
    table = ensembles.printed()
    by_members = scored.assign(rank=np.arange(1, len(scored) + 1), key=scored["ensemble"].map(frozenset))
    found = by_members.set_index("key").loc[[frozenset(name) for name in names]]
    sizes = table.set_index("ensemble")["size_mib"]
    best = [table.loc[table["size_mib"] <= sizes[name], "local_gap"].max() for name in names]
    return pd.DataFrame(
        {
            "ensemble": names,
            "mib": found["mib"].to_numpy(),
            "local_gap": printed,
            "predicted": found["score"].to_numpy(),
            "left_out_error": score.left_out_errors,
            "rank": found["rank"].to_numpy(),
            "undominated": ["yes" if gap >= most else "no" for gap, most in zip(printed, best, strict=True)],
        }
    )


def summary(scored: pd.DataFrame, score: EnsembleScore) -> pd.DataFrame:
    """One row: how many subsets fit; the errors of the score model and of the others' mean, one ensemble left out.

    Columns: fitting; left_out_error and constant_error, root mean squares; within_error, how many ensembles the model
    puts within its error of its favourite; printed_in_band, how many printed ones lie within it of the frontier.
    """
    table = authors(scored, score)
    printed = table["local_gap"]
    best = np.array([scored.loc[scored["mib"] <= mib, "score"].max() for mib in table["mib"]])
    constant = (printed - printed.mean()) * len(printed) / (len(printed) - 1)
    return pd.DataFrame(
        {
            "fitting": [len(scored)],
            "left_out_error": [score.error],
            "constant_error": [np.sqrt(np.mean(constant**2))],
            "within_error": [int((scored["score"] > scored["score"].max() - score.error).sum())],
            "printed_in_band": [int((np.abs(printed - best) <= score.error).sum())],
        }
    )


def frontier(scored: pd.DataFrame) -> pd.DataFrame:
    """The ensembles that no other one of at most their size outscores, by size: ensemble, models, mib, score."""
    by_size = scored.sort_values(["mib", "score"], ascending=[True, False], kind="stable")
    highest = by_size["score"].cummax()
    return by_size[highest > highest.shift(fill_value=-np.inf)][["ensemble", "models", "mib", "score"]]


def at_budgets(candidates: pd.DataFrame, score: EnsembleScore) -> pd.DataFrame:
    """One row a budget of `BUDGETS_MIB`: how many subsets fit, and the best prediction among them, beside its error."""
    rows = []
    for budget in BUDGETS_MIB:
        found = best_ensembles(candidates, budget * 2**20, score=score, top=None)
        best = found.iloc[0]
        rows.append(
            {
                "budget_mib": budget,
                "fitting": len(found),
                "ensemble": "".join(best["members"]),
                "models": best["models"],
                "mib": best["bytes"] / 2**20,
                "score": best["score"],
                "error": score.error,
            }
        )
    return pd.DataFrame(rows)


def searched(profile: str, seed: int) -> pd.DataFrame:
    """One row a world: what an exact search finds, and the printed winner, weights of both tuned on validation.

    Columns: comparison; world; ensemble, models, mib and test gap of the best on validation; winner_gap, of the printed
    winner; difference, the latter minus the former.
    """
    letters = {name: letter for letter, name in grid.names_by_letter().items()}
    names = grid.trained_models(profile)
    rows = []
    for draw in grid.draws(profile, seed):
        found = load_or_run(search(profile, draw)).result
        members = [names[index] for index in found["best"]]
        rows.append(
            {
                "world": draw,
                "ensemble": "".join(letters[name] for name in members),
                "models": len(members),
                "mib": sum(map(ensembles.float16_bytes, members)) / 2**20,
                "gap": found["tuned"]["test_gap"],
                "winner_gap": ensembles.evaluation(ensembles.WINNER, profile, draw)["tuned"]["test_gap"],
            }
        )
    found = pd.DataFrame(rows).assign(comparison=COMPARISON)
    return found.assign(difference=found["winner_gap"] - found["gap"])


def winner_over_searched(found: pd.DataFrame) -> pd.DataFrame:
    """One row: comparison; value, the mean difference of `searched` over the worlds; value_spread, its half width."""
    value, spread = mean_and_half_width(found["difference"].to_numpy())
    return pd.DataFrame({"comparison": [COMPARISON], "value": [value], "value_spread": [spread]})


def score_model_checks(profile: str, seed: int) -> pd.DataFrame:
    """One row a world: `check_score_model` on the validation GAPs of all its subsets, and how many there are."""
    rows = []
    for draw in grid.draws(profile, seed):
        members, gaps = read_subsets(load_or_run(search(profile, draw)).folder)
        rows.append({"world": draw, "fitting": len(gaps), **check_score_model(members, gaps, draw)})
    return pd.DataFrame(rows)


def every_world(checks: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The frame of `score_model_checks` with a row for each world of `full`, which has more of them."""
    return checks.set_index("world").reindex(grid.draws("full", seed)).rename_axis("world").reset_index()
