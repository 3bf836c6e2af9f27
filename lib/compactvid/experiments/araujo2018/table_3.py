"""Araujo et al. 2018, Table 3: the fully connected layers with 1, 3 and 6 circulant factors, and with none.

The plan, written before any of it was computed. Counts come from models built at the paper's size; so do times, which
`make record-circulant-training` measured (benchmarks/circulant_training.py). What is trained is those models scaled
down (`compactvid.experiments.circulant_grid`), each on all worlds; a claim has one number a world, a paired difference
of test GAPs, and is decided by the t interval of its mean.

`three_factors_gain_nothing`, `six_factors_gain_nothing`
    3 and 6 factors minus 1, the latter without its diagonal, as it was counted: equivalent within the ledger's margin.
`factors_slow_training`
    Examples a second of the whole model with 1 factor minus those with 6, over rounds in which the models took turns.

Shown beside them, and not tested: 6 factors minus the one with its diagonal, and minus dense; and how far the claims
move under `compactvid.experiments.circulant_variations`. A product of many factors is the more uneven the more its
diagonals are, so that where they start may matter more than m.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scored
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments.circulant_counts import counting, tensors
from compactvid.experiments.circulant_training_times import speeds
from compactvid.experiments.circulant_variations import WORLDS
from compactvid.experiments.intervals import mean_and_half_width

PROFILES, data = grid.SCALES, grid.data
USES = ("araujo2018_table_4",)

ROWS = ("1", "1-with-diagonal", "3", "6", "Dense-FC")
OWN = ("1", "3", "6")
"""The rows that are trained here; the other two are models of Table 4."""
COMPARISONS = {
    "three_factors_gain_nothing": ("3 factors minus 1", "table_3.3", "table_3.1"),
    "six_factors_gain_nothing": ("6 factors minus 1", "table_3.6", "table_3.1"),
    "six_over_one_with_diagonal": ("6 factors minus 1 with its diagonal", "table_3.6", "table_3.1-with-diagonal"),
    "six_over_dense": ("6 factors minus dense", "table_3.6", "table_3.Dense-FC"),
}
CLAIMS = dict(list(COMPARISONS.items())[:2])
"""The comparisons that decide a claim; the others are shown and not tested."""
FRAMES = 150

LAYER_HEADINGS = {
    "row": "factors",
    "parameters": "weights",
    "paper_parameters": "paper",
    "compression_rate": "saved, %",
    "paper_compression_rate": "paper",
    "training_mib": "MiB in training",
    "gap": "GAP",
    "gap_spread": "±",
    "paper_gap": "paper",
    **scored.GAP_AT_REAL,
}
LAYER_FORMATS = {
    "parameters": ",.0f",
    "paper_parameters": ",.0f",
    "compression_rate": ".2f",
    "paper_compression_rate": ".1f",
    "training_mib": ".2f",
    "gap": ".4f",
    "gap_spread": ".4f",
    "paper_gap": ".3f",
    **dict.fromkeys(scored.GAP_AT_REAL, ".4f"),
}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what was found"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """All sizes; 1, 3 and 6 factors on every world, and their variations on the first two."""
    draws = grid.draws(profile, seed)
    trained = [grid.training(f"table_3.{row}", profile, draw) for row in OWN for draw in draws]
    return {
        "factors": [*(counting(f"table_3.{row}") for row in ROWS), *trained],
        "sensitivity": sensitivity.runs([run for run in trained if run.seed in draws[:WORLDS]], profile),
    }


def layers(profile: str, seed: int) -> pd.DataFrame:
    """One row a kind of fully connected layer, columns of `LAYER_HEADINGS`.

    `training_mib` are the bytes of its weights, their gradients and Adam's two moments, in MiB of 2^20.
    """
    printed = papers.table("araujo2018", "table_3").frame().set_index("row")
    dense = _weights("Dense-FC")
    rows = []
    for row in ROWS:
        mean, half = mean_and_half_width(scored.world_gaps(f"table_3.{row}", profile, seed))
        rows.append(
            {
                "row": row,
                "parameters": _weights(row),
                "compression_rate": np.nan if row == "Dense-FC" else 100 * (1 - _weights(row) / dense),
                "training_mib": 4 * 4 * _weights(row) / 2**20,
                "gap": mean,
                "gap_spread": half,
            }
        )
    return pd.DataFrame(rows).join(printed.add_prefix("paper_"), on="row")


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison and world: see `paired_differences.differences`."""
    return scored.model_differences(COMPARISONS, profile, seed)


def claims(profile: str, seed: int, variation: str) -> pd.DataFrame:
    """Those that decide a claim, under a variation."""
    return scored.model_differences(CLAIMS, profile, seed, variation=variation)


def statements(record: Mapping[str, Any]) -> pd.DataFrame:
    """Sentences on compact layers: claim, value (1 or 0), true, sentence, answer."""
    speed = speeds(record, "whole model").set_index("row")
    faster = [row for row in OWN if speed.loc[row, "ratio"] - speed.loc[row, "ratio_spread"] > 1]
    dense, most = _weights("Dense-FC"), max(_weights(row) for row in OWN)
    per_factor = {row: _weights(row) / (8192 + 4096) / int(row) for row in ("3", "6")}
    found = [
        (
            "less_time",
            faster == list(OWN),
            f"of {', '.join(OWN)} factors faster than dense by more than the interval: {', '.join(faster) or 'none'}",
        ),
        (
            "less_memory",
            most < dense,
            f"at most {most:,} values in place of {dense:,}, and four times that in training",
        ),
        ("factors_add_parameters", set(per_factor.values()) == {2.0}, "2 m n values for n inputs and m factors"),
    ]
    said = {entry.id.removeprefix("araujo2018.claims."): entry.quotation for entry in papers.entries("araujo2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in found],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def dense_share() -> float:
    """Share of a dense model's multiplications that its two fully connected layers do, in %, with `FRAMES` frames."""
    kernels = {name: int(np.prod(shape)) for name, shape in tensors("table_3.Dense-FC").items() if len(shape) == 2}
    products = {name: size * (FRAMES if "_projection/" in name else 1) for name, size in kernels.items()}
    return 100 * _weights("Dense-FC") / sum(products.values())


def _weights(row: str) -> int:
    """Weights of the two fully connected layers, without the batch normalisation behind them."""
    return sum(int(np.prod(shape)) for name, shape in tensors(f"table_3.{row}").items() if "_hidden/" in name)
