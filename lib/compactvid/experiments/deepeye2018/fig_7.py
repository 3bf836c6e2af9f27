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

import math

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.datasets.simulated import SceneWorld
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
    "lost": "float minus it",
    "lost_spread": "±",
}
CLASS_HEADINGS = {
    "label": "class",
    "stands_for": "stands for",
    "float": "AP, float",
    "float_spread": "±",
    "8_bit": "AP, Q-YOLO",
    "8_bit_spread": "±",
}
LAYER_HEADINGS = {"layer": "convolution", "lost": "lost mAP", "lost_spread": "±"}
FORMATS = {"full": ".4f", "eight": ".4f", "points": ".2f", "relative": ".2f"} | dict.fromkeys(
    ("map", "map_spread", "lost", "lost_spread", "float", "float_spread", "8_bit", "8_bit_spread"), ".4f"
)


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
        row = {"key": KEYS[kind], "network": NETWORKS[kind]}
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


def by_layer(profile: str, seed: int) -> pd.DataFrame:
    """What one convolution in `LAYER_BITS` bits costs, the float detector minus it: `LAYER_HEADINGS`; at full alone."""
    rows: list[tuple] = []
    if profile == "full":
        base = scored.maps("base", profile, seed)
        found = [load_or_run(grid.by_layer(profile, world)).result for world in grid.worlds(profile, seed)]
        for place, name in enumerate(grid.convolution_names()):
            few = np.array([np.mean(list(each["average_precision"][place].values())) for each in found])
            rows.append((name, *mean_and_half_width(base - few)))
    return pd.DataFrame(rows, columns=list(LAYER_HEADINGS))


def curves(profile: str, seed: int) -> pd.DataFrame:
    """Largest precision at a recall or more, mean over the worlds: panel, network, recall, precision and its spread."""
    rows = []
    for label in STAND_INS.values():
        for kind in PAIR:
            worlds = [
                scored.envelope(found["precision"], found["recall"])
                for found in scored.detected(kind, profile, seed, label)
            ]
            for recall, values in zip(scored.RECALLS, np.transpose(worlds), strict=True):
                mean, spread = mean_and_half_width(values)
                rows.append((label, NETWORKS[kind], recall, mean, spread))
    return pd.DataFrame(rows, columns=["panel", "network", "recall", "precision", "precision_spread"])


def average_precisions(profile: str, seed: int) -> pd.DataFrame:
    """One row a class, the paper's three first: columns of `CLASS_HEADINGS`, and `stands_for`, its name in print."""
    rows = []
    names = {label: name for name, label in STAND_INS.items()}
    for label in grid.training(profile, seed).dataset.class_names:
        row: dict = {"label": label, "stands_for": names.get(label, "")}
        for kind, column in zip(PAIR, ("float", "8_bit"), strict=True):
            row[column], row[f"{column}_spread"] = mean_and_half_width(scored.of_class(kind, label, profile, seed))
        rows.append(row)
    return pd.DataFrame(rows)


def precision_is_area(profile: str, seed: int) -> bool:
    """Whether each average precision is the area under its curve, made falling, added up step by step."""
    for kind in PAIR:
        for label in STAND_INS.values():
            for found in scored.detected(kind, profile, seed, label):
                highest, area, reached = 0.0, 0.0, [*found["recall"]]
                for step in reversed(range(len(reached))):
                    highest = max(highest, found["precision"][step])
                    area += highest * (reached[step] - (reached[step - 1] if step else 0.0))
                if not math.isclose(area, found["average_precision"], rel_tol=1e-9, abs_tol=1e-12):
                    return False
    return True


def described(curves: pd.DataFrame) -> str:
    """What the figure of curves shows, in words."""
    halves = curves[np.isclose(curves["recall"], 0.5)]
    return "Precision at a recall of one half: " + "; ".join(
        f"{row.panel}, {row.network} {row.precision:.2f} ± {row.precision_spread:.2f}" for row in halves.itertuples()
    )


def described_bits(found: pd.DataFrame) -> str:
    """What the figure of mAP by bits shows, in words."""
    return "Test mAP by bits. " + "; ".join(
        f"{scheme}: " + ", ".join(f"{row.map:.3f} with {row.bits}" for row in of.itertuples())
        for scheme, of in found.groupby("scheme", sort=False)
    )
