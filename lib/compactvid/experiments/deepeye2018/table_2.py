"""Cheng et al. 2018, Table 2: weights, compression, times and accuracies of three recurrent networks.

Counts are of built models at the paper's size (`compactvid.experiments.recurrent_counts`), times are read from the
record of ``make record-recurrent`` (`compactvid.experiments.recurrent_times`). Accuracies at reduced scale are those of
Fig. 9, and stand beside the printed ones without a verdict: UCF11 is not at hand.

Trained here are the networks that ask whether it is the tensor train, or having few weights (`FEW_WEIGHTS` of
`compactvid.experiments.recurrent_grid`). `low_rank_balance` is the accuracy on features with the tensor train minus
that with a low-rank map of as many weights or the nearest number above, one number a world, in points; decided by the t
interval of its mean.
"""

from typing import Any

import pandas as pd

from compactvid import papers
from compactvid.experiments import paired_differences as paired
from compactvid.experiments import recurrent_counts
from compactvid.experiments import recurrent_grid as grid
from compactvid.experiments import recurrent_scores as scored
from compactvid.experiments.deepeye2018 import fig_9
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.recorded_values import beside_full

PROFILES, data = grid.SIMULATED, grid.data
USES = ("deepeye2018_fig_9",)
STEM = "deepeye2018_table_2"
PROPOSED = "T-RNN on features"
KEYS = {PROPOSED: "tensor_train", "low rank on features": "low_rank", "circulant on features": "circulant"}
SWEEP: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"rank_{rank}": (f"rank {rank}", {"rank": rank}) for rank in (1, 2, 8, 16)},
    "rank_1_own_rate": ("rank 1, thrice the rate", {"rank": 1, "learning_rate": 0.03}),
    "rank_16_own_rate": ("rank 16, a third of the rate", {"rank": 16, "learning_rate": 0.003}),
}
"""Beside the paper's rank 4, at `full`: others at its learning rate, and at those that were their best on world 1000.

Key -> in words, and options of `recurrent_grid.training`. Of two rates with equal accuracy the smaller counts; ranks 2
and 8 have rank 4's.
"""
OF_FIG_9 = {"RNN": "plain", "T-RNN-with-frame-inputs": "frames", "DEEPEYE": "features"}
"""The printed table's rows, and what Fig. 9 calls them."""
ACCURACY_HEADINGS = {
    "row": "network",
    "printed": "paper, %",
    "accuracy": "ours, %",
    "accuracy_spread": "±",
    "full_accuracy": "five worlds",
    "full_accuracy_spread": "±",
    "full_peak": "their peak on test",
}
ACCURACY_FORMATS = {"printed": ".2f"} | dict.fromkeys(list(ACCURACY_HEADINGS)[2:], ".1f")
SCORE_HEADINGS = {
    "model": "map from the features",
    "input_map": "weights",
    "accuracy": "test, %",
    "accuracy_spread": "±",
    "full_accuracy": "five worlds",
    "full_accuracy_spread": "±",
}
DIFFERENCE_HEADINGS = scored.DIFFERENCE_HEADINGS
FORMATS = {"input_map": ",.0f", "value": "+.1f", "full_value": "+.1f"} | dict.fromkeys(
    ("accuracy", "accuracy_spread", "full_accuracy", "full_accuracy_spread", "value_spread", "full_value_spread"), ".1f"
)
PRINTED_HEADINGS = {
    "row": "network",
    "parameters": "weights, paper",
    "ours": "ours",
    "compression": "compression, paper",
    "our_compression": "ours",
}
PRINTED_FORMATS = dict.fromkeys(("parameters", "ours", "compression", "our_compression"), ",.0f")


def runs(profile: str, seed: int) -> dict[str, list]:
    """What counts, and a group a map with few weights, all its worlds."""
    worlds = grid.worlds(profile, seed)
    trainings = {KEYS[name]: [grid.training(name, profile, world) for world in worlds] for name in grid.FEW_WEIGHTS}
    if grid.SCALES[profile].controls:
        for key, (_, options) in SWEEP.items():
            trainings[key] = [grid.training(PROPOSED, profile, world, **options) for world in worlds]
    return {"counts": recurrent_counts.runs(), **trainings}


def printed() -> pd.DataFrame:
    """Table 2 as printed."""
    return papers.table("deepeye2018", "table_2").frame()


def beside_printed() -> pd.DataFrame:
    """The paper's counts beside ours: columns of `PRINTED_HEADINGS`."""
    ours = recurrent_counts.table().rename(columns={"parameters": "ours", "compression": "our_compression"})
    return printed().merge(ours[["row", "ours", "our_compression"]], on="row")


def accuracies(profile: str, seed: int) -> pd.DataFrame:
    """The paper's accuracies on UCF11 beside those of Fig. 9's networks on simulated clips: `ACCURACY_HEADINGS`."""
    ours = fig_9.accuracies(profile, seed)
    ours = ours.assign(row=ours["key"].map({key: row for row, key in OF_FIG_9.items()}))
    paper = printed()[["row", "accuracy"]].rename(columns={"accuracy": "printed"})
    found = paper.merge(ours[["row", "key", "accuracy", "accuracy_spread", "peak", "peak_spread"]], on="row")
    recorded = beside_full(found, ["accuracy", "peak"], f"{fig_9.STEM}.{{key}}.{{column}}", fig_9.STEM)
    return recorded[list(ACCURACY_HEADINGS)]


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a map from the features: columns of `SCORE_HEADINGS` but for the recorded ones, and key."""
    rows = [_score(name, key, name, profile, seed) for name, key in KEYS.items()]
    if grid.SCALES[profile].controls:
        rows += [_score(PROPOSED, key, label, profile, seed, **options) for key, (label, options) in SWEEP.items()]
    return pd.DataFrame(rows)


def every_map(scores: pd.DataFrame) -> pd.DataFrame:
    """`scores`, with a row of its own for every map that some profile trains."""
    ranks = [(key, label) for key, (label, _) in SWEEP.items()]
    maps = pd.DataFrame([*((key, name) for name, key in KEYS.items()), *ranks], columns=["key", "model"])
    return maps.merge(scores, how="left", on=["key", "model"])


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison and world, the claim first: columns key, comparison, world (from 0) and difference."""
    found = {key: scored.accuracies(name, profile, seed) for name, key in KEYS.items()}
    return paired.differences(
        {
            "low_rank_balance": ("tensor train − low rank", found["tensor_train"] - found["low_rank"]),
            "circulant": ("tensor train − circulant", found["tensor_train"] - found["circulant"]),
        }
    )


def summary(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison: key, comparison, value and value_spread in points, and the key of its `result`."""
    found = paired.summary(differences(profile, seed))
    claim = found["key"] == "low_rank_balance"
    return found.assign(result=found["key"].radd("deepeye2018.claims.").where(claim, found["key"].radd(f"{STEM}.")))


def _score(name: str, key: str, label: str, profile: str, seed: int, **options: Any) -> dict:
    results = scored.results(name, profile, seed, **options)
    row: dict = {"key": key, "model": label, "input_map": results[0]["weights"]["input_map"]}
    row["accuracy"], row["accuracy_spread"] = mean_and_half_width(scored.accuracies(name, profile, seed, **options))
    return row
