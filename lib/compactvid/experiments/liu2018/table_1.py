"""Liu & Liu 2018, Table 1: sizes of all 28 models at the paper's size, and GAP of a scaled-down subset.

The paper trains each model for two to three days on the frames of YouTube-8M. What is trained here is the same
architecture on simulated frames, with every width divided: features and hidden sizes by 16, cluster sizes by 2 (the
simulated videos have about a fifteenth of the frames, and fewer clusters than that would leave one for the audio).
Which models are trained was fixed beforehand: every sixth row of the table, and the last. The learning rate is the one
of 0.0025, 0.005, 0.01 and 0.02 with the largest validation GAP on world 1000, meaned over K24-H1440, K16-H512 and
K16-H256; no profile reports that world.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.compression import BestCheckpoints, StoredSize
from compactvid.compression.stored_size import PRECISIONS
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun

HIDDEN_DIVISOR, CLUSTER_DIVISOR = 16, 2

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


@dataclass(frozen=True)
class Scale:
    """How much of the table is trained: every `row_step`-th row, on `worlds` worlds."""

    row_step: int
    worlds: int
    train: int
    validate: int
    test: int
    epochs: int


PROFILES = {
    "smoke": Scale(row_step=17, worlds=2, train=1024, validate=256, test=512, epochs=5),
    "small": Scale(row_step=6, worlds=5, train=3000, validate=1000, test=2000, epochs=8),
}


def paper_models() -> dict[str, GatedNetVLAD]:
    """The paper's 28 models by name (`K24-H1440`): the 18 of Table 1, then the 10 that were eliminated."""
    table = papers.table("liu2018", "table_1")
    return {name: GatedNetVLAD(*_cluster_and_hidden(name)) for name in [*table.row_ids, *table.eliminated]}


def trained_models(profile: str) -> list[str]:
    """The names of the models that a profile trains: every n-th row, and the last."""
    rows = papers.table("liu2018", "table_1").row_ids
    chosen = rows[:: PROFILES[profile].row_step]
    return chosen if rows[-1] in chosen else [*chosen, rows[-1]]


def runs(profile: str, seed: int) -> dict[str, list]:
    """The sizes of all 28 models, and the profile's trainings: one world a seed, the same world for every model."""
    scale = PROFILES[profile]
    return {
        "sizes": [StoredSize(model) for model in paper_models().values()],
    } | {
        f"world_{world_seed}": [_training(name, scale, world_seed) for name in trained_models(profile)]
        for world_seed in range(seed, seed + scale.worlds)
    }


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    return f"simulated frames, {PROFILES[profile].worlds} worlds"


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
        row = {"model": name, "worlds": PROFILES[profile].worlds}
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
    scale = PROFILES[profile]
    return {
        name: np.array(
            [
                [result[checkpoint]["test"]["gap"] for checkpoint in ("best_averaged", "best_single")]
                for world_seed in range(seed, seed + scale.worlds)
                for result in [load_or_run(_training(name, scale, world_seed)).result]
            ]
        ).T
        for name in trained_models(profile)
    }


def _training(name: str, scale: Scale, seed: int) -> BestCheckpoints:
    cluster_size, hidden_size = _cluster_and_hidden(name)
    world = VideoWorld(seed=seed)
    return BestCheckpoints(
        TrainingRun(
            model=GatedNetVLAD(
                cluster_size=cluster_size // CLUSTER_DIVISOR,
                hidden_size=round(hidden_size / HIDDEN_DIVISOR),
                num_classes=world.num_classes,
                rgb_size=world.rgb_size,
                audio_size=world.audio_size,
                batch_norm_momentum=0.9,
            ),
            dataset=SimulatedFrameLevel(world, train=scale.train, validate=scale.validate, test=scale.test),
            seed=seed,
            epochs=scale.epochs,
            batch_size=128,
            learning_rate=0.005,
        )
    )


def _cluster_and_hidden(name: str) -> tuple[int, int]:
    cluster_size, hidden_size = re.findall(r"\d+", name)
    return int(cluster_size), int(hidden_size)
