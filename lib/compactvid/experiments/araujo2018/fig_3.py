"""Araujo et al. 2018, Fig. 3: maximum, average and robust pooling of deep bag of frames.

The plan, written before any of it was computed. The model is Table 1's, scaled down as
`compactvid.experiments.circulant_grid` says, with dense layers; only the pooling differs. A claim has one number a
world, a paired difference, and is decided by the t interval of its mean over the worlds. GAP is that of the test
videos, at the checkpoint that is best on validation.

`robust_beats_maximum`, `robust_beats_average`, `average_beats_maximum`
    The difference of the two poolings' GAPs. Robust pooling has the paper's n = 10 samples and its share of the frames
    in each, a tenth: k = 2 of about 20 for 15 of 150.
`average_more_robust`, `robust_more_robust`
    The GAP that maximum pooling loses when in each test video one frame in ten gives way to a frame of another video,
    minus what the other loses. Shown beside it, and not tested: other shares of the frames.

A tenth of the frames is not the same pooling at 20 frames as at 150. For values of a normal distribution the maximum of
15 of 150 lies two thirds of the way from the mean of all to their maximum, that of 2 of 20 less than a third; there
k = 5 does what the paper's k does (`compactvid.experiments.pooling_range`). So k = 5 is trained in all worlds too,
shown and not tested.

Added afterwards, when the losses were known, and shown only: average over maximum where a fifth of the frames are of
other videos.

The surface has n = 1 and 10, and k = 1, 2, 5 and 10 of about 20, trained in two worlds where nothing above asks for
more; its ends are maximum (k = all frames, for which n does not matter) and average pooling (k = 1, n without end).

Maximum and average have the learning rate of 0.0025, 0.005, 0.01, 0.02 and 0.04 with the largest validation GAP on
world 1000, which no profile reports: 0.6165, 0.6348, 0.6408, 0.6617 and 0.6399 for maximum, and 0.5452, 0.5696, 0.5952
and 0.5914 for average, which was not tried with the last. Robust pooling has that of
`compactvid.experiments.circulant_grid`, chosen alike, and so have the surface's other cells.

Beside the claims stands how far they move with the learning rates and twice the epochs
(`compactvid.experiments.circulant_variations`).

At `real` AudioSet's clips have ten frames. The paper's share of these is k = 1, a noisy average, and it is k = 4 that
lies where the paper's k does: it is trained in all draws too, and is all that there is of the surface. On YouTube-8M's
frames, where these are, k = 15 is the paper's own, and nothing else of the surface is trained. Rates are those of
`compactvid.experiments.circulant_audio`.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from compactvid.experiments import circulant_audio
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments.circulant_scores import GAP_AT_REAL
from compactvid.experiments.circulant_variations import PROFILES as VARYING
from compactvid.experiments.circulant_variations import VARIATIONS, WORLDS, draws, varied
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.paired_differences import differences
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun
from compactvid.training.frame_noise import FrameNoise

PROFILES, data = grid.SCALES, grid.data
USES = ("araujo2018_table_4",)
"""Its dense deep bag of frames is the robust pooling here."""
BASE = grid.config("table_4.DBoF-FC-Dense")
POOLINGS = {
    "robust": BASE,
    "maximum": replace(BASE, pooling="max"),
    "average": replace(BASE, pooling="mean"),
}
RATES = {"maximum": 0.02, "average": 0.01}
"""Learning rates on simulated frames; robust pooling has its family's."""
SAMPLES, SAMPLE_SIZES = (1, 10), (8, 15, 38, 75)
"""Of the surface; sample sizes k are of the paper's 150 frames, for 1, 2, 5 and 10 of about 20."""
SAME_PLACE, SAME_PLACE_AT_REAL = (10, 38), (10, 60)
"""n and k of the robust pooling that lies as far from the average as the paper's does: 5 of 20 frames, 4 of 10."""
SURFACE_WORLDS = 2
CLAIMS = (
    "robust_beats_maximum",
    "robust_beats_average",
    "average_beats_maximum",
    "average_more_robust",
    "robust_more_robust",
)
"""The comparisons that decide a claim; the others are shown and not tested."""
NOISE = (0.1, 0.2, 0.4)
"""Shares of a video's frames that are replaced; the first is what the claims are of."""
KINDS = [name for name, each in VARIATIONS.items() if each.diagonal_initializer == "normal"]
"""The variations of models without a diagonal."""

SAME_PLACE_COMPARISONS = {
    "larger_samples_over_maximum": "robust in the paper's place over maximum",
    "larger_samples_over_average": "robust in the paper's place over average",
    "larger_samples_over_robust": "robust in the paper's place over its share",
}
"""Of the cell of `same_place`, which `full` and `real` train."""

NOISE_HEADINGS = {"pooling": "pooling", "gap": "GAP", "gap_spread": "±"} | {
    key: heading
    for share in NOISE
    for key, heading in ((f"lost_{share}", f"lost at {share:.0%}"), (f"lost_{share}_spread", "±"))
}
NOISE_HEADINGS |= GAP_AT_REAL
NOISE_FORMATS = {column: ".4f" for column in NOISE_HEADINGS} | {"pooling": ""}


def training(pooling: str, profile: str, draw: int) -> TrainingRun:
    """The training of one of `POOLINGS` on a world."""
    rates = circulant_audio.LEARNING_RATES if profile == "real" else RATES
    return grid.training(POOLINGS[pooling], profile, draw, learning_rate=rates[pooling] if pooling in RATES else None)


def same_place(profile: str) -> tuple[int, int]:
    """Of `SAME_PLACE` and `SAME_PLACE_AT_REAL`, the profile's."""
    return SAME_PLACE_AT_REAL if grid.source(profile) == "audioset" else SAME_PLACE


def cells(profile: str) -> list[tuple[int, int]]:
    """Number and size of the samples of the robust poolings that are trained beside the paper's.

    All of the surface at `full`, the one of `same_place` on AudioSet, and none elsewhere.
    """
    if grid.source(profile) == "audioset":
        return [same_place(profile)]
    base = (BASE.num_samples, BASE.sample_size)
    every = [(samples, size) for samples in SAMPLES for size in SAMPLE_SIZES if (samples, size) != base]
    return every if profile == "full" else []


def runs(profile: str, seed: int) -> dict[str, list]:
    """Maximum and average in every world, the surface's cells in some, all three poolings under noise, variations."""
    worlds = grid.draws(profile, seed)
    trained = [training(name, profile, draw) for name in POOLINGS if name in RATES for draw in worlds]
    groups: dict[str, list] = {"poolings": trained}
    if cells(profile):
        groups["surface"] = [found for cell in cells(profile) for found in cell_trainings(cell, profile, seed)]
    other: list = sensitivity.runs([run for run in trained if run.seed in worlds[:WORLDS]], profile)
    if profile in VARYING:
        of = [(kind, name, draw) for kind in KINDS[1:] for name in POOLINGS for draw in worlds[:WORLDS]]
        other += [noisy(name, profile, draw, kind) for kind, name, draw in of]
    noise = [noisy(name, profile, draw) for name in POOLINGS for draw in worlds]
    return groups | {"noise": noise, "sensitivity": other}


def cell_trainings(cell: tuple[int, int], profile: str, seed: int) -> list[TrainingRun]:
    """The trainings of a cell of the surface, one a world, the first worlds of the profile."""
    draws = grid.draws(profile, seed)
    model = replace(BASE, num_samples=cell[0], sample_size=cell[1])
    worlds = None if cell == same_place(profile) else SURFACE_WORLDS
    return [grid.training(model, profile, draw) for draw in draws[:worlds]]


def noisy(pooling: str, profile: str, draw: int, variation: str | None = None) -> FrameNoise:
    """The evaluation of a pooling on videos with other videos' frames."""
    return FrameNoise(varied(training(pooling, profile, draw), variation), NOISE)


def validation_curves(profile: str, seed: int) -> pd.DataFrame:
    """Validation GAP by epoch, over the worlds: columns model (the pooling), epoch, gap and gap_spread."""
    rows = []
    for name in POOLINGS:
        worlds = [grid.history(training(name, profile, draw)) for draw in grid.draws(profile, seed)]
        rows += [(name, epoch, *mean_and_half_width(gaps)) for epoch, gaps in enumerate(np.transpose(worlds), 1)]
    return pd.DataFrame(rows, columns=["model", "epoch", "gap", "gap_spread"])


def ends(curves: pd.DataFrame) -> pd.DataFrame:
    """The last epoch of each curve."""
    return curves[curves["epoch"] == curves["epoch"].max()]


@cache
def gaps_under_noise(profile: str, seed: int, variation: str | None = None) -> dict[str, np.ndarray]:
    """Pooling -> test GAP (worlds, 1 + shares of noise): without noise, then at each share."""
    found = {}
    for name in POOLINGS:
        evaluated = [noisy(name, profile, draw, variation) for draw in draws(profile, seed, variation)]
        found[name] = np.array([[grid.gap(each.base), *load_or_run(each).result["gaps"]] for each in evaluated])
    return found


def noise(profile: str, seed: int) -> pd.DataFrame:
    """One row a pooling: test GAP, and what is lost of it at each share of replaced frames, with half widths."""
    rows = []
    for name, gaps in gaps_under_noise(profile, seed).items():
        columns = {"gap": gaps[:, 0]} | {f"lost_{share}": gaps[:, 0] - gaps[:, 1 + n] for n, share in enumerate(NOISE)}
        row: dict[str, str | float] = {"pooling": name}
        for column, values in columns.items():
            row[column], row[f"{column}_spread"] = mean_and_half_width(values)
        rows.append(row)
    return pd.DataFrame(rows)


def claim_differences(profile: str, seed: int, variation: str | None = None) -> pd.DataFrame:
    """One row a claim and world, in all worlds or under a variation: see `paired_differences.differences`."""
    gap = {name: gaps[:, 0] for name, gaps in gaps_under_noise(profile, seed, variation).items()}
    lost = {name: gaps[:, 0] - gaps[:, 1] for name, gaps in gaps_under_noise(profile, seed, variation).items()}
    return differences(
        {
            "robust_beats_maximum": ("robust over maximum", gap["robust"] - gap["maximum"]),
            "robust_beats_average": ("robust over average", gap["robust"] - gap["average"]),
            "average_beats_maximum": ("average over maximum", gap["average"] - gap["maximum"]),
            "average_more_robust": ("lost to noise: maximum over average", lost["maximum"] - lost["average"]),
            "robust_more_robust": ("lost to noise: maximum over robust", lost["maximum"] - lost["robust"]),
        }
    )


def claims(profile: str, seed: int) -> pd.DataFrame:
    """The claims, and what is shown only: one row a comparison and world."""
    gap = {name: gaps[:, 0] for name, gaps in gaps_under_noise(profile, seed).items()}
    fifth = {name: gaps[:, 1 + NOISE.index(0.2)] for name, gaps in gaps_under_noise(profile, seed).items()}
    found = {
        "average_over_maximum_in_noise": (
            "average over maximum, a fifth of other videos",
            fifth["average"] - fifth["maximum"],
        )
    }
    if same_place(profile) in cells(profile):
        trained = cell_trainings(same_place(profile), profile, seed)
        larger = np.array([grid.gap(run) for run in trained])
        others = (gap[key.removeprefix("larger_samples_over_")] for key in SAME_PLACE_COMPARISONS)
        named = zip(SAME_PLACE_COMPARISONS.items(), others, strict=True)
        found |= {key: (label, larger - other) for (key, label), other in named}
    return pd.concat([claim_differences(profile, seed), differences(found)], ignore_index=True)


def surface(profile: str, seed: int) -> pd.DataFrame:
    """One row a cell of the surface: what its test GAP is above that of the paper's n and k, in the same worlds.

    Columns samples (n; "∞" for the average) and frames (k of about 20; "all" for the maximum) as text, difference, and
    worlds (how many).
    """
    gap = {name: gaps[:, 0] for name, gaps in gaps_under_noise(profile, seed).items()}
    paper_sizes = {*SAMPLE_SIZES, *(k for _, k in cells(profile))}
    size = {k: grid.training(replace(BASE, sample_size=k), profile, seed).model.sample_size for k in paper_sizes}
    found = {(str(BASE.num_samples), str(size[BASE.sample_size])): gap["robust"], ("∞", "1"): gap["average"]}
    found |= {(str(samples), "all"): gap["maximum"] for samples in SAMPLES}
    for cell in cells(profile):
        trained = [grid.gap(run) for run in cell_trainings(cell, profile, seed)]
        found[str(cell[0]), str(size[cell[1]])] = np.array(trained)
    return pd.DataFrame(
        [
            (samples, frames, float(np.mean(gaps - gap["robust"][: len(gaps)])), len(gaps))
            for (samples, frames), gaps in found.items()
        ],
        columns=["samples", "frames", "difference", "worlds"],
    )
