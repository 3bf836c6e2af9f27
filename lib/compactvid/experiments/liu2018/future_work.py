"""Liu & Liu 2018, section 4: what the authors would have done with more time, done at reduced scale.

The plan, written before any of it was computed. A claim has one number a world, a paired difference of test GAPs, and
is decided by the t interval of its mean over the worlds; checkpoints and ensemble weights are chosen on validation
videos. Each could come out at or below zero: weights tuned on validation need not help on test, and rounding, models
with too few clusters or a teacher that overfitted its own training videos may harm.

`eight_bit_ensemble_helps`
    The winner YHLS with the paper's four tensors in float16, against an 8-bit ensemble of about twice the models in the
    same 2^30 bytes: YHLS, then down the rows of Table 1 whatever still fits, by the printed float32 sizes and the
    paper's own "75 % compression rate". No score chooses a member.
`other_architectures_help`
    YHLS in 8 bits, against the same with an LSTM, a deep bag of frames and a Fisher vector in the gained space. Their
    sizes are fixed by what made them known: 1,024 cells in two layers (the challenge's starter code), 8,192 projections
    and 64 clusters (Araujo et al. 2018), each followed by the layers of K16-H800, the middle one of YHLS. Shown beside
    it, and not tested: the same space filled with more Gated NetVLADs, and each model on its own. An architecture that
    is better on its own helps without any boost from variety. (So it came out, and the gain over the best of the
    ensemble's models was added to what is shown: that is what variety gives.)
`distillation_helps`
    K32-H512, the smallest of YHLS, taught by YHLS, against the same training without a teacher. Half of the loss is
    the teacher's; its temperature was chosen on world 1000.

Scaled down as the grid is: cells, projections and hidden sizes by 16, clusters by 2. Learning rates and temperature
(of 1, 2 and 4, whose validation GAPs were 0.6022, 0.6025 and 0.5940) were chosen at what is now called `full`, on world
1000, which no profile reports. Members and learning rates stand in `compactvid.experiments.eight_bit_ensembles`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from compactvid.compression import BestCheckpoints
from compactvid.compression.at_precision import AtPrecision
from compactvid.compression.distillation import Distillation
from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.eight_bit_ensembles import (
    ARCHITECTURES,
    MORE_MODELS,
    OTHERS,
    TRAINED,
    WINNER,
    WINNER_FLOAT16,
    WINNER_INT8,
    ensemble,
    members,
    training,
)
from compactvid.experiments.ensembles import stored_size
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.power import detectable_difference
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.runs import load_or_run

PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
USES = ("liu2018_table_1",)
STEM = "liu2018_future_work"
data = grid.data

STUDENT, TEMPERATURE = "S", 2.0
COMPARISONS = {
    "eight_bit_ensemble_helps": ("twice the models in 8 bits over YHLS in float16", MORE_MODELS, WINNER_FLOAT16),
    "other_architectures_help": ("8-bit YHLS with other architectures over it alone", OTHERS, WINNER_INT8),
    "distillation_helps": ("student of YHLS over the same without a teacher", "distilled", "alone"),
    "eight_bits_over_float16": ("YHLS in 8 bits over YHLS in float16", WINNER_INT8, WINNER_FLOAT16),
    "others_over_more": ("other architectures over more Gated NetVLADs", OTHERS, MORE_MODELS),
    "others_over_best_member": ("other architectures over the best of the ensemble's models", OTHERS, "best member"),
    "teacher_over_student": ("teacher over its student", WINNER_FLOAT16, "distilled"),
}
"""Comparison -> how the page calls it, and the two whose test GAPs are subtracted."""
CLAIMS = ("eight_bit_ensemble_helps", "other_architectures_help", "distillation_helps")
"""The comparisons that decide a claim; the others are shown and not tested."""

SINGLE_HEADINGS = {
    "model": "model",
    "float32_mib": "float32",
    "int8_mib": "8 bits",
    "gap": "GAP, float32",
    "gap_spread": "±",
    "change": "in 8 bits",
    "change_spread": "±",
}
SINGLE_FORMATS = {column: ".2f" if column.endswith("mib") else ".4f" for column in SINGLE_HEADINGS} | {"model": ""}
ENSEMBLE_HEADINGS = {
    "ensemble": "ensemble",
    "models": "models",
    "mib": "MiB",
    "gap": "GAP, tuned",
    "gap_spread": "±",
    "uniform": "GAP, uniform",
    "uniform_spread": "±",
}
ENSEMBLE_FORMATS = {column: ".4f" for column in ENSEMBLE_HEADINGS} | {"ensemble": "", "models": ".0f", "mib": ".1f"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The other architectures, the distilled students, and all that is evaluated at fewer bits, with the ensembles."""
    draws = grid.draws(profile, seed)
    rounded = dict.fromkeys(member for found in members(profile).values() for member in found)
    return {
        "architectures": [TensorSizes(ARCHITECTURES[name]) for name in TRAINED[profile]]
        + [training(name, profile, draw) for name in TRAINED[profile] for draw in draws],
        "distillation": [distillation(profile, draw) for draw in draws],
        "fewer_bits": [
            AtPrecision(training(name, profile, draw), precision)
            for name, precision in sorted(rounded)
            for draw in draws
        ]
        + [ensemble(name, profile, draw) for name in members(profile) for draw in draws],
    }


def distillation(profile: str, draw: int) -> Distillation:
    """The student's training with YHLS for a teacher."""
    names = grid.names_by_letter()
    teachers = tuple(grid.training(names[letter], profile, draw) for letter in WINNER)
    return Distillation(grid.training(names[STUDENT], profile, draw), teachers, temperature=TEMPERATURE)


def sizes(profile: str) -> pd.DataFrame:
    """One row a model of the ensembles, at the paper's size, counted on built models.

    Columns: model, float32_mib, float16_mib (the four big tensors) and int8_mib (all matrices, each with a scale of 4
    bytes and a zero point of 1).
    """
    rows = []
    for name in dict.fromkeys(name for found in members(profile).values() for name, _ in found):
        if name in ARCHITECTURES:
            tensors = load_or_run(TensorSizes(ARCHITECTURES[name])).result["tensors"]
        else:
            tensors = load_or_run(stored_size(name)).result["float32"]
        found = {
            "float32": sum(tensor["bytes"] for tensor in tensors),
            "float16": sum(tensor["bytes"] // (1 + (tensor["tensor"] in BIG_FOUR)) for tensor in tensors),
            "int8": sum(
                tensor["bytes"] // 4 + 5 if len(tensor["shape"]) > 1 else tensor["bytes"] for tensor in tensors
            ),
        }
        rows.append({"model": name, **{f"{precision}_mib": count / 2**20 for precision, count in found.items()}})
    return pd.DataFrame(rows)


def singles(profile: str, seed: int) -> pd.DataFrame:
    """One row a model of the ensembles: its sizes, its test GAP in float32, and what 8 bits change.

    Columns: model, float32_mib, int8_mib, gap, gap_spread, change, change_spread.
    """
    rows = []
    for row in sizes(profile).drop(columns="float16_mib").to_dict("records"):
        gaps = np.array([_single(row["model"], profile, draw) for draw in grid.draws(profile, seed)])
        row["gap"], row["gap_spread"] = mean_and_half_width(gaps[:, 0])
        row["change"], row["change_spread"] = mean_and_half_width(gaps[:, 1] - gaps[:, 0])
        rows.append(row)
    return pd.DataFrame(rows)


def ensembles(profile: str, seed: int) -> pd.DataFrame:
    """One row an ensemble: number of models, MiB at the paper's size, test GAP with tuned and with uniform weights.

    Columns: ensemble, models, mib, gap, gap_spread, uniform, uniform_spread.
    """
    size = sizes(profile).set_index("model")
    rows = []
    for name, found in members(profile).items():
        row = {"ensemble": name, "models": len(found)}
        row["mib"] = sum(size.loc[model, f"{precision}_mib"] for model, precision in found)
        for column, weights in (("gap", "tuned"), ("uniform", "uniform")):
            row[column], row[f"{column}_spread"] = mean_and_half_width(_ensemble_gaps(name, profile, seed, weights))
        rows.append(row)
    return pd.DataFrame(rows)


def every(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The frame of `singles` or `ensembles`: the rows of `full` first, trained here or not, and `key` for results.

    Parameters
    ----------
    frame
        Of the profile of the page.
    name
        Its first column, `model` or `ensemble`.
    """
    of_full = members("full")
    models = [model for found in of_full.values() for model, _ in found]
    rows = list(dict.fromkeys([*(models if name == "model" else of_full), *frame[name]]))
    whole = frame.set_index(name).reindex(rows).rename_axis(name).reset_index()
    return whole.assign(key=[ensemble.replace(",", "").replace(" ", "_") for ensemble in whole[name]])


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison and world: columns key, comparison, world, difference (of test GAPs)."""
    draws = grid.draws(profile, seed)
    student = grid.names_by_letter()[STUDENT]
    gaps = {name: _ensemble_gaps(name, profile, seed, "tuned") for name in members(profile)}
    gaps["best member"] = np.array([_best_member(OTHERS, profile, draw) for draw in draws])
    gaps["alone"] = _best_averaged([grid.training(student, profile, draw) for draw in draws])
    gaps["distilled"] = _best_averaged([distillation(profile, draw) for draw in draws])
    return pd.DataFrame(
        [
            {"key": key, "comparison": label, "world": draw, "difference": difference}
            for key, (label, first, second) in COMPARISONS.items()
            for draw, difference in zip(draws, gaps[first] - gaps[second], strict=True)
        ]
    )


def summary(differences: pd.DataFrame) -> pd.DataFrame:
    """One row a comparison: mean over the worlds, half its interval, and what so many worlds could have found.

    Columns: key, comparison, value, value_spread, detectable (`compactvid.experiments.power.detectable_difference`).
    """
    rows = []
    for (key, label), found in differences.groupby(["key", "comparison"], sort=False):
        value, spread = mean_and_half_width(found["difference"].to_numpy())
        least = detectable_difference(found["difference"].std(), len(found))
        row = {"key": key, "comparison": label, "value": value, "value_spread": spread, "detectable": least}
        rows.append(row)
    return pd.DataFrame(rows)


def described(summary: pd.DataFrame) -> str:
    """What the figure of the differences shows, in words."""
    lines = [f"{row.comparison}: {row.value:+.4f} ± {row.value_spread:.4f}" for row in summary.itertuples()]
    return "Differences in test GAP, mean over the worlds and half the width of its 95 % interval. " + "; ".join(lines)


def _single(name: str, profile: str, draw: int) -> tuple[float, float]:
    """Test GAP of a model in float32 and in 8 bits."""
    (full,) = _best_averaged([training(name, profile, draw)])
    return full, load_or_run(AtPrecision(training(name, profile, draw), "int8")).result["test"]


def _best_member(name: str, profile: str, draw: int) -> float:
    """Test GAP of the ensemble's model that is best on validation."""
    found = [load_or_run(member).result for member in ensemble(name, profile, draw).members]
    return max(found, key=lambda gaps: gaps["validate"])["test"]


def _best_averaged(configs: Sequence[BestCheckpoints | Distillation]) -> np.ndarray:
    """Test GAP of each one's best averaged checkpoint."""
    return np.array([load_or_run(config).result["best_averaged"]["test"]["gap"] for config in configs])


def _ensemble_gaps(name: str, profile: str, seed: int, weights: str) -> np.ndarray:
    """Test GAP in each world."""
    draws = grid.draws(profile, seed)
    return np.array([load_or_run(ensemble(name, profile, draw)).result[weights]["test_gap"] for draw in draws])
