"""Araujo et al. 2018, Fig. 2 and section 4.4: several embeddings in one network, against separate models.

The plan, written before any of it was computed. Trained is what section 5.6 speaks of, DBoF and NetVLAD in one network,
scaled down as `compactvid.experiments.circulant_grid` says, with compact fully connected layers whose outputs are
concatenated, as the printed counts have it. Separate models are Table 4's with compact layers. A claim has one number
a world, a paired difference of GAPs on test videos, and is decided by the t interval of its mean over the worlds. What
is chosen (checkpoints, the best model, tuned weights) is chosen on validation videos.

`diversity_performs_best`
    The network with both minus the best of Table 4's three compact models.
`diversity_ineffective`
    The network with both minus the best of the two that have one of its embeddings. Sections 5.6 and 6 can't both be
    right of one model: it can't be better and no better.
`ensemble_beats_diversity`
    Table 4's compact DBoF and NetVLAD, their probabilities averaged with equal weights, minus the network with both: as
    many embeddings, of the same sizes, with a classifier each.
`ensemble_wins_at_equal_bytes`
    The same with 400 units in place of 512 in the separate models' fully connected layers: the largest multiple of 16
    with which the two take at most the bytes of the network with both, at the paper's size. Scaled down they do too.

Shown beside them, and not tested: weights tuned on validation videos; the outputs averaged for each modality, as the
text says; the embeddings of the paper's example, NetVLAD and NetFV, with Table 4's 64 clusters each; and how far the
claims move under `compactvid.experiments.circulant_variations`, which each model of a comparison is trained under.

The learning rates are the grid's, and `compactvid.experiments.diversity_models.DIVERSITY_RATE`. At `real` there are no
models of equal bytes (`compactvid.experiments.circulant_audio`).
"""

from functools import cache

import numpy as np
import pandas as pd

from compactvid.compression.ensemble_weights import tune_weights
from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.compression.tuned_ensemble import mixed
from compactvid.experiments import architecture_nodes
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments.circulant_variations import WORLDS, draws, varied
from compactvid.experiments.diversity_models import (
    ENSEMBLES,
    MODELS,
    dense,
    trained_ensembles,
    trained_models,
    training,
    variants,
    weights,
)
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.paired_differences import differences
from compactvid.metrics import global_average_precision
from compactvid.models.architecture import Architecture
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun

PROFILES, data = grid.SCALES, grid.data
USES = ("araujo2018_table_4",)

EQUAL_BYTES = "DBoF and NetVLAD, 400 units"
PRINTED = "fig_2.compact-concatenated"
"""The model that is drawn, whose weights section 4.4 prints."""
CLAIMS = (
    "diversity_performs_best",
    "diversity_ineffective",
    "ensemble_beats_diversity",
    "ensemble_wins_at_equal_bytes",
)
"""The comparisons that decide a claim; the others are shown and not tested."""
COMPARED = ("DBoF + NetVLAD", "DBoF, 400 units", "NetVLAD, 400 units")
"""The models that a claim compares, beside Table 4's."""
AT_FULL = {
    "averaged_over_concatenated": "outputs averaged over concatenated",
    "example_over_best": "NetVLAD + NetFV over the better of the two",
    "ensemble_over_example": "separate models over NetVLAD + NetFV",
}
"""Comparisons whose models `full` alone trains, with how the page calls them."""

NAMES = {
    "rgb": "video features",
    "audio": "audio features",
    "num_frames": "frame count",
    "operations_1": "L2-normalise each frame, mask padding",
    **{
        f"{modality}_{embedding}{end}": name
        for modality in ("video", "audio")
        for embedding, called in (("net_vlad", "NetVLAD"), ("net_fv", "NetFV"))
        for end, name in (("", f"{modality} {called}, {{cluster_size}}"), ("_hidden", "compact FC, {units}"))
    },
    "joined": "concatenate",
    "mixture": "mixture of {num_mixtures} experts a class",
    "probability_gating": "context gating",
}
"""What the diagram calls each layer, with settings of the built one."""
SCORE_HEADINGS = {
    "model": "model",
    "weights": "weights, paper's size",
    "trained": "as trained",
    "gap": "test GAP",
    "gap_spread": "±",
    "tuned": "tuned",
    "tuned_spread": "±",
}
SCORE_FORMATS = {"weights": ",", "trained": ","} | dict.fromkeys(list(SCORE_HEADINGS)[3:], ".4f")


def runs(profile: str, seed: int) -> dict[str, list]:
    """The models of several embeddings and those of equal bytes, on every world; what is counted; variations."""
    worlds = grid.draws(profile, seed)
    trainings = [training(name, profile, draw) for name in trained_models(profile)[3:] for draw in worlds]
    first = [training(name, profile, draw) for name in COMPARED for draw in worlds[:WORLDS]]
    others = sensitivity.runs([run for run in first if run in trainings], profile)
    counted = [TensorSizes(model) for model in [*variants().values(), *MODELS.values(), *dense()]]
    counted += [TensorSizes(training(name, profile, seed).model) for name in trained_models(profile)]
    sizes = [Architecture(grid.config(PRINTED)), *dict.fromkeys(counted)]
    return {"models": trainings, "sizes": sizes, "sensitivity": others}


def layers() -> pd.DataFrame:
    """One row a layer of the model that is drawn: see `drawn`."""
    return drawn(pd.DataFrame(load_or_run(Architecture(grid.config(PRINTED))).result["layers"]))


def drawn(layers: pd.DataFrame) -> pd.DataFrame:
    """The layers by name; what normalises and cuts off a fully connected layer's outputs counts as a part of it.

    Parameters
    ----------
    layers
        As `compactvid.models.architecture.describe_layers` lists them.
    """
    layers = layers.set_index("layer", drop=False)
    hidden = [name for name in layers["layer"] if name.endswith("_hidden")]
    for name in hidden:
        layers.loc[name, "parameters"] += layers.loc[f"{name}_bn", "parameters"]
    inputs = layers["inputs"].map(lambda names: [name.removesuffix("_activation") for name in names])
    return layers.assign(inputs=inputs).drop([f"{name}_{end}" for name in hidden for end in ("bn", "activation")])


def nodes(layers: pd.DataFrame) -> pd.DataFrame:
    """What the diagram shows; `compact` where a layer is of circulant matrices."""
    compact = [f"{row.layer}/" for row in layers.itertuples() if row.type == "CirculantDense"]
    return architecture_nodes.nodes(layers, NAMES, compact, "compact")


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a model, then one an ensemble: weights at the paper's size and as trained, test GAP over the worlds.

    Columns: model, weights, trained, gap, gap_spread; tuned and tuned_spread of an ensemble with tuned weights.
    """
    names = trained_models(profile)
    size = {name: (weights(MODELS[name]), weights(training(name, profile, seed).model)) for name in names}
    rows = []
    for name in names:
        row = {"model": name, "weights": size[name][0], "trained": size[name][1]}
        row["gap"], row["gap_spread"] = mean_and_half_width(world_gaps(name, profile, seed))
        rows.append(row)
    for name in trained_ensembles(profile):
        members = ENSEMBLES[name]
        row = {"model": f"{name}, separate"}
        row["weights"], row["trained"] = (sum(size[member][place] for member in members) for place in (0, 1))
        found = ensemble_gaps(name, profile, seed)
        for column, values in (("gap", found[:, 0]), ("tuned", found[:, 1])):
            row[column], row[f"{column}_spread"] = mean_and_half_width(values)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SCORE_HEADINGS))


def world_gaps(name: str, profile: str, seed: int, variation: str | None = None) -> np.ndarray:
    """Test GAP of one of `MODELS`, (worlds,)."""
    return np.array([grid.gap(run) for (run,) in _trainings((name,), profile, seed, variation)])


@cache
def ensemble_gaps(name: str, profile: str, seed: int, variation: str | None = None) -> np.ndarray:
    """Test GAP of one of `ENSEMBLES`, (worlds, 2): with equal weights, and with weights tuned on validation."""
    return np.array([_averaged(members) for members in _trainings(ENSEMBLES[name], profile, seed, variation)])


def claim_differences(profile: str, seed: int, variation: str | None = None) -> pd.DataFrame:
    """One row a claim and world, in all worlds or under a variation: see `paired_differences.differences`."""
    both = world_gaps("DBoF + NetVLAD", profile, seed, variation)
    equal = ensemble_gaps("DBoF and NetVLAD", profile, seed, variation)
    single = best_gaps(("DBoF", "NetVLAD", "NetFV"), profile, seed, variation)
    own = best_gaps(("DBoF", "NetVLAD"), profile, seed, variation)
    found = {
        "diversity_performs_best": ("one network over the best single of Table 4", both - single),
        "diversity_ineffective": ("one network over the better of its two", both - own),
        "ensemble_beats_diversity": ("separate models over one network", equal[:, 0] - both),
    }
    if EQUAL_BYTES in trained_ensembles(profile):
        at_equal_bytes = ensemble_gaps(EQUAL_BYTES, profile, seed, variation)[:, 0] - both
        found["ensemble_wins_at_equal_bytes"] = "separate models over one network, equal bytes", at_equal_bytes
    return differences(found)


def claims(profile: str, seed: int) -> pd.DataFrame:
    """The claims, and what is shown only: one row a comparison and world."""
    both = world_gaps("DBoF + NetVLAD", profile, seed)
    tuned = ensemble_gaps("DBoF and NetVLAD", profile, seed)[:, 1]
    found = {"tuned_over_diversity": ("the same with tuned weights", tuned - both)}
    if EQUAL_BYTES in trained_ensembles(profile):
        tuned = ensemble_gaps(EQUAL_BYTES, profile, seed)[:, 1]
        found["tuned_at_equal_bytes"] = ("the same with tuned weights, equal bytes", tuned - both)
    if "NetVLAD + NetFV" in trained_models(profile):
        example = world_gaps("NetVLAD + NetFV", profile, seed)
        averaged = world_gaps("DBoF + NetVLAD, averaged", profile, seed)
        separate = ensemble_gaps("NetVLAD and NetFV", profile, seed)[:, 0]
        members = best_gaps(("NetVLAD", "NetFV"), profile, seed)
        values = (averaged - both, example - members, separate - example)
        found |= {key: (label, value) for (key, label), value in zip(AT_FULL.items(), values, strict=True)}
    return pd.concat([claim_differences(profile, seed), differences(found)], ignore_index=True)


def best_gaps(names: tuple[str, ...], profile: str, seed: int, variation: str | None = None) -> np.ndarray:
    """Test GAP, (worlds,), of the model that is best on validation in each world."""
    worlds = _trainings(names, profile, seed, variation)
    return np.array([grid.gap(max(trainings, key=lambda run: max(grid.history(run)))) for trainings in worlds])


def _trainings(names: tuple[str, ...], profile: str, seed: int, variation: str | None) -> list[list[TrainingRun]]:
    """Of each world, the trainings of some of `MODELS`."""
    worlds = draws(profile, seed, variation)
    return [[varied(training(name, profile, draw), variation) for name in names] for draw in worlds]


def _averaged(members: list[TrainingRun]) -> tuple[float, float]:
    stacked = {}
    for split in ("validate", "test"):
        found = [grid.predictions(run, split) for run in members]
        stacked[split] = found[0][0], np.stack([scores for _, scores in found])
    labels, scores = stacked["test"]
    equal = np.full(len(members), 1 / len(members))
    both = (equal, tune_weights(*stacked["validate"]))
    gaps = [global_average_precision(labels, mixed(scores, chosen)) for chosen in both]
    return gaps[0], gaps[1]
