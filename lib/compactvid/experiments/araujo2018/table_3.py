"""Araujo et al. 2018, Table 3: the fully connected layers with 1, 3 and 6 circulant factors, and with none.

The plan, written before any of it was computed. Counts come from models built at the paper's size; so do times, which
`make record-circulant-training` measured (benchmarks/circulant_training.py). What is trained is those models scaled
down (`compactvid.experiments.circulant_grid`), each on all worlds; a claim has one number a world, a paired difference
of test GAPs, and is decided by the t interval of its mean.

`three_factors_gain_nothing`, `six_factors_gain_nothing`
    3 and 6 factors minus 1, the latter without its diagonal, as it was counted: equivalent within the ledger's margin.
`factors_slow_training`
    Examples a second of the whole model with 1 factor minus those with 6, over rounds in which the models took turns.

Shown beside them, and not tested: 6 factors minus the one with its diagonal, and minus dense; and 6 factors minus 1 in
the first two worlds with diagonals that start at ones and at random signs, and with half and twice the learning rate. A
product of many factors is the more uneven the more its diagonals are, so that where they start may matter more than m.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scored
from compactvid.experiments import paired_differences
from compactvid.experiments.circulant_counts import counting, tensors
from compactvid.experiments.circulant_training_times import speeds
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import Circulant, CirculantNetwork

PROFILES, data = grid.SCALES, grid.data
USES = ("araujo2018_table_4",)

ROWS = ("1", "1-with-diagonal", "3", "6", "Dense-FC")
OWN = ("1", "3", "6")
"""The rows that are trained here; the other two are models of Table 4."""
COMPARISONS = {
    "three_factors_gain_nothing": "3 factors minus 1",
    "six_factors_gain_nothing": "6 factors minus 1",
    "six_over_one_with_diagonal": "6 factors minus 1 with its diagonal",
    "six_over_dense": "6 factors minus dense",
}
CLAIMS = tuple(COMPARISONS)[:2]
"""The comparisons that decide a claim; the others are shown and not tested."""
VARIED = {"smoke": 0, "small": 0, "full": 2, "real": 0}
"""On how many worlds settings are varied."""
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
VARIATIONS = ("as_above", "ones", "signs", "half", "twice")
"""Keys of `varied`'s rows."""
VARIATION_HEADINGS = {"setting": "setting", "difference": "6 factors minus 1", "one": "GAP with 1", "six": "with 6"}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what was found"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """All sizes; 1, 3 and 6 factors on every world; other settings on the first two."""
    draws = grid.draws(profile, seed)
    varied = [
        grid.training(model, profile, draw, learning_rate=rate)
        for models in variations().values()
        for model, rate in models
        for draw in draws[: VARIED[profile]]
    ]
    trained = [grid.training(f"table_3.{row}", profile, draw) for row in OWN for draw in draws]
    groups = {"factors": [*(counting(f"table_3.{row}") for row in ROWS), *trained]}
    return groups | ({"settings": list(dict.fromkeys(varied))} if varied else {})


def variations() -> dict[str, tuple[tuple[CirculantNetwork, float], ...]]:
    """Setting -> one factor and six under it, each with its learning rate."""
    one, six = (grid.config(f"table_3.{row}") for row in ("1", "6"))
    rate = grid.family_rate(six)
    found: dict[str, tuple[tuple[CirculantNetwork, float], ...]] = {
        f"diagonals start at {name}": (
            (one, rate),
            (replace(six, fully_connected=Circulant(factors=6, diagonal_initializer=start)), rate),
        )
        for start, name in (("ones", "ones"), ("signs", "random signs"))
    }
    return found | {f"learning rate {times:g} times": ((one, times * rate), (six, times * rate)) for times in (0.5, 2)}


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
    gaps = {row: scored.world_gaps(f"table_3.{row}", profile, seed) for row in ROWS}
    references = ("1", "1", "1-with-diagonal", "Dense-FC")
    values = [gaps[row] - gaps[reference] for row, reference in zip(("3", "6", "6", "6"), references, strict=True)]
    return paired_differences.differences(
        {key: (name, value) for (key, name), value in zip(COMPARISONS.items(), values, strict=True)}
    )


def varied(profile: str, seed: int) -> pd.DataFrame:
    """One row a setting, the grid's own first: mean test GAPs over the worlds where settings are varied.

    Columns: key, and those of `VARIATION_HEADINGS`, NaN where the profile varies nothing.
    """
    one, six = (grid.config(f"table_3.{row}") for row in ("1", "6"))
    rate = grid.family_rate(six)
    settings = {"as above": ((one, rate), (six, rate))} | variations()
    found: list[tuple] = []
    for key, (setting, models) in zip(VARIATIONS, settings.items(), strict=True):
        gaps = [
            scored.world_gaps(model, profile, seed, worlds=VARIED[profile], learning_rate=rate).mean()
            for model, rate in models
            if VARIED[profile]
        ] or [np.nan, np.nan]
        found.append((key, setting, gaps[1] - gaps[0], *gaps))
    return pd.DataFrame(found, columns=["key", *VARIATION_HEADINGS])


def statements(record: Mapping[str, Any]) -> pd.DataFrame:
    """Sentences on compact layers: claim, value (1 or 0), true, sentence, answer."""
    speed = speeds(record, "whole model").set_index("row")
    faster = [row for row in OWN if speed.loc[row, "ratio"] - speed.loc[row, "ratio_spread"] > 1]
    none = f"none of {', '.join(OWN)}"
    dense, most = _weights("Dense-FC"), max(_weights(row) for row in OWN)
    per_factor = {row: _weights(row) / (8192 + 4096) / int(row) for row in ("3", "6")}
    found = [
        (
            "less_time",
            faster == list(OWN),
            f"with {', '.join(faster) or none} factors faster than dense by more than the interval",
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
