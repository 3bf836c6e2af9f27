"""Products of circulant and diagonal matrices, low rank and tensor trains at equal bytes.

The plan. Matrices are of order 16, which splits into modes of 4: m pairs, rank m and a tensor train of rank m all take
32 m values, equal bytes without rounding; at m = 8 they take as many as the matrix itself. Beside matrices drawn at
random stand such of rank 4, where low rank must win from m = 4 on, and blocks of kernels that were trained for Table 1
of Liu & Liu 2018: the first 16 inputs and outputs of the layer after the pooling, in K32-H512, the model with the
fewest units that every profile trains. `factors_add_capability` of Araujo et al. 2018 is the error of m pairs minus
that of 2 m on drawn matrices, mean over m = 1, 2 and 4. Starts and steps were set in a trial on other draws by what a
minute allows: of m pairs the error found is an upper bound of the smallest, where low rank and tensor trains have the
smallest one.
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.circulant_factors import CirculantFit, read_fit
from compactvid.compression.matrix_sources import DrawnMatrix, TrainedBlock
from compactvid.compression.truncated_svd import low_rank, low_rank_errors, tensor_train_errors
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.report.matrix_entries import matrix_entries
from compactvid.runs import load_or_run

ORDER, MODES, RANK, PAIRS = 16, (4, 4), 4, (1, 2, 4, 8)
TRAINED = "K32-H512"
SHOWN_PAIRS = 4
SEARCH = {"smoke": (2, 40), "small": (4, 100)}
"""Profile -> random starts, and steps of each."""

KINDS = {"random": "drawn at random", "low_rank": f"drawn, of rank {RANK}", "trained": "trained"}
METHODS = {"circulant": "circulant and diagonal", "low_rank": "low rank", "tensor_train": "tensor train"}


def runs(profile: str, seed: int) -> list[CirculantFit]:
    """All fits: of each kind of matrix, one a draw."""
    return [approximation(kind, profile, draw) for kind in KINDS for draw in grid.draws(profile, seed)]


def draws(profile: str) -> int:
    """How many matrices of each kind there are."""
    return grid.SCALES[profile].draws


def approximation(kind: str, profile: str, draw: int) -> CirculantFit:
    """The fit to a matrix of order 16."""
    sources: dict[str, Any] = {
        "random": DrawnMatrix(ORDER, draw),
        "low_rank": DrawnMatrix(ORDER, draw, rank=RANK),
        "trained": TrainedBlock(grid.training(TRAINED, profile, draw), ORDER),
    }
    return CirculantFit(sources[kind], PAIRS, *SEARCH[profile])


@cache
def errors(profile: str, seed: int) -> pd.DataFrame:
    """Relative errors at equal bytes, a row a kind of matrix, method and number of pairs (or rank): mean over the
    draws, error_spread. Bytes are of float32 values."""
    rows = []
    for (kind, method), found in _errors(profile, seed).items():
        for pairs, values in zip(PAIRS, found.T, strict=True):
            mean, spread = mean_and_half_width(values)
            rows.append((KINDS[kind], METHODS[method], pairs, 4 * 2 * pairs * ORDER, mean, spread))
    return pd.DataFrame(rows, columns=["matrices", "method", "pairs", "bytes", "error", "error_spread"])


def described(errors: pd.DataFrame) -> str:
    """The errors at half the bytes of a matrix, in words."""
    half = errors[errors["pairs"] == SHOWN_PAIRS]
    kinds = [
        f"{kind}: "
        + ", ".join(f"{method} {error:.2f}" for method, error in zip(of["method"], of["error"], strict=True))
        for kind, of in half.groupby("matrices", sort=False)
    ]
    return "Mean errors at half the bytes of the matrix: " + "; ".join(kinds)


def advantage(profile: str, seed: int) -> pd.DataFrame:
    """Error of low rank minus that of circulant and diagonal factors, meaned over m: kind, advantage."""
    found = _errors(profile, seed)
    rows = [
        (kind, *mean_and_half_width((found[kind, "low_rank"] - found[kind, "circulant"]).mean(axis=1)))
        for kind in KINDS
    ]
    return pd.DataFrame(rows, columns=["kind", "advantage", "advantage_spread"])


def capability(profile: str, seed: int) -> tuple[float, float]:
    """Error of m pairs minus that of 2 m on drawn matrices, mean over m; over the draws, with half width."""
    found = _errors(profile, seed)["random", "circulant"]
    return mean_and_half_width((found[:, :-1] - found[:, 1:]).mean(axis=1))


def approximations(profile: str, seed: int) -> pd.DataFrame:
    """The first trained block, and what circulant factors and low rank make of it at equal bytes, as in `example`."""
    matrix, found = read_fit(load_or_run(approximation("trained", profile, seed)).folder)
    return matrix_entries(
        {
            "trained block": matrix,
            f"{SHOWN_PAIRS} pairs": found[SHOWN_PAIRS].product(),
            f"rank {SHOWN_PAIRS}": low_rank(matrix, SHOWN_PAIRS),
        }
    )


@cache
def _errors(profile: str, seed: int) -> dict[tuple[str, str], np.ndarray]:
    """Relative errors by kind and method, (draws, numbers of pairs)."""
    found: dict[tuple[str, str], list] = {(kind, method): [] for kind in KINDS for method in METHODS}
    for kind in KINDS:
        for draw in grid.draws(profile, seed):
            run = load_or_run(approximation(kind, profile, draw))
            matrix, _ = read_fit(run.folder)
            ranks = np.array(PAIRS) - 1
            found[kind, "circulant"].append([run.result["errors"][str(pairs)] for pairs in PAIRS])
            found[kind, "low_rank"].append(low_rank_errors(matrix)[ranks])
            found[kind, "tensor_train"].append(tensor_train_errors(matrix, MODES, MODES)[ranks])
    return {key: np.array(values) for key, values in found.items()}
