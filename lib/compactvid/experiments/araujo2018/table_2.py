"""Araujo et al. 2018, Table 2 and Fig. 4: one layer of the base model made compact, without audio.

The plan, written before any of it was computed. All eight models are trained on the same worlds; learning rates, by
family, are the grid's. A claim has one number a world, a paired difference, and is decided by the t interval of its
mean over the worlds. GAP is that of the checkpoint that is best on validation, on test videos; curves are of
validation videos.

`fc_as_good`, `dbof_costs_accuracy`, `moe_costs_accuracy`
    Table 2's rows against its dense model. The compact mixture of experts is taken as it was counted: without diagonals
    and without context gating.
`circulant_moe_costs_accuracy`
    The same with both of them back. `compactvid.experiments.mixture_costs` splits the whole difference further.
`fc_converges_faster`
    Validation GAP, mean over the first half of the epochs: compact FC minus dense.
`dbof_varies`, `moe_more_stable`
    Mean change of the validation GAP from an epoch to the next, without its sign, over the last half of the epochs.
    That counts a steady rise too.

Beside the claims stands what else could have decided them (`compactvid.experiments.circulant_variations`), in two
worlds each. Nothing there decides a claim.
"""

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import circulant_counts as counting
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments import paired_differences
from compactvid.experiments.circulant_variations import WORLDS, draws, varied
from compactvid.experiments.compact_layer_statements import COUNTED
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.training import TrainingRun

PROFILES, data = grid.SCALES, grid.data
DENSE, DBOF, FC, MOE = "Dense-Model", "Compact-DBoF", "Compact-FC", "Compact-MoE"
WHOLE_MOE = "Compact-MoE-with-diagonal-and-gating"
ROWS = {
    DENSE: "dense",
    DBOF: "compact DBoF",
    FC: "compact FC",
    MOE: "compact MoE, as counted",
    "Dense-MoE-without-gating": "dense, no gating",
    "Compact-MoE-with-gating": "compact MoE, no diagonal",
    "Compact-MoE-with-diagonal": "compact MoE, no gating",
    WHOLE_MOE: "compact MoE",
}
"""Table 2's rows, then the cells that it leaves out, with how the page calls them."""
CURVES = {ROWS[DENSE]: "dense", ROWS[DBOF]: "compact_dbof", ROWS[FC]: "compact_fc", ROWS[MOE]: "compact_moe"}
"""The curves of Fig. 4, with their ids."""
CLAIMS = {
    "fc_as_good": ("compact FC − dense", f"table_2.{FC}", f"table_2.{DENSE}"),
    "dbof_costs_accuracy": ("dense − compact DBoF", f"table_2.{DENSE}", f"table_2.{DBOF}"),
    "moe_costs_accuracy": ("dense − compact MoE, as counted", f"table_2.{DENSE}", f"table_2.{MOE}"),
    "circulant_moe_costs_accuracy": (
        "dense − compact MoE with diagonals and gating",
        f"table_2.{DENSE}",
        f"table_2.{WHOLE_MOE}",
    ),
}
COMPARED = (DENSE, DBOF, FC, MOE, WHOLE_MOE)
"""The rows that a claim compares."""
TESTED = (*CLAIMS, "fc_converges_faster", "dbof_varies", "moe_more_stable")
"""The comparisons that answer a row of the ledger."""
COUNT_HEADINGS = {
    "model": "model",
    "weights": "weights",
    "paper_weights": "printed",
    "size_mib": "MiB",
    "paper_size_mib": "printed",
    "compression_rate": "saved, %",
    "paper_compression_rate": "printed",
}
COUNT_FORMATS = {column: ",.0f" if "weights" in column else ".1f" for column in COUNT_HEADINGS} | {
    "model": "",
    "paper_size_mib": ".0f",
}
GAP_HEADINGS = {
    "model": "model",
    "gap": "GAP",
    "gap_spread": "±",
    "difference": "− dense",
    "difference_spread": "±",
    "paper_gap": "paper",
    "paper_difference": "− dense",
    **scores.GAP_AT_REAL,
}
GAP_FORMATS = {column: ".3f" if column.startswith("paper") else ".4f" for column in GAP_HEADINGS} | {"model": ""}
END_HEADINGS = {
    "model": "model",
    "epoch": "epoch",
    "gap": "GAP",
    "gap_spread": "±",
    **scores.GAP_AT_FULL,
    "paper_gap": "paper",
    **scores.GAP_AT_REAL,
}
END_FORMATS = dict.fromkeys(list(END_HEADINGS)[2:], ".4f") | {"paper_gap": ".3f"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The counts, the eight models' trainings on every world, and the variations of those of the claims on two."""
    trainings = [training(row, profile, draw) for row in ROWS for draw in grid.draws(profile, seed)]
    half = len(trainings) // 2
    first = [training(row, profile, draw) for row in COMPARED for draw in grid.draws(profile, seed)[:WORLDS]]
    return {
        "sizes": [counting.counting(name) for name in dict.fromkeys((*COUNTED, *(f"table_2.{row}" for row in ROWS)))],
        "one_layer": trainings[:half],
        "mixture": trainings[half:],
        "sensitivity": sensitivity.runs(first, profile),
    }


def training(row: str, profile: str, draw: int) -> TrainingRun:
    """The training of a row of `ROWS`."""
    return grid.training(f"table_2.{row}", profile, draw)


def counts() -> pd.DataFrame:
    """One row a model at the paper's size: row, model, weights, size_mib, compression_rate (%), and what is printed.

    The printed columns begin with `paper_`; NaN where a model is not in the table.
    """
    weights = pd.Series({row: counting.weights(f"table_2.{row}") for row in ROWS})
    frame = pd.DataFrame({"model": pd.Series(ROWS), "weights": weights, "size_mib": 4 * weights / 2**20})
    saved = 100 * (1 - weights / weights[DENSE])
    frame["compression_rate"] = saved.where(weights != weights[DENSE])
    printed = _printed()[["weights", "size_mib", "compression_rate"]].add_prefix("paper_")
    return frame.join(printed).rename_axis("row").reset_index()


def printed_differences() -> pd.DataFrame:
    """One row a compact model: row, and its difference in GAP to the dense one, as the printed GAPs give it."""
    gap = _printed()["gap"]
    return (gap - gap[DENSE]).drop(DENSE).rename("difference").reset_index()


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row a model: row, model, test gap and difference to the dense model, with `..._spread`; printed paper_gap."""
    found = _gaps(profile, seed)
    rows = []
    for row, name in ROWS.items():
        gap, gap_spread = mean_and_half_width(found[row])
        difference, spread = mean_and_half_width(found[row] - found[DENSE])
        rows.append((row, name, gap, gap_spread, *((difference, spread) if row != DENSE else (np.nan, np.nan))))
    columns = ["row", "model", "gap", "gap_spread", "difference", "difference_spread"]
    printed = _printed()[["gap", "difference"]].add_prefix("paper_")
    return pd.DataFrame(rows, columns=columns).join(printed, on="row")


def claims(profile: str, seed: int, variation: str | None = None) -> pd.DataFrame:
    """One row a claim and world of Table 2: columns of `paired_differences.differences`."""
    return scores.model_differences(CLAIMS, profile, seed, variation=variation)


def curves(profile: str, seed: int) -> pd.DataFrame:
    """Validation GAP by epoch of Table 2's four rows; see `circulant_scores.curves`."""
    return scores.curves({name: f"table_2.{row}" for row, name in ROWS.items() if name in CURVES}, profile, seed)


def curve_ends(curves: pd.DataFrame) -> pd.DataFrame:
    """The first and the last epoch of each curve by the keys of Fig. 4, whose last epoch is the seventh.

    Columns model, curve, end, epoch, gap, gap_spread and paper_gap, as read off the plot; NaN where it was not.
    """
    last = curves["epoch"].max()
    ends = curves[curves["epoch"].isin((1, last))]
    ends = ends.assign(curve=ends["model"].map(CURVES), end=np.where(ends["epoch"] == 1, "epoch_1", "epoch_7"))
    read = {entry.id: float(entry.printed) for entry in papers.entries("araujo2018") if ".fig_4." in entry.id}
    keys = "araujo2018.fig_4." + ends["curve"] + "." + ends["end"]
    return ends.assign(paper_gap=keys.map(read))


def curve_claims(profile: str, seed: int, variation: str | None = None) -> pd.DataFrame:
    """One row a claim of Fig. 4 and world: columns of `paired_differences.differences`."""
    histories = {
        row: np.array(
            [grid.history(varied(training(row, profile, draw), variation)) for draw in draws(profile, seed, variation)]
        )
        for row in (DENSE, DBOF, FC, MOE)
    }
    half = histories[DENSE].shape[1] // 2
    early = {row: history[:, :half].mean(axis=1) for row, history in histories.items()}
    moved = {row: movement(history, half) for row, history in histories.items()}
    return paired_differences.differences(
        {
            "fc_converges_faster": ("early GAP: compact FC − dense", early[FC] - early[DENSE]),
            "dbof_varies": ("movement: compact DBoF − dense", moved[DBOF] - moved[DENSE]),
            "moe_more_stable": ("movement: compact DBoF − compact MoE", moved[DBOF] - moved[MOE]),
        }
    )


def all_claims(profile: str, seed: int, variation: str) -> pd.DataFrame:
    """The claims of Table 2 and of Fig. 4 under a variation."""
    return pd.concat([claims(profile, seed, variation), curve_claims(profile, seed, variation)])


def movement(histories: np.ndarray, last: int) -> np.ndarray:
    """Mean change from an epoch to the next, without its sign, over the `last` changes of each row of histories."""
    return np.abs(np.diff(histories, axis=1))[:, -last:].mean(axis=1)


def _gaps(profile: str, seed: int) -> dict[str, np.ndarray]:
    return {row: scores.world_gaps(f"table_2.{row}", profile, seed) for row in ROWS}


def _printed() -> pd.DataFrame:
    return papers.table("araujo2018", "table_2").frame().set_index("row")
