"""Cheng et al. 2018, Fig. 7 and section 5.1: what 8 bits cost a detector.

The plan, written before any of it was computed. What is trained, on what, and what *Q-YOLO* and *as printed* mean here,
is in `compactvid.experiments.detection_grid`. A claim has one number a world, a paired difference on the same test
images, and is decided by the t interval of its mean, within the family of the ledger.

`eight_bit_as_good`
    mAP of Q-YOLO, trained on under the constraint of 8 bits, minus that of the float network, trained on as long:
    equivalent within the ledger's margin.
`person_as_good`, `bicycle_as_good`, `cat_as_good`
    The same of one class's average precision. The classes that stand for the paper's three are the world's first three
    in its own order, disc, ring and square.
`direct_quantization_loses`
    The float network before it is trained on, minus the same network in the 8 bits of Q-YOLO: larger than 0.

Shown beside them, and not tested: what training on alone changes; other quantisers, trained on (at `full`) and direct,
in 8 to 2 bits; and one convolution at a time in 4 bits (at `full`).
"""

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.datasets.simulated import SceneWorld
from compactvid.experiments import detection_curves, recorded_values
from compactvid.experiments import detection_grid as grid
from compactvid.experiments import detection_scores as scored
from compactvid.experiments import paired_differences as paired
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.runs import load_or_run

PROFILES, data = grid.SCALES, grid.data

STAND_INS = dict(zip(("person", "bicycle", "cat"), SceneWorld.class_names, strict=False))
"""The paper's three classes, and the world's that stand for them."""
PAIR = ("float", "Q-YOLO")
NETWORKS = {
    "base": "float, before it is trained on",
    "float": "float, trained on",
    "Q-YOLO": "Q-YOLO, 8 bits",
    "as printed": "as printed, 8 bits",
    "symmetric per channel": "symmetric per channel, 8 bits",
    "Q-YOLO, 4 bits": "Q-YOLO, 4 bits",
}
KEYS = {
    "base": "before",
    "float": "float",
    "Q-YOLO": "q_yolo",
    "Q-YOLO, truncated": "q_yolo_truncated",
    "as printed": "as_printed",
    "symmetric per channel": "symmetric_per_channel",
    "Q-YOLO, 4 bits": "q_yolo_4_bits",
}
PRINTED = {"float": "map_float", "q_yolo": "map_8_bit"}
"""Of two networks' `KEYS`, those of the mAPs that the paper prints."""
CLAIMS = ("eight_bit_as_good", *(f"{name}_as_good" for name in STAND_INS), "direct_quantization_loses")

PRINTED_HEADINGS = {
    "full": "full precision",
    "eight": "8-bit",
    "points": "lost, points",
    "relative": "lost, % of the first",
}
SCORE_HEADINGS = {
    "network": "network",
    "map": "mAP",
    "map_spread": "±",
    "full_map": "five worlds",
    "full_map_spread": "±",
    "lost": "float minus it",
    "lost_spread": "±",
}
BIT_HEADINGS = {
    "scheme": "scheme",
    "bits": "bits",
    "map": "mAP",
    "map_spread": "±",
    "full_map": "five worlds",
    "full_map_spread": "±",
}
DIFFERENCE_HEADINGS = {
    "comparison": "difference",
    "value": "ours",
    "value_spread": "±",
    "full_value": "five worlds",
    "full_value_spread": "±",
}
STEM = "deepeye2018_fig_7"
CLASS_HEADINGS = {
    "label": "class",
    "stands_for": "stands for",
    "float": "AP, float",
    "float_spread": "±",
    "8_bit": "AP, Q-YOLO",
    "8_bit_spread": "±",
    "full_float": "five worlds, float",
    "full_float_spread": "±",
    "full_8_bit": "five worlds, Q-YOLO",
    "full_8_bit_spread": "±",
}
_LAYER_ROWS = [
    (f"{name} alone", grid.LAYER_BITS, f"{name}.{grid.LAYER_BITS}_bits") for name in grid.convolution_names()
]
_NUMBERS = (*PRINTED_HEADINGS, *list(SCORE_HEADINGS)[1:], *list(CLASS_HEADINGS)[2:], *list(DIFFERENCE_HEADINGS)[1:])
FORMATS = dict.fromkeys(_NUMBERS, ".4f") | {"points": ".2f", "relative": ".2f", "value": "+.4f", "full_value": "+.4f"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """A group a world: its detector, that trained on in each way, and in few bits without training."""
    return {f"world_{number}": _of_world(profile, world) for number, world in enumerate(grid.worlds(profile, seed))}


def _of_world(profile: str, world: int) -> list:
    tuned = [grid.tuned(profile, world, method) for method in grid.SCALES[profile].tuned]
    layers = [grid.by_layer(profile, world)] if profile == "full" else []
    return [grid.training(profile, world), *tuned, grid.direct(profile, world), *layers]


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a network: columns of `SCORE_HEADINGS`, and key; `lost` is the float network, trained on, minus it."""
    rows, trained_on = [], scored.maps("float", profile, seed)
    for kind in ("base", *grid.SCALES[profile].tuned):
        found = scored.maps(kind, profile, seed)
        row: dict = {"key": KEYS[kind], "network": NETWORKS[kind]}
        row["map"], row["map_spread"] = mean_and_half_width(found)
        if kind not in ("base", "float"):
            row["lost"], row["lost_spread"] = mean_and_half_width(trained_on - found)
        rows.append(row)
    return pd.DataFrame(rows)


def printed() -> pd.DataFrame:
    """The paper's mAPs and their difference: columns of `PRINTED_HEADINGS`."""
    numbers = {entry.id: entry.number for entry in papers.entries("deepeye2018")}
    full, eight = (float(numbers[f"deepeye2018.claims.map_{kind}"] or 0) for kind in ("float", "8_bit"))
    return pd.DataFrame(
        [{"full": full, "eight": eight, "points": 100 * (full - eight), "relative": 100 * (1 - eight / full)}]
    )


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison and world, claims first: columns key, comparison, world (from 0) and difference."""
    full, eight, base = (scored.maps(kind, profile, seed) for kind in ("float", "Q-YOLO", "base"))
    at_8_bits = scored.direct(profile, seed).query("scheme == 'Q-YOLO' and bits == 8")["map"].to_numpy()
    values = {
        "eight_bit_as_good": ("mAP: Q-YOLO minus float, both trained on", eight - full),
        **{
            f"{name}_as_good": (
                f"{label}: Q-YOLO minus float, both trained on",
                scored.of_class("Q-YOLO", label, profile, seed) - scored.of_class("float", label, profile, seed),
            )
            for name, label in STAND_INS.items()
        },
        "direct_quantization_loses": ("mAP: float minus the same in 8 bits, untrained", base - at_8_bits),
        "training_on": ("mAP: float trained on, minus before", full - base),
    }
    return paired.differences(values)


def beside_full(
    frame: pd.DataFrame, columns: list[str], key: str, *, every: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The frame with what `full` recorded: see `compactvid.experiments.recorded_values.beside_full`.

    Parameters
    ----------
    every
        Rows that `full` has, where they are more than the frame's, as the frame's first columns: they are added.
    """
    whole = frame if every is None else every.merge(frame, how="left", on=list(every))
    return recorded_values.beside_full(whole, columns, key, STEM)


def every_network() -> pd.DataFrame:
    """All networks that `scores` may have: columns key and network."""
    return pd.DataFrame([(KEYS[kind], NETWORKS[kind]) for kind in ("base", *grid.TUNED)], columns=["key", "network"])


def every_bits() -> pd.DataFrame:
    """All that `few_bits` may have: columns scheme, bits and key."""
    rows = [(scheme, bits, f"{KEYS[scheme]}.{bits}_bits") for scheme, bits in grid.DIRECT]
    return pd.DataFrame([*rows, *_LAYER_ROWS], columns=["scheme", "bits", "key"])


def result_keys(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary with the result key of each comparison: a claim's, or one of the page's own."""
    begins = ["deepeye2018.claims" if key in CLAIMS else STEM for key in summary["key"]]
    return summary.assign(result=[f"{begin}.{key}" for begin, key in zip(begins, summary["key"], strict=True)])


def by_unit(summary: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of a summary that decide claims, by their unit ("mAP", "AP"), and those that are "shown" only."""
    units = {key: "AP" if key.removesuffix("_as_good") in STAND_INS else "mAP" for key in CLAIMS}
    return {unit: rows for unit, rows in summary.groupby(summary["key"].map(units).fillna("shown"), sort=False)}


def by_bits(profile: str, seed: int) -> pd.DataFrame:
    """One row a scheme and number of bits: columns scheme, bits, map, map_spread and key."""
    rows = [
        (scheme, bits, *mean_and_half_width(found["map"].to_numpy()), f"{KEYS[scheme]}.{bits}_bits")
        for (scheme, bits), found in scored.direct(profile, seed).groupby(["scheme", "bits"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["scheme", "bits", "map", "map_spread", "key"])


def bits_at_full(scores: pd.DataFrame, profile: str, seed: int) -> tuple[pd.DataFrame, float, str]:
    """What the figure of `by_bits` is to plot, the mAP in float beside it, and which worlds both are of.

    See `compactvid.experiments.recorded_values.figure_at_full`; `scores` are this build's, or with what was recorded.
    """
    own = by_bits(profile, seed).drop(columns="key")
    shown, worlds = recorded_values.figure_at_full(own, STEM, "bits", profile)
    before = scores[scores["key"] == KEYS["base"]].iloc[0]
    return shown, float(before["map" if shown is own else "full_map"]), worlds


def few_bits(profile: str, seed: int) -> pd.DataFrame:
    """`by_bits`, and at `full` the rows of one convolution alone in `LAYER_BITS` bits."""
    rows: list[tuple] = []
    if profile == "full":
        found = [load_or_run(grid.by_layer(profile, world)).result for world in grid.worlds(profile, seed)]
        for place, (scheme, bits, key) in enumerate(_LAYER_ROWS):
            few = np.array([np.mean(list(each["average_precision"][place].values())) for each in found])
            rows.append((scheme, bits, *mean_and_half_width(few), key))
    schemes = by_bits(profile, seed)
    return pd.concat([schemes, pd.DataFrame(rows, columns=schemes.columns)]) if rows else schemes


def curves(profile: str, seed: int) -> pd.DataFrame:
    """See `compactvid.experiments.detection_curves.curves`: of the three classes, float and Q-YOLO."""
    return detection_curves.curves(STAND_INS.values(), {kind: NETWORKS[kind] for kind in PAIR}, profile, seed)


def precision_is_area(profile: str, seed: int) -> bool:
    """See `compactvid.experiments.detection_curves.precision_is_area`: of all that `curves` has."""
    return detection_curves.precision_is_area(STAND_INS.values(), PAIR, profile, seed)


def average_precisions(profile: str, seed: int) -> pd.DataFrame:
    """One row a class, the paper's three first: columns of `CLASS_HEADINGS` but for the recorded ones."""
    rows = []
    names = {label: name for name, label in STAND_INS.items()}
    for label in grid.training(profile, seed).dataset.class_names:
        row: dict = {"label": label, "stands_for": names.get(label, "")}
        for kind, column in zip(PAIR, ("float", "8_bit"), strict=True):
            row[column], row[f"{column}_spread"] = mean_and_half_width(scored.of_class(kind, label, profile, seed))
        rows.append(row)
    return pd.DataFrame(rows)
