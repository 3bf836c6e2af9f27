"""What the trained models of Liu & Liu's grid scored, beside what the paper prints and what was recorded on real data.

A trained model counts with the size of the paper's model that it stands for. Intervals are 95 % t intervals over the
draws: the models of a draw share its videos, so that a mean over models counts once a draw.
"""

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments import recorded_values
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.runs import load_or_run

STEM = "liu2018_table_1"
CHECKPOINTS = {"best_averaged": "best averaged", "best_single": "best single"}
GAP_HEADINGS = {
    "model": "stands for",
    "paper_averaged": "paper",
    "best_averaged_gap": "ours",
    "best_averaged_gap_spread": "±",
    "inferior": "inferior",
    "full_best_averaged_gap": "5 worlds",
    "full_best_averaged_gap_spread": "±",
    "full_inferior": "inferior",
    "recorded_best_averaged_gap": "AudioSet",
    "recorded_best_averaged_gap_spread": "±",
    "recorded_inferior": "inferior",
}
SELECTION_HEADINGS = {
    "name": "checkpoint",
    "test": "test",
    "test_spread": "±",
    "optimism": "validation − test",
    "optimism_spread": "±",
    "full_test": "5 worlds, test",
    "full_test_spread": "±",
    "full_optimism": "validation − test",
    "full_optimism_spread": "±",
    "recorded_test": "AudioSet, test",
    "recorded_test_spread": "±",
    "recorded_optimism": "validation − test",
    "recorded_optimism_spread": "±",
}
ORDER_HEADINGS = {
    "name": "order by GAP against",
    "paper_tau": "paper",
    "tau": "ours",
    "tau_spread": "±",
    "full_tau": "5 worlds",
    "full_tau_spread": "±",
    "recorded_tau": "AudioSet",
    "recorded_tau_spread": "±",
}
FORMATS = (
    {name: ".4f" for name in [*GAP_HEADINGS, *SELECTION_HEADINGS]}
    | {name: ".2f" for name in ORDER_HEADINGS}
    | {"model": "", "name": ""}
    | dict.fromkeys(("inferior", "full_inferior", "recorded_inferior"), ".0%")
)


def key_prefix(profile: str) -> str:
    """How the keys of a profile's scores begin: those on AudioSet are other quantities than the simulated ones."""
    return "liu2018.table_1.audioset" if profile == "real" else "liu2018.table_1"


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a trained model, draw and checkpoint (a key of `CHECKPOINTS`), with its GAP on `validation` and `test`.

    The checkpoint was chosen on the validation split; the test split chose nothing.
    """
    return pd.DataFrame(
        [
            {
                "model": name,
                "draw": draw,
                "checkpoint": checkpoint,
                "validation": result[checkpoint]["validation_gap"],
                "test": result[checkpoint]["test"]["gap"],
            }
            for name in grid.trained_models(profile)
            for draw in grid.draws(profile, seed)
            for result in [load_or_run(grid.training(name, profile, draw)).result]
            for checkpoint in CHECKPOINTS
        ]
    )


def gaps(scores: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """One row each of the 28 models: test GAP over the draws, what the paper prints, and how the rule judges ours.

    Parameters
    ----------
    scores
        Of `scores`.
    sizes
        Columns model, float32_mib.

    Returns
    -------
    pandas.DataFrame
        model, float32_mib; `best_averaged_gap` and `best_single_gap`, each with `..._spread`; `paper_averaged` and
        `paper_single`; `inferior`: the share of the draws in which the averaged checkpoint's GAP is `inferior`. A model
        that was not trained, or is not in the paper's table, has NaN.
    """
    size = sizes.set_index("model")["float32_mib"]
    columns: dict[str, pd.Series] = {}
    for checkpoint in CHECKPOINTS:
        test = _by_draw(scores, checkpoint, "test")
        intervals = {name: mean_and_half_width(values.to_numpy()) for name, values in test.items()}
        columns[f"{checkpoint}_gap"] = pd.Series({name: mean for name, (mean, _) in intervals.items()})
        columns[f"{checkpoint}_gap_spread"] = pd.Series({name: half for name, (_, half) in intervals.items()})
    averaged = _by_draw(scores, "best_averaged", "test")
    judged = [inferior(size[averaged.columns].to_numpy(), draw) for draw in averaged.to_numpy()]
    printed = printed_scores()
    frame = pd.DataFrame(columns).assign(inferior=pd.Series(np.mean(judged, axis=0), averaged.columns))
    frame = frame.reindex(size.index).assign(
        paper_averaged=printed["best_averaged_gap"], paper_single=printed["best_single_gap"]
    )
    return frame.assign(float32_mib=size).rename_axis("model").reset_index()


def selection(scores: pd.DataFrame) -> pd.DataFrame:
    """What choosing on validation promised and what the test gave, meaned over the models: over the draws.

    One row a checkpoint, and one (`gain`) for averaged minus single: columns checkpoint, name; `validation`, `test` and
    `optimism`, the first minus the second, each with `..._spread`.
    """
    means = {
        checkpoint: {split: _by_draw(scores, checkpoint, split).mean(axis=1) for split in ("validation", "test")}
        for checkpoint in CHECKPOINTS
    }
    averaged, single = means["best_averaged"], means["best_single"]
    means["gain"] = {split: averaged[split] - single[split] for split in single}
    rows = []
    for checkpoint, name in (CHECKPOINTS | {"gain": "averaged minus single"}).items():
        row: dict[str, str | float] = {"checkpoint": checkpoint, "name": name}
        values = means[checkpoint]
        for column, each in (values | {"optimism": values["validation"] - values["test"]}).items():
            row[column], row[f"{column}_spread"] = mean_and_half_width(each.to_numpy())
        rows.append(row)
    return pd.DataFrame(rows)


def ordering(scores: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """Kendall's tau-b of the order of the paper's models by GAP with their order by something else.

    One row a property (`order`, `name`): `paper_tau` of the printed averaged GAPs, all 18; `tau` of ours, over the
    draws (each has a tau of its own), ± `tau_spread`. Of eliminated models the paper prints no GAP: they are left out.
    """
    printed = printed_scores()
    averaged = _by_draw(scores, "best_averaged", "test")
    averaged = averaged[[name for name in averaged if name in printed.index]]
    widths = {name: grid.cluster_and_hidden(name) for name in printed.index}
    orders = {
        "paper": ("the paper's GAP", printed["best_averaged_gap"]),
        "size": ("size", sizes.set_index("model")["float32_mib"]),
        "hidden_size": ("H", pd.Series({name: hidden for name, (_, hidden) in widths.items()})),
        "cluster_size": ("K", pd.Series({name: clusters for name, (clusters, _) in widths.items()})),
    }
    rows = []
    for order, (name, values) in orders.items():
        paper = printed["best_averaged_gap"].corr(values[printed.index], method="kendall")
        taus = [draw.corr(values[averaged.columns], method="kendall") for _, draw in averaged.iterrows()]
        tau, spread = mean_and_half_width(np.array(taus))
        known = float("nan") if order == "paper" else paper
        rows.append({"order": order, "name": name, "paper_tau": known, "tau": tau, "tau_spread": spread})
    return pd.DataFrame(rows)


def answered_by_real_alone(gaps: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Of `gaps` at the profile `real`, the printed models that are not trained at `small`; no row at other profiles."""
    alone = gaps["model"].isin(printed_scores().index) & ~gaps["model"].isin(grid.trained_models("small"))
    return gaps[alone & (profile == "real")]


def inferior(sizes: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Which models are inferior: "larger size but same or worse score than another model" (section 3), as written.

    Parameters
    ----------
    sizes, gaps
        One each a model.

    Returns
    -------
    numpy.ndarray
        Booleans, one a model.
    """
    larger = sizes[:, None] > sizes[None, :]  # (model, another)
    not_better = gaps[:, None] <= gaps[None, :]
    return np.any(larger & not_better, axis=1)


def printed_scores() -> pd.DataFrame:
    """Table 1 as printed, by model name."""
    return papers.table("liu2018", "table_1").frame().set_index("row")


def beside_recorded(frame: pd.DataFrame, columns: list[str], key: str) -> pd.DataFrame:
    """The frame with what was recorded at `full`, on five worlds, and on AudioSet: `full_` and `recorded_` + column.

    Parameters are those of `compactvid.experiments.recorded_values.beside_recorded`; `key` begins as the keys of
    simulated scores do.
    """
    beside = recorded_values.beside_full(frame, columns, key, STEM)
    of_real = key.replace(key_prefix("full"), key_prefix("real"), 1)
    return beside.join(recorded_values.beside_recorded(frame, columns, of_real, STEM).drop(columns=frame.columns))


def plotted(gaps: pd.DataFrame, columns: list[str], key: str, profile: str) -> pd.DataFrame:
    """What the figure shows of `gaps`: in place of a smaller profile's own simulated scores those of `full`.

    Parameters are those of `beside_recorded`; a frame that came through it loses its `full_` columns.
    """
    gaps = gaps.drop(columns=[name for name in gaps if name.startswith(recorded_values.FULL)])
    return gaps if profile == "real" else recorded_values.own_or_full(gaps, columns, key, STEM, profile)


def _by_draw(scores: pd.DataFrame, checkpoint: str, column: str) -> pd.DataFrame:
    """(draw, model), the models in the order of the scores."""
    chosen = scores[scores["checkpoint"] == checkpoint]
    return chosen.pivot(index="draw", columns="model", values=column)[list(dict.fromkeys(chosen["model"]))]
