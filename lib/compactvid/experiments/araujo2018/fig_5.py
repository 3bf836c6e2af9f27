"""Araujo et al. 2018, Fig. 5: a learned diagonal in the order DC, against fixed signs in the order CD.

The figure changes two things at once. The plan, written before any of it was computed: all four layers are trained in
the base model, scaled down (`compactvid.experiments.circulant_grid`), on all worlds; a claim has one number a world, a
paired difference of test GAPs, and is decided by the t interval of its mean.

`learned_dc_beats_fixed_cd`
    Learned DC minus fixed CD, as printed.
`learned_diagonal_helps`
    Learned minus fixed signs, mean over both orders.
`order_helps`
    DC minus CD, mean over learned diagonals and fixed signs.

Shown beside them, and not tested: the interaction, what learning gains in DC minus what it gains in CD; the pair that
the released code computes, whose orders are the other way round; a learned DC against the circulant matrix alone; and
how far the claims move under `compactvid.experiments.circulant_variations`.

The order should matter for one reason that needs no training: batch normalisation follows, and takes the size of a
diagonal that is applied last (`compactvid.compression.absorbed_diagonals`). If so, learning it gains nothing in DC.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.linalg import circulant

from compactvid.compression.absorbed_diagonals import AbsorbedDiagonals
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scored
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments import paired_differences
from compactvid.experiments.circulant_variations import WORLDS
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import Circulant, CirculantNetwork
from compactvid.runs import load_or_run

PROFILES, data = grid.SCALES, grid.data
USES = ("araujo2018_table_3", "araujo2018_table_4")

CELLS = {
    "learned_dc": Circulant(order="DC"),
    "signs_dc": Circulant(order="DC", diagonal="signs"),
    "learned_cd": Circulant(order="CD"),
    "fixed_cd": Circulant(order="CD", diagonal="signs"),
}
PRINTED = ("learned_dc", "fixed_cd")
"""The two whose curves the figure shows."""
CELL_NAMES = {"learned_dc": "DC learned", "signs_dc": "DC signs", "learned_cd": "CD learned", "fixed_cd": "CD signs"}
OWN = ("fixed_cd", "learned_cd", "signs_dc")
"""The cells that are trained here; learned DC is a model of Table 4."""
COMPARISONS = {
    "learned_dc_beats_fixed_cd": "learned DC minus CD with fixed signs",
    "learned_diagonal_helps": "learned minus fixed signs, mean of both orders",
    "order_helps": "DC minus CD, mean of learned and fixed",
    "interaction": "what learning gains in DC, minus in CD",
    "released_pair": "the released code's pair: learned CD minus fixed DC",
    "diagonal_helps": "learned DC minus the circulant matrix alone",
}
CLAIMS = tuple(COMPARISONS)[:3]
"""The comparisons that decide a claim; the others are shown and not tested."""

CELL_HEADINGS = {
    "order": "order",
    "learned": "learned",
    "learned_spread": "±",
    "signs": "fixed signs",
    "signs_spread": "±",
    "gain": "learned minus fixed",
    "gain_spread": "±",
}
CELL_FORMATS = {name: "+.4f" if name == "gain" else ".4f" for name in CELL_HEADINGS} | {"order": ""}
ABSORBED_HEADINGS = {"cell": "trained layer", "trained": "with ε as trained", "zero": "with ε = 0"}
ABSORBED_FORMATS = {"trained": ".1e", "zero": ".1e"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The three cells that no other page trains, what is left of learned diagonals, and the cells' variations."""
    draws = grid.draws(profile, seed)
    cells = [grid.training(_model(cell), profile, draw) for cell in OWN for draw in draws]
    return {
        "cells": cells + _absorbed(profile, seed),
        "sensitivity": sensitivity.runs([run for run in cells if run.seed in draws[:WORLDS]], profile),
    }


def cells(profile: str, seed: int) -> pd.DataFrame:
    """Test GAP of the four layers, what learning gains in each order, and in the last row what DC gains over CD.

    Columns of `CELL_HEADINGS`; the last gain is the interaction.
    """
    gaps = _gaps(profile, seed)
    rows = {
        "DC": (gaps["learned_dc"], gaps["signs_dc"]),
        "CD": (gaps["learned_cd"], gaps["fixed_cd"]),
        "DC minus CD": (gaps["learned_dc"] - gaps["learned_cd"], gaps["signs_dc"] - gaps["fixed_cd"]),
    }
    found = []
    for order, (learned, signs) in rows.items():
        row: dict = {"order": order}
        for column, values in (("learned", learned), ("signs", signs), ("gain", learned - signs)):
            row[column], row[f"{column}_spread"] = mean_and_half_width(values)
        found.append(row)
    return pd.DataFrame(found)


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison and world: see `compactvid.experiments.paired_differences.differences`."""
    gaps = _gaps(profile, seed)
    others = (
        gaps["learned_dc"] - gaps["signs_dc"] - (gaps["learned_cd"] - gaps["fixed_cd"]),
        gaps["learned_cd"] - gaps["signs_dc"],
        gaps["learned_dc"] - scored.world_gaps("table_3.1", profile, seed),
    )
    shown = {key: (COMPARISONS[key], found) for key, found in zip(list(COMPARISONS)[3:], others, strict=True)}
    return pd.concat([claims(profile, seed), paired_differences.differences(shown)], ignore_index=True)


def claims(profile: str, seed: int, variation: str | None = None) -> pd.DataFrame:
    """The differences that decide a claim, in all worlds or under a variation."""
    gaps = _gaps(profile, seed, variation)
    values = (
        gaps["learned_dc"] - gaps["fixed_cd"],
        (gaps["learned_dc"] - gaps["signs_dc"] + gaps["learned_cd"] - gaps["fixed_cd"]) / 2,
        (gaps["learned_dc"] - gaps["learned_cd"] + gaps["signs_dc"] - gaps["fixed_cd"]) / 2,
    )
    return paired_differences.differences(
        {key: (COMPARISONS[key], found) for key, found in zip(CLAIMS, values, strict=True)}
    )


def curves(profile: str, seed: int) -> pd.DataFrame:
    """Validation GAP by epoch of the four layers: columns key, model, epoch, gap and gap_spread."""
    frame = scored.curves({name: _model(cell) for cell, name in CELL_NAMES.items()}, profile, seed)
    frame.insert(0, "key", frame["model"].map({name: cell for cell, name in CELL_NAMES.items()}))
    return frame


def absorbed(profile: str, seed: int) -> pd.DataFrame:
    """How far normalised outputs move when the first world's learned diagonals give way to their signs."""
    rows = [
        {"key": cell, "cell": CELL_NAMES[cell], **load_or_run(config).result["difference"]}
        for cell, config in zip(_LEARNED, _absorbed(profile, seed), strict=True)
    ]
    return pd.DataFrame(rows)


def nearest_pair(matrix: np.ndarray) -> np.ndarray:
    """The product of a diagonal and a circulant matrix, D C, that is nearest to a square matrix.

    Element (i, i - k) of D C is d_i c_k. With the wrapped diagonals of a matrix as the rows of another, a product D C
    is one of rank 1, and the nearest of these is the first term of the singular value decomposition.
    """
    size = len(matrix)
    rows, shifts = np.arange(size), np.arange(size)[:, None]
    left, values, right = np.linalg.svd(matrix[rows, rows - shifts])
    pair = np.zeros_like(matrix)
    pair[rows, rows - shifts] = values[0] * np.outer(left[:, 0], right[0])
    return pair


def sign_products(size: int = 8) -> pd.DataFrame:
    """Products C S of a random circulant matrix and each diagonal of signs, up to the sign of all.

    Columns signs (+ and -), missed: the relative error (Frobenius) of the nearest product D C.
    """
    matrix = circulant(np.random.default_rng(0).normal(size=size))
    rows = []
    for signs in product((1, -1), repeat=size - 1):
        target = matrix * np.array([1, *signs])
        missed = np.linalg.norm(target - nearest_pair(target)) / np.linalg.norm(target)
        rows.append({"signs": "".join("+-"[sign < 0] for sign in (1, *signs)), "missed": missed})
    return pd.DataFrame(rows)


_LEARNED = ("learned_dc", "learned_cd")


def _model(cell: str) -> CirculantNetwork:
    return replace(grid.config("table_4.DBoF-FC-Circulant"), fully_connected=CELLS[cell])


def _gaps(profile: str, seed: int, variation: str | None = None) -> dict[str, np.ndarray]:
    return {cell: scored.world_gaps(_model(cell), profile, seed, variation=variation) for cell in CELLS}


def _absorbed(profile: str, seed: int) -> list[AbsorbedDiagonals]:
    return [AbsorbedDiagonals(grid.training(_model(cell), profile, grid.draws(profile, seed)[0])) for cell in _LEARNED]
