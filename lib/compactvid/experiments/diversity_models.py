"""Models of several embeddings in one network, and the separate ones: what they are, what is trained, their weights.

Araujo et al. 2018, section 4.4, print the weights of one network with NetVLAD of 256 clusters and NetFV of 128, and
section 5.6 speaks of one with DBoF and NetVLAD.
"""

from dataclasses import replace

import pandas as pd

from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.experiments import circulant_audio
from compactvid.experiments import circulant_grid as grid
from compactvid.models import CirculantNetwork
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun

DIVERSITY_RATE = 0.01
"""Learning rate of all models of several embeddings, on simulated frames.

Of 0.0025, 0.005, 0.01, 0.02 and 0.04 it gave DBoF + NetVLAD the largest validation GAP on world 1000, which no profile
reports: 0.5457, 0.5647, 0.5709, 0.5481 and 0.4763 at `small`.
"""
EQUAL_BYTES_UNITS = 400
_DBOF, _NETVLAD, _NETFV = (grid.config(f"table_4.{name}-FC-Circulant") for name in ("DBoF", "NetVLAD", "NetFisher"))
_BOTH = replace(_DBOF, embeddings=("deep_bag_of_frames", "net_vlad"))
MODELS = {
    "DBoF": _DBOF,
    "NetVLAD": _NETVLAD,
    "NetFV": _NETFV,
    "DBoF + NetVLAD": _BOTH,
    "DBoF, 400 units": replace(_DBOF, hidden_size=EQUAL_BYTES_UNITS),
    "NetVLAD, 400 units": replace(_NETVLAD, hidden_size=EQUAL_BYTES_UNITS),
    "DBoF + NetVLAD, averaged": replace(_BOTH, join="average"),
    "NetVLAD + NetFV": replace(_BOTH, embeddings=("net_vlad", "net_fv")),
}
"""What is trained, at the paper's size; the first three are Table 4's."""
ENSEMBLES = {
    "DBoF and NetVLAD": ("DBoF", "NetVLAD"),
    "DBoF and NetVLAD, 400 units": ("DBoF, 400 units", "NetVLAD, 400 units"),
    "NetVLAD and NetFV": ("NetVLAD", "NetFV"),
}
"""Separate models, averaged."""
COUNT_HEADINGS = {
    "model": "NetVLAD 256 + NetFV 128",
    "units": "units",
    "join": "outputs",
    "weights": "weights",
    "mib": "MiB",
    "printed": "printed",
}
COUNT_FORMATS = {"weights": ",", "mib": ".0f"}


def trained_models(profile: str) -> list[str]:
    """The keys of `MODELS` that a profile trains.

    All but `full` leave out the two that no claim needs, and `real` those of equal bytes, whose widths differ there.
    """
    return list(MODELS)[: {"full": len(MODELS), "real": 4}.get(profile, 6)]


def trained_ensembles(profile: str) -> list[str]:
    """The keys of `ENSEMBLES` whose members a profile trains."""
    return [name for name, members in ENSEMBLES.items() if set(members) <= set(trained_models(profile))]


def training(name: str, profile: str, draw: int) -> TrainingRun:
    """The training of one of `MODELS` on a world."""
    model = MODELS[name]
    rate = circulant_audio.LEARNING_RATES["several embeddings"] if profile == "real" else DIVERSITY_RATE
    return grid.training(model, profile, draw, learning_rate=rate if len(model.embeddings) > 1 else None)


def variants() -> dict[tuple[str, int, str], CirculantNetwork]:
    """The diversity model of section 4.4, dense and compact, with 1,024 units and 512, concatenated and averaged."""
    return {
        (kind, units, join): replace(grid.config(f"fig_2.{kind}-{join}d"), hidden_size=units)
        for kind in ("compact", "dense")
        for units in (1024, 512)
        for join in ("concatenate", "average")
    }


def dense() -> list[CirculantNetwork]:
    """DBoF and NetVLAD in one network, then each alone, with dense layers."""
    return [replace(MODELS[name], fully_connected=None) for name in ("DBoF + NetVLAD", "DBoF", "NetVLAD")]


def weights(model: CirculantNetwork) -> int:
    """How many values a model stores, moving statistics included."""
    return sum(tensor["bytes"] for tensor in load_or_run(TensorSizes(model)).result["tensors"]) // 4


def counts() -> pd.DataFrame:
    """One row a variant: model (compact or dense), units, join, weights, mib, and printed: whether section 4.4 has it.

    Printed are 160 and 728 millions: the first rounded to its digits, the second cut off.
    """
    rows = []
    for (kind, units, join), model in variants().items():
        count = weights(model)
        fits = round(count / 1e6, -1) == 160 if kind == "compact" else count // 10**6 == 728
        rows.append((kind, units, f"{join}d", count, 4 * count / 2**20, "yes" if fits else "no"))
    return pd.DataFrame(rows, columns=list(COUNT_HEADINGS))


def statements(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that counted weights decide: claim, and value, 1 where it is true, else 0."""
    printed = counts[counts["printed"] == "yes"]
    compact = printed[printed["model"] == "compact"]
    both, *alone = (weights(MODELS[name]) for name in ("DBoF + NetVLAD", "DBoF", "NetVLAD"))
    dense_both, *dense_alone = map(weights, dense())
    truth = {
        "outputs_averaged": set(printed.loc[printed["join"] == "averaged", "model"]) == {"compact", "dense"},
        "fc_units_everywhere": set(printed.loc[printed["units"] == 512, "model"]) == {"compact", "dense"},
        "diversity_compact_weights": len(compact) > 0,
        "diversity_compact_size": (compact["mib"].round(-2) == 600).any(),
        "diversity_has_many_weights": both > max(alone) and dense_both > max(dense_alone),
    }
    return pd.DataFrame({"claim": list(truth), "value": [int(value) for value in truth.values()]})


def numbers(counts: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """Printed numbers from the built models: claim, value, unit."""
    weight = counts.set_index(["model", "units", "join"])["weights"] / 1e6
    dense = weight["dense", 1024, "concatenated"]
    rows = [
        ("diversity_netvlad_clusters", layers.loc["video_net_vlad", "settings"]["cluster_size"], "clusters"),
        ("diversity_netfv_clusters", layers.loc["video_net_fv", "settings"]["cluster_size"], "clusters"),
        ("diversity_dense_weights", dense, "million weights"),
        ("diversity_dense_size", 4e6 * dense / 2**30, "GiB"),
        *(
            (f"diversity_{kind}_described", weight[kind, 512, "averaged"], "million weights")
            for kind in ("dense", "compact")
        ),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])
