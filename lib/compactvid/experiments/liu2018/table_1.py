"""Liu & Liu 2018, Table 1: sizes of all 28 models at the paper's size, and GAP of scaled-down ones.

What is trained, and how far it is scaled down, stands in `compactvid.experiments.gated_netvlad_grid`.
"""

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.compression import StoredSize
from compactvid.compression.stored_size import PRECISIONS
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.runs import load_or_run

PROFILES, data = grid.SCALES, grid.data

SIZE_HEADINGS = {
    "model": "model",
    "float32_mib": "float32",
    "paper_float32_mib": "paper",
    "float16_mib": "float16",
    "paper_float16_mib": "paper",
    "compression_rate": "rate",
    "paper_compression_rate": "paper",
    "big_four_share": "big four",
}
GAP_HEADINGS = {
    "model": "stands for",
    "worlds": "worlds",
    "best_averaged_gap": "averaged",
    "best_averaged_gap_spread": "±",
    "best_single_gap": "single",
    "best_single_gap_spread": "±",
    "gain": "gain",
    "gain_spread": "±",
    "paper_averaged": "paper, averaged",
    "paper_single": "paper, single",
}
SIZE_FORMATS = {column: ".1f" if column.endswith(("rate", "share")) else ".2f" for column in SIZE_HEADINGS} | {
    "model": ""
}
GAP_FORMATS = {column: ".4f" for column in GAP_HEADINGS} | {"model": "", "worlds": ""}


def paper_models() -> dict[str, GatedNetVLAD]:
    """The paper's 28 models by name (`K24-H1440`): the 18 of Table 1, then the 10 that were eliminated."""
    table = papers.table("liu2018", "table_1")
    return {name: GatedNetVLAD(*grid.cluster_and_hidden(name)) for name in [*table.row_ids, *table.eliminated]}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The sizes of all 28 models, and the profile's trainings: every model on every world."""
    return {"sizes": [StoredSize(model) for model in paper_models().values()]} | grid.runs(profile, seed)


def sizes() -> pd.DataFrame:
    """One row a model: MiB at both precisions, compression rate and the big four's share in %, tensors."""
    rows = []
    eliminated = set(papers.table("liu2018", "table_1").eliminated)
    for name, model in paper_models().items():
        tensors = {
            precision: pd.DataFrame(records) for precision, records in load_or_run(StoredSize(model)).result.items()
        }
        stored = {precision: tensors[precision]["bytes"].sum() for precision in PRECISIONS}
        big = tensors["float32"].set_index("tensor").loc[list(BIG_FOUR), "bytes"].sum()
        rows.append(
            {
                "model": name,
                "float32_mib": stored["float32"] / 2**20,
                "float16_mib": stored["float16"] / 2**20,
                "compression_rate": 100 * (1 - stored["float16"] / stored["float32"]),
                "big_four_share": 100 * big / stored["float32"],
                "tensors": len(tensors["float32"]),
                "cast_tensors": int((tensors["float16"]["dtype"] == "float16").sum()),
                "eliminated": name in eliminated,
            }
        )
    return pd.DataFrame(rows)


def beside_paper(sizes: pd.DataFrame) -> pd.DataFrame:
    """The sizes of the 18 kept models with the printed ones: columns `paper_` + float32_mib, float16_mib, ..._rate."""
    printed = papers.table("liu2018", "table_1").frame().rename(columns={"row": "model"})
    columns = ["float32_mib", "float16_mib", "compression_rate"]
    printed = printed[["model", *columns]].rename(columns={column: f"paper_{column}" for column in columns})
    return sizes.merge(printed, on="model", how="inner", validate="1:1")[list(SIZE_HEADINGS)]


def claims(sizes: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that follows from the sizes or from the printed table alone: its id, value and unit."""
    table = papers.table("liu2018", "table_1")
    printed = table.frame()
    kept = sizes[~sizes["eliminated"]]
    gain = (printed["best_averaged_gap"] - printed["best_single_gap"]).mean()
    rows = [
        ("cast_tensors", sizes["cast_tensors"].max(), "tensors"),
        ("weight_tensors", sizes["tensors"].max(), "tensors"),
        ("big_four_share", kept["big_four_share"].mean(), "%"),
        ("average_compression_rate", kept["compression_rate"].mean(), "%"),
        ("average_checkpoint_gain", gain, "GAP"),
        ("evaluated_models", len(sizes), "models"),
        ("kept_models", len(kept), "models"),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def claimed_share() -> float:
    """The big four's share of a model that the paper claims, in %."""
    (claim,) = (entry for entry in papers.entries("liu2018") if entry.id == "liu2018.claims.big_four_share")
    if claim.number is None:
        raise ValueError(f"{claim.id}: expected a printed number, found {claim.printed!r}")
    return float(claim.number)


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row a trained model: test GAP of the best averaged and best single checkpoint over the worlds.

    Columns: model, worlds; for `best_averaged_gap`, `best_single_gap` and their paired difference `gain` the mean over
    the worlds and the half width of its 95 % t interval (`..._spread`); the paper's two numbers beside them.
    """
    printed = papers.table("liu2018", "table_1").frame().set_index("row")
    rows = []
    for name, (averaged, single) in _test_gaps(profile, seed).items():
        row = {"model": name, "worlds": len(grid.draws(profile, seed))}
        for column, values in {
            "best_averaged_gap": averaged,
            "best_single_gap": single,
            "gain": averaged - single,
        }.items():
            row[column], row[f"{column}_spread"] = mean_and_half_width(values)
        row["paper_averaged"] = printed.loc[name, "best_averaged_gap"]
        row["paper_single"] = printed.loc[name, "best_single_gap"]
        rows.append(row)
    return pd.DataFrame(rows)


def size_and_gap(sizes: pd.DataFrame, gaps: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The printed table, and our trained models with the size of the model that each stands for."""
    return papers.table("liu2018", "table_1").frame(), gaps.merge(sizes[["model", "float32_mib"]], on="model")


def averaging_gain(profile: str, seed: int) -> tuple[float, float]:
    """Mean over the worlds of the averaged checkpoint's gain (itself the mean over the models), and its half width.

    Models of one world share its videos, so a world counts once.
    """
    gains = [averaged - single for averaged, single in _test_gaps(profile, seed).values()]
    return mean_and_half_width(np.mean(gains, axis=0))


def _test_gaps(profile: str, seed: int) -> dict[str, np.ndarray]:
    """For each trained model its test GAP, (checkpoint, world): averaged and single."""
    return {
        name: np.array(
            [
                [result[checkpoint]["test"]["gap"] for checkpoint in ("best_averaged", "best_single")]
                for draw in grid.draws(profile, seed)
                for result in [load_or_run(grid.training(name, profile, draw)).result]
            ]
        ).T
        for name in grid.trained_models(profile)
        if name in papers.table("liu2018", "table_1").rows
    }
