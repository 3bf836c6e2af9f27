"""Clusters traded for hidden size at equal bytes: models trained for it, and what Liu & Liu's own Table 1 says.

Each trade starts from a model of the grid with many clusters, keeps a quarter or an eighth of them, and takes the
largest hidden size with which the scaled-down model stores no more float16 bytes. An eighth is trained at the largest
level alone, where it leaves enough clusters for a further trade to make sense. The names are those of the paper-size
models that have these K and H; at that size their bytes are not equal, since 3,862 classes make H dearer there than 60
do here.

Everything is trained at the grid's learning rate, 0.01. On validation of world 1000, which no profile reports, it is
the best of 0.005, 0.01 and 0.02 for K100-H800 (0.598, 0.613, 0.613), K24-H1408 (0.607, 0.625, 0.603) and K16-H848
(0.579, 0.586, 0.584), but not for K64-H512 (0.563, 0.578, 0.593): at 0.02 it beats K16-H848 at its best there.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from compactvid import papers
from compactvid.compression import StoredSize
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.runs import load_or_run

TRADES: dict[str, dict[str, tuple[str, ...]]] = {
    "smoke": {"K100-H800": ("K24-H1408",)},
    "small": {"K100-H800": ("K24-H1408", "K12-H1568")},
    "full": {"K100-H800": ("K24-H1408", "K12-H1568"), "K64-H512": ("K16-H848",), "K32-H400": ("K8-H560",)},
}
"""Profile -> model of the grid -> the models of equal bytes with a quarter and an eighth of its clusters."""

TRADE_HEADINGS = {
    "reference": "starts from",
    "model": "model",
    "clusters": "K, trained",
    "hidden": "H, trained",
    "kib": "KiB",
    "gap": "test GAP",
    "gap_spread": "±",
    "difference": "to the first",
    "difference_spread": "±",
}
TRADE_FORMATS = {column: ".4f" for column in TRADE_HEADINGS} | {
    "model": "",
    "reference": "",
    "clusters": "",
    "hidden": "",
    "kib": ".1f",
}
PAIR_HEADINGS = {
    "more_clusters": "more K",
    "larger_hidden": "larger H",
    "size_ratio": "size ratio",
    "difference": "GAP",
}
PAIR_FORMATS = {"size_ratio": ".3f", "difference": "+.4f"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The trainings and sizes of those models in the trades that the grid has not."""
    partners = [name for names in TRADES[profile].values() for name in names]
    trainings = [grid.training(name, profile, draw) for name in partners for draw in grid.draws(profile, seed)]
    half = -(-len(trainings) // 2) if len(trainings) > 4 else len(trainings)
    groups: dict[str, list] = {"equal_bytes_sizes": [trained_size(name, profile) for name in partners]}
    for number, first in enumerate(range(0, len(trainings), half)):
        groups[f"equal_bytes_models_{number}"] = trainings[first : first + half]
    return groups


def trained_size(name: str, profile: str) -> StoredSize:
    """The measurement of a model as it is trained: of one size in every world."""
    return StoredSize(grid.training(name, profile, 0).training.model)


def trades(profile: str, seed: int) -> pd.DataFrame:
    """One row a model: its clusters and hidden size as trained, stored KiB, test GAP and difference to the reference.

    Columns: reference, model, clusters, hidden, kib, gap and difference (means
    over the worlds) with `..._spread`, the half widths of their 95 % t intervals. A reference has no difference.
    """
    rows = []
    for reference, partners in TRADES[profile].items():
        base = world_gaps(reference, profile, seed)
        for name in (reference, *partners):
            model = grid.training(name, profile, seed).training.model
            tensors = load_or_run(trained_size(name, profile)).result["float16"]
            row = {"reference": reference, "model": name, "clusters": model.cluster_size, "hidden": model.hidden_size}
            row["kib"] = sum(tensor["bytes"] for tensor in tensors) / 2**10
            gaps = world_gaps(name, profile, seed)
            row["gap"], row["gap_spread"] = mean_and_half_width(gaps)
            if name != reference:
                row["difference"], row["difference_spread"] = mean_and_half_width(gaps - base)
            rows.append(row)
    return pd.DataFrame(rows)


def world_gaps(name: str, profile: str, seed: int) -> np.ndarray:
    """Test GAP of a model's best averaged checkpoint, (worlds,)."""
    results = [load_or_run(grid.training(name, profile, draw)).result for draw in grid.draws(profile, seed)]
    return np.array([result["best_averaged"]["test"]["gap"] for result in results])


def gain_per_doubling(names: list[str], gaps: np.ndarray) -> np.ndarray:
    """Least squares of GAP on log2 K and log2 H: the gain of doubling each, (2,) + the trailing axes of `gaps`.

    Parameters
    ----------
    names
        Models, such as `K24-H1440`.
    gaps
        (models, ...).
    """
    return np.linalg.lstsq(_regressors(names), gaps, rcond=None)[0][1:]


def paper_trades(sizes: pd.DataFrame) -> pd.DataFrame:
    """What Table 1 predicts for halving a model's clusters at equal bytes, one row a model of the table.

    GAP is fitted on log2 K and log2 H over the 18 printed models. Columns: model, clusters, hidden (the size that the
    freed bytes buy), gain and gain_spread (half width of its 95 % interval from the regression's residuals).

    Parameters
    ----------
    sizes
        Columns model and float16_mib of models at the paper's size.
    """
    names, gaps = _printed()
    regressors = _regressors(names)
    coefficients, (squares,), *_ = np.linalg.lstsq(regressors, gaps, rcond=None)
    freedom = len(names) - regressors.shape[1]
    covariance = np.linalg.inv(regressors.T @ regressors) * squares / freedom
    rows = []
    for name in names:
        clusters, hidden = grid.cluster_and_hidden(name)
        larger = _hidden_of_equal_size(sizes, clusters, hidden, clusters / 2)
        step = np.array([0, -1, np.log2(larger / hidden)])
        spread = stdtrit(freedom, 0.975) * np.sqrt(step @ covariance @ step)
        rows.append(
            {
                "model": name,
                "clusters": clusters,
                "hidden": larger,
                "gain": step @ coefficients,
                "gain_spread": spread,
            }
        )
    return pd.DataFrame(rows)


def paper_doubling() -> pd.DataFrame:
    """What doubling each gains on the line through Table 1: columns of (`clusters`, `hidden`) and gain."""
    return pd.DataFrame({"of": ["clusters", "hidden"], "gain": gain_per_doubling(*_printed())})


def paper_pairs(tolerance: float) -> pd.DataFrame:
    """Pairs of Table 1 of nearly equal float16 size where one has more clusters, the other the larger hidden size.

    Columns: more_clusters, larger_hidden (models), size_ratio (of the latter), difference (its printed GAP minus the
    other's).
    """
    printed = papers.table("liu2018", "table_1").frame()
    rows = []
    for clustered in printed.itertuples():
        for wide in printed.itertuples():
            (clusters, hidden), (fewer, larger) = map(grid.cluster_and_hidden, (clustered.row, wide.row))
            ratio = wide.float16_mib / clustered.float16_mib
            if fewer < clusters and larger > hidden and abs(ratio - 1) <= tolerance:
                difference = wide.best_averaged_gap - clustered.best_averaged_gap
                rows.append((clustered.row, wide.row, ratio, difference))
    return pd.DataFrame(rows, columns=["more_clusters", "larger_hidden", "size_ratio", "difference"])


def _hidden_of_equal_size(sizes: pd.DataFrame, clusters: int, hidden: int, fewer: float) -> float:
    """The hidden size with which a model of `fewer` clusters takes the bytes of (`clusters`, `hidden`).

    A model's bytes are a + b K + c H + d K H + e H^2, exactly for even K; the five are read off built models.
    """

    def terms(k: np.ndarray, h: np.ndarray) -> np.ndarray:
        return np.stack([np.ones_like(k), k, h, k * h, h * h], axis=-1)

    k, h = np.array([grid.cluster_and_hidden(name) for name in sizes["model"]], dtype="float64").T
    a, b, c, d, e = np.linalg.lstsq(terms(k, h), sizes["float16_mib"], rcond=None)[0]
    size = terms(np.array(float(clusters)), np.array(float(hidden))) @ (a, b, c, d, e)
    return float(max(np.roots([e, c + d * fewer, a + b * fewer - size])))


def _printed() -> tuple[list[str], np.ndarray]:
    printed = papers.table("liu2018", "table_1").frame()
    return list(printed["row"]), printed["best_averaged_gap"].to_numpy(dtype="float64")


def _regressors(names: list[str]) -> np.ndarray:
    logarithms = np.log2([grid.cluster_and_hidden(name) for name in names])
    return np.concatenate([np.ones((len(names), 1)), logarithms], axis=1)
