"""Liu & Liu 2018, section 4: hidden size as the bottleneck, how many models to ensemble, fewer larger ones or more.

The plan, written before any of it was computed. Everything is computed in each world on its own; a claim has one number
a world, and is decided by the t interval of its mean over the worlds. What is chosen is chosen on validation videos;
what is reported, on test videos. GAP is that of each model's best averaged checkpoint. Learning rate and everything
else are the grid's.

`hidden_size_is_the_bottleneck`
    A line through the grid's models, GAP on log2 K and log2 H: the gain of doubling H minus that of doubling K.
    Doubling H costs more bytes, so this alone does not decide what to do with a limit; the next one does.
`hidden_size_before_clusters`
    At three byte levels a model of the grid with many clusters against one with a quarter of them and the hidden size
    that the freed bytes buy: the mean difference in favour of the second. Two controls could prove a "holds" empty or
    too wide: clusters must help at equal H (the line's gain of doubling K lies above 0), else there is nothing to trade
    in these worlds; and an eighth must be no worse than a quarter, else the trade has an end.
`three_to_four_models`
    Among ensembles within 1 GiB that take at least 95 % of the most that any with their number of models takes: the
    best of three or four on validation, against the best of any other number.
`fewer_larger_beat_more_smaller`
    Of all ways to replace one model of a full ensemble of three by two of its size (within 5 %), the one by which the
    three beat the four most on validation: by how much they do on test. One case suffices against "always".
`boost_diminishes`
    Over the same replacements: the gain of the two over the one on their own, minus that gain inside the ensemble. A
    part of this is dilution, since inside they are a part of the weight.
`order_may_turn`
    The paper's example: the two beat the one on their own, yet lose to it inside the ensemble. The replacement with
    the largest smaller one of both margins on validation: that smaller margin on test. It holds if there is a case.

Added afterwards, when the sizes of the trained models were looked at: the small ones are smaller still than the paper's
are beside its large ones, so many small models have fewer trained bytes than few large ones of the same size in the
paper. `three_to_four_by_trained_bytes` is the third test with bytes as trained, under a limit that YHLS fills as it
does in the paper.

The difference worth finding is one fifteenth of the spread in GAP between the grid's largest and smallest model: in the
paper 0.0010 of 0.0150, by which K32-H1280 beats K100-H800, of about its size. The power of these tests is reckoned from
the standard deviations that the worlds show.
"""

from functools import cache

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import equal_bytes
from compactvid.experiments import full_ensembles as full
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.power import detectable_difference, worlds_needed

PROFILES, data = {name: grid.SCALES[name] for name in equal_bytes.TRADES}, grid.data
USES = ("liu2018_table_1",)
OPTIMAL = (3, 4)
SHARE_WORTH_FINDING = 1 / 15
CONTROLS = ("clusters_at_equal_hidden_size", "eighth_over_quarter", "three_to_four_by_trained_bytes")

NUMBER_HEADINGS = {
    "models": "models",
    "ensembles": "ensembles",
    "gain": "best",
    "gain_spread": "±",
    "typical": "mean of all",
    "typical_spread": "±",
    "paper_gap": "paper's best GAP",
}
NUMBER_FORMATS = {column: ".4f" for column in NUMBER_HEADINGS} | {"models": "", "ensembles": ""}
PAIR_HEADINGS = {
    "fewer": "fewer",
    "more": "more",
    "paper": "paper: fewer − more",
    "ours": "ours",
    "ours_spread": "±",
}
PAIR_FORMATS = {column: "+.4f" for column in PAIR_HEADINGS} | {"fewer": "", "more": "", "ours_spread": ".4f"}
POWER_HEADINGS = {
    "claim": "claim",
    "value": "mean",
    "value_spread": "±",
    "deviation": "standard deviation",
    "detectable": "found with these worlds",
    "worlds_needed": "worlds needed",
}
POWER_FORMATS = {column: ".4f" for column in POWER_HEADINGS} | {"claim": "", "worlds_needed": ""}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The models traded at equal bytes, and the sizes of all as they are trained; all else is the runs of Table 1."""
    groups = equal_bytes.runs(profile, seed)
    sizes = groups.pop("equal_bytes_sizes")
    return groups | {"trained_sizes": [*sizes, *full.size_runs(profile)]}


@cache
def per_world(profile: str, seed: int) -> pd.DataFrame:
    """One row a world, one column a claim of the plan: a difference in GAP, positive in the claim's direction.

    The controls beside them: `clusters_at_equal_hidden_size`, the gain of doubling K; `eighth_over_quarter`, an eighth
    of the clusters against a quarter (where the profile trains one); and `three_to_four_by_trained_bytes`.
    """
    names, traded = grid.trained_models(profile), equal_bytes.TRADES[profile]
    gap = {
        name: equal_bytes.world_gaps(name, profile, seed)
        for name in {*names, *traded, *(name for partners in traded.values() for name in partners)}
    }
    clusters, hidden = equal_bytes.gain_per_doubling(names, np.stack([gap[name] for name in names]))
    columns = {
        "hidden_size_is_the_bottleneck": hidden - clusters,
        "clusters_at_equal_hidden_size": clusters,
        "hidden_size_before_clusters": np.mean(
            [gap[partners[0]] - gap[name] for name, partners in traded.items()], axis=0
        ),
    }
    if eighths := [gap[partners[1]] - gap[partners[0]] for partners in traded.values() if len(partners) > 1]:
        columns["eighth_over_quarter"] = np.mean(eighths, axis=0)
    ensembles = pd.DataFrame([_ensemble_claims(profile, draw) for draw in grid.draws(profile, seed)])
    return pd.concat([pd.DataFrame(columns), ensembles], axis=1)


def claims(profile: str, seed: int) -> pd.DataFrame:
    """One row a column of `per_world`: its mean and interval, and what such a test can find.

    Columns: claim, key (of its result), value, value_spread, deviation (over the worlds), detectable (the true
    difference that these worlds find with a power of 80 %), worlds_needed (to find the difference of `worth_finding`).
    """
    worlds, worth = per_world(profile, seed), worth_finding(profile, seed)
    rows = []
    for claim, values in worlds.items():
        value, spread = mean_and_half_width(values.to_numpy())
        deviation = float(values.std())
        rows.append(
            {
                "claim": claim.replace("_", " "),
                "key": f"liu2018.{'conclusions' if claim in CONTROLS else 'claims'}.{claim}",
                "value": value,
                "value_spread": spread,
                "deviation": deviation,
                "detectable": detectable_difference(deviation, len(values)),
                "worlds_needed": worlds_needed(worth, deviation),
            }
        )
    return pd.DataFrame(rows)


def worth_finding(profile: str, seed: int) -> float:
    """The difference in GAP that a test should find: a fixed share of that between largest and smallest model."""
    trained = grid.trained_models(profile)
    by_size = [name for name in papers.table("liu2018", "table_1").row_ids if name in trained]
    largest, smallest = (equal_bytes.world_gaps(name, profile, seed) for name in (by_size[0], by_size[-1]))
    return SHARE_WORTH_FINDING * float(np.mean(largest - smallest))


def statements(paper_trades: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that the printed tables alone decide: claim, and value (1 where it is true, else 0)."""
    models, gap = printed_ensembles()[["models", "local_gap"]].to_numpy(dtype="float64").T
    optimal = np.isin(models, OPTIMAL)
    worst_optimal = min(gap[models == number].max() for number in OPTIMAL)
    truth = {
        "hidden_size_before_clusters_in_print": (paper_trades["gain"] > 0).any(),
        "more_models_not_always_better": ((models[:, None] < models) & (gap[:, None] > gap)).any(),
        "three_to_four_in_print": worst_optimal > gap[~optimal].max(),
    }
    return pd.DataFrame({"claim": list(truth), "value": [float(value) for value in truth.values()]})


def printed_ensembles() -> pd.DataFrame:
    """The ensembles of Table 2: columns members, models (how many), size_mib, local_gap."""
    printed = papers.table("liu2018", "table_2").frame().rename(columns={"row": "members"})
    printed.insert(1, "models", printed["members"].str.len())
    return printed[["members", "models", "size_mib", "local_gap"]]


def by_number(profile: str, seed: int) -> pd.DataFrame:
    """One row a number of models: what its ensembles gain over the single model chosen on validation.

    Columns: models, ensembles (how many); gain of the one chosen on validation, on test, and typical, the mean gain of
    all, which chooses nothing, on validation (means over the worlds, with `..._spread`); paper_gap (the best local GAP
    that Table 2 prints for that number).
    """
    printed = printed_ensembles().groupby("models")["local_gap"].max()
    ensembles, draws = full.full_ensembles(profile), grid.draws(profile, seed)
    rows = []
    base = np.zeros((2, len(draws)))
    for models, found in ensembles.groupby("models"):
        chosen = [full.best_gap(found, profile, draw) for draw in draws]
        every = [full.gaps(found["members"], profile, draw, "validate") for draw in draws]
        if models == 1:
            base = np.array([chosen, np.max(every, axis=1)])
        row = {"models": models, "ensembles": len(found), "paper_gap": printed.get(models)}
        row["gain"], row["gain_spread"] = mean_and_half_width(chosen - base[0])
        row["typical"], row["typical_spread"] = mean_and_half_width(np.mean(every, axis=1) - base[1])
        rows.append(row)
    return pd.DataFrame(rows, columns=list(NUMBER_HEADINGS))


def pairs(profile: str, seed: int, tolerance: float = 0.005) -> pd.DataFrame:
    """Pairs of Table 2 of nearly equal printed size and different numbers of models: how much the fewer are better.

    Columns: fewer, more (ensembles), paper (difference in printed local GAP), ours (mean difference in test GAP, where
    all members are trained) and ours_spread.
    """
    printed, trained = printed_ensembles(), full.sizes(profile)
    rows = []
    for few in printed.itertuples():
        for many in printed.itertuples():
            if few.models < many.models and abs(few.size_mib / many.size_mib - 1) <= tolerance:
                row = {"fewer": few.members, "more": many.members, "paper": few.local_gap - many.local_gap}
                if set(few.members + many.members) <= set(trained):
                    tests = [
                        full.gaps([few.members, many.members], profile, draw, "test")
                        for draw in grid.draws(profile, seed)
                    ]
                    row["ours"], row["ours_spread"] = mean_and_half_width(-np.diff(tests)[:, 0])
                rows.append(row)
    return pd.DataFrame(rows, columns=list(PAIR_HEADINGS))


def replacements(profile: str, seed: int) -> pd.DataFrame:
    """One row a replacement of one model by two: what they gain alone and inside the ensemble, means on test videos.

    Columns: larger, smaller, others, alone, inside, and reversed: in how many worlds the two win alone and lose inside.
    """
    margins = [full.margins(profile, draw, "test") for draw in grid.draws(profile, seed)]  # (replacements, 2) a world
    stacked = np.stack([frame[["alone", "inside"]] for frame in margins])
    frame = full.swaps(profile)
    frame[["alone", "inside"]] = stacked.mean(axis=0)
    frame["reversed"] = ((stacked[..., 0] > 0) & (stacked[..., 1] < 0)).sum(axis=0)
    return frame


def _ensemble_claims(profile: str, draw: int) -> dict[str, float]:
    validation, test = full.margins(profile, draw, "validate"), full.margins(profile, draw, "test")
    return {
        "three_to_four_models": _three_to_four("paper", profile, draw),
        "three_to_four_by_trained_bytes": _three_to_four("trained", profile, draw),
        "fewer_larger_beat_more_smaller": -test["inside"][validation["inside"].argmin()],
        "boost_diminishes": (test["alone"] - test["inside"]).mean(),
        "order_may_turn": test["reversal"][validation["reversal"].argmax()],
    }


def _three_to_four(counted: str, profile: str, draw: int) -> float:
    ensembles = full.full_ensembles(profile, counted)
    optimal = ensembles["models"].isin(OPTIMAL)
    best, other = (full.best_gap(ensembles[chosen], profile, draw) for chosen in (optimal, ~optimal))
    return best - other
