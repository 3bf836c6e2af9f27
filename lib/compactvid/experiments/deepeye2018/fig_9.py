"""Cheng et al. 2018, Fig. 9 and section 5.2: loss and accuracy of three recurrent networks, and of the missing ones.

The plan, written before any of the worlds that it reports was computed. What is trained, and on what, is in
`compactvid.experiments.recurrent_grid`. A claim has one number a world, a paired difference of test accuracies in
points on the same clips, and is decided by the t interval of its mean within the family of the ledger. The epoch is
that of the best validation accuracy, but for `best_beyond_epoch_20`, which is a mean over epochs.

`features_beat_plain`, `features_beat_frames`, `tensorized_frames_beat_plain`
    The paper's three networks against each other, with dropout for the tensor trains alone, as printed.
`equal_dropout_beats_plain`, `features_help_a_plain_rnn`, `tensorized_as_good`
    The same dropout for both: features and tensor train together, the features alone, and the tensor train alone.
`best_beyond_epoch_20`
    Test accuracy, mean over the epochs beyond the 20th (where there are no more than 40, beyond the first half): the
    T-RNN on features minus the better of the other two in each world.

At `real` the clips are those of the data folder (`compactvid.experiments.recurrent_real`); what is on features is left
out where the published detector is not there.

Shown beside them, and not tested: the peak of the test accuracy over the epochs, as the paper reports, minus that of
the chosen epoch; and at `full` the controls, clips with shuffled frames, and features of the float detector, and some
of the comparisons varied (`compactvid.experiments.recurrent_variations`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments import paired_differences as paired
from compactvid.experiments import recurrent_grid as grid
from compactvid.experiments import recurrent_scores as scored
from compactvid.experiments import recurrent_variations as variations
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import VideoRNN
from compactvid.runs import load_or_run

PROFILES, data = grid.SCALES, grid.data
USES = ("deepeye2018_fig_7",)
STEM = "deepeye2018_fig_9"

PRINTED = {"features": "T-RNN on features", "frames": "T-RNN on frames", "plain": "RNN on frames"}
"""The paper's three networks."""
KEYS = {
    **{name: key for key, name in PRINTED.items()},
    "RNN on frames, with dropout": "plain_with_dropout",
    "RNN on features, with dropout": "plain_on_features",
}
NAMES = {key: name for name, key in KEYS.items()}
COMPARISONS = {
    "features_beat_plain": ("T-RNN on features − RNN on frames", "features", "plain"),
    "features_beat_frames": ("T-RNN on features − T-RNN on frames", "features", "frames"),
    "tensorized_frames_beat_plain": ("T-RNN on frames − RNN on frames", "frames", "plain"),
    "equal_dropout_beats_plain": (
        "T-RNN on features − RNN on frames, both with dropout",
        "features",
        "plain_with_dropout",
    ),
    "features_help_a_plain_rnn": (
        "RNN on features − RNN on frames, both with dropout",
        "plain_on_features",
        "plain_with_dropout",
    ),
    "tensorized_as_good": ("T-RNN on features − RNN on features, both with dropout", "features", "plain_on_features"),
}
"""Claim -> in words, and the `KEYS` of what is subtracted from what."""
CONTROLS: dict[str, tuple[str, dict[str, Any]]] = {
    "shuffled_frames": ("T-RNN on features, shuffled frames", {"shuffled": True}),
    "float_features": ("T-RNN on features of the float detector", {"detector": "float"}),
}
PANELS = {"loss": "training loss (nats)", "test_accuracy": "test accuracy (%)"}
ACCURACY_HEADINGS = {
    "model": "network",
    "input_map": "weights of the input map",
    "accuracy": "test, %",
    "accuracy_spread": "±",
    "full_accuracy": "five worlds",
    "full_accuracy_spread": "±",
    "peak": "peak on test, %",
    "full_peak": "five worlds",
    "epoch": "epochs chosen",
}
DIFFERENCE_HEADINGS = scored.DIFFERENCE_HEADINGS
FORMATS = {"input_map": ",.0f", "value": "+.1f", "full_value": "+.1f"} | dict.fromkeys(
    ("accuracy", "accuracy_spread", "peak", "full_peak", "value_spread", "full_value_spread"), ".1f"
)
FORMATS |= {"full_accuracy": ".1f", "full_accuracy_spread": ".1f"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """What the networks see of each world's clips; and a group a network, all its worlds."""
    worlds = grid.worlds(profile, seed)
    inputs = _inputs(profile).values()
    sources = [grid.tensors(profile, world, model) for world in worlds for model in inputs]
    trainings = {key: [grid.training(name, profile, world) for world in worlds] for name, key in keys(profile).items()}
    if grid.SCALES[profile].controls:
        for key, (_, options) in CONTROLS.items():
            trainings[key] = [grid.training("T-RNN on features", profile, world, **options) for world in worlds]
    return {"clips": sources, **trainings, **variations.runs(COMPARISONS, NAMES, profile, seed)}


def keys(profile: str) -> dict[str, str]:
    """Those of `KEYS` that a profile trains."""
    return {name: key for name, key in KEYS.items() if name in grid.cells(profile)}


def accuracies(profile: str, seed: int) -> pd.DataFrame:
    """One row a network: columns of `ACCURACY_HEADINGS`, and key."""
    rows = []
    for name, key in keys(profile).items():
        results = scored.results(name, profile, seed)
        row: dict = {"key": key, "model": name, "input_map": results[0]["weights"]["input_map"]}
        row["accuracy"], row["accuracy_spread"] = mean_and_half_width(scored.accuracies(name, profile, seed))
        row["peak"], row["peak_spread"] = mean_and_half_width(scored.peaks(name, profile, seed))
        row["epoch"] = ", ".join(str(result["epoch"]) for result in results)
        rows.append(row)
    return pd.DataFrame(rows)


def curves(profile: str, seed: int) -> pd.DataFrame:
    """One row a panel, network and epoch: columns panel, model, key, epoch, column, value and value_spread."""
    rows = []
    for column, panel in PANELS.items():
        for name, key in keys(profile).items():
            by_epoch = scored.curves(name, profile, seed, column).T
            for epoch, values in enumerate(by_epoch, 1):
                rows.append((panel, name, key, epoch, column, *mean_and_half_width(values)))
    columns = ["panel", "model", "key", "epoch", "column", "value", "value_spread"]
    return pd.DataFrame(rows, columns=columns)


def curve_ends(curves: pd.DataFrame) -> pd.DataFrame:
    """The last epoch of the paper's three networks: columns key, `end` (loss or accuracy), value and value_spread."""
    last = curves[(curves["epoch"] == curves["epoch"].max()) & curves["key"].isin(PRINTED)]
    return last.assign(end=last["column"].str.removeprefix("test_"))


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a claim and world: columns key, comparison, world (from 0) and difference, in points."""
    found = {key: scored.accuracies(name, profile, seed) for name, key in keys(profile).items()}
    values = {
        claim: (label, found[one] - found[other])
        for claim, (label, one, other) in COMPARISONS.items()
        if {one, other} <= found.keys()
    }
    if PRINTED.keys() <= found.keys():
        values["best_beyond_epoch_20"] = ("as the first two, mean of later epochs", _later_epochs(profile, seed))
    return paired.differences(values)


def shown(profile: str, seed: int) -> pd.DataFrame:
    """As `differences`, what decides no claim."""
    comparisons: Mapping[str, tuple[str, np.ndarray]] = {
        f"peak_minus_chosen.{key}": (
            f"{name}: peak on test − epoch chosen",
            scored.peaks(name, profile, seed) - scored.accuracies(name, profile, seed),
        )
        for key, name in PRINTED.items()
        if name in grid.cells(profile)
    }
    if grid.SCALES[profile].controls:
        usual = scored.accuracies("T-RNN on features", profile, seed)
        comparisons = dict(comparisons) | {
            key: (f"{label} − as usual", scored.accuracies("T-RNN on features", profile, seed, **options) - usual)
            for key, (label, options) in CONTROLS.items()
        }
        comparisons |= variations.differences(COMPARISONS, NAMES, profile, seed)
    return paired.differences(comparisons)


def every_shown(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary of `shown`, with a row for each control and variation: `full` alone has them."""
    of_full = {key: f"{label} − as usual" for key, (label, _) in CONTROLS.items()} | variations.labels(COMPARISONS)
    absent = [(key, label) for key, label in of_full.items() if key not in set(summary["key"])]
    return pd.concat([summary, pd.DataFrame(absent, columns=["key", "comparison"])], ignore_index=True)


def _later_epochs(profile: str, seed: int) -> np.ndarray:
    means = []
    for name in PRINTED.values():
        accuracy = scored.curves(name, profile, seed, "test_accuracy")
        means.append(accuracy[:, min(20, accuracy.shape[1] // 2) :].mean(axis=1))
    features, frames, plain = means
    return features - np.maximum(frames, plain)


def clips(profile: str, seed: int) -> pd.DataFrame:
    """One row a world and kind of input: world, inputs, clips of each split, values of a frame."""
    rows = []
    for number, world in enumerate(grid.worlds(profile, seed)):
        for inputs, model in _inputs(profile).items():
            result = load_or_run(grid.tensors(profile, world, model)).result
            rows.append({"world": number, "inputs": inputs, **result["clips"], "values": int(np.prod(result["shape"]))})
    return pd.DataFrame(rows)


def _inputs(profile: str) -> dict[str, VideoRNN]:
    """What the networks of a profile read, `frames` and `features`, each with a network that does."""
    models = sorted(grid.cells(profile).values(), key=lambda model: not model.pixels)
    return {"frames" if model.pixels else "features": model for model in models}
