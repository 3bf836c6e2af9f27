"""Araujo et al. 2018, Table 4 and Fig. 6: dense and circulant fully connected layers behind three embeddings.

The plan, written before any of it was computed. Counts come from models built at the paper's size. What is trained is
those models scaled down (`compactvid.experiments.circulant_grid`), each on all worlds; a claim has one number a world,
a paired difference of test GAPs, and is decided by the t interval of its mean.

`netvlad_costs_accuracy`, `netfv_costs_accuracy`
    Behind NetVLAD, and behind NetFV, dense minus circulant.
`dbof_loses_nothing`
    Behind deep bag of frames, circulant minus dense: equivalent within the ledger's margin.

Shown beside them, and not tested: whether wider outputs cost more (what is lost behind NetVLAD and behind NetFV, minus
what is lost behind deep bag of frames); validation GAP by epoch; and how far the claims move under
`compactvid.experiments.circulant_variations`.
"""

import math

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scored
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments import paired_differences
from compactvid.experiments.circulant_counts import counting, tensors, weights
from compactvid.experiments.circulant_variations import WORLDS
from compactvid.experiments.intervals import mean_and_half_width

PROFILES, data = grid.SCALES, grid.data

EMBEDDINGS = {"DBoF": "deep bag of frames", "NetVLAD": "NetVLAD", "NetFisher": "NetFV"}
LIMIT_BYTES = 2**30
COMPARISONS = {
    "netvlad_costs_accuracy": "behind NetVLAD: dense minus circulant",
    "netfv_costs_accuracy": "behind NetFV: dense minus circulant",
    "dbof_loses_nothing": "behind deep bag of frames: circulant minus dense",
    "netvlad_costs_more": "lost behind NetVLAD, minus behind deep bag of frames",
    "netfv_costs_more": "lost behind NetFV, minus behind deep bag of frames",
}
CLAIMS = tuple(COMPARISONS)[:3]
"""The comparisons that decide a claim; the others are shown and not tested."""

SIZE_HEADINGS = {
    "row": "model",
    "parameters": "weights",
    "paper_parameters": "paper",
    "size_mib": "MiB",
    "paper_size_mib": "paper",
    "compression_rate": "saved, %",
    "paper_compression_rate": "paper",
}
LAYER_HEADINGS = {
    "row": "model",
    "outputs": "inputs",
    "matrix": "dense weights",
    "layer": "circulant weights",
    "idle": "of these, reaching no output",
}
SCORE_HEADINGS = {
    "row": "model",
    "gap": "GAP",
    "gap_spread": "±",
    "paper_gap": "paper",
    "lost": "dense minus circulant",
    "lost_spread": "±",
    "paper_lost": "paper",
    **scored.GAP_AT_REAL,
}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "the built models"}
FORMATS = {name: ",.0f" for name in ("parameters", "paper_parameters", "outputs", "matrix", "layer", "idle")} | {
    "size_mib": ".2f",
    "paper_size_mib": ".0f",
    "compression_rate": ".2f",
    "paper_compression_rate": ".4g",
    "paper_gap": ".3f",
    "paper_lost": ".3f",
    **dict.fromkeys(("gap", "gap_spread", "lost", "lost_spread", *scored.GAP_AT_REAL), ".4f"),
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """All sizes; every model of the table on every world, and their variations on the first two."""
    draws = grid.draws(profile, seed)
    dense, circulant = (
        [grid.training(f"table_4.{name}-FC-{kind}", profile, draw) for name in EMBEDDINGS for draw in draws]
        for kind in ("Dense", "Circulant")
    )
    sizes = list(dict.fromkeys(counting(name) for name in _printed_models()))
    first = [run for run in dense + circulant if run.seed in draws[:WORLDS]]
    return {"dense": sizes + dense, "circulant": circulant, "sensitivity": sensitivity.runs(first, profile)}


def sizes() -> pd.DataFrame:
    """One row a model of the table, counted on the built one, beside what is printed (`paper_...`).

    Columns: row, embedding; parameters, size_mib, compression_rate (% of the dense model's weights); and of its fully
    connected layers outputs (what the embeddings give), layer (weights) and idle (those that reach no output: of a
    diagonal that is sliced, all values but the first 512).
    """
    rows = []
    for name in EMBEDDINGS:
        for kind in ("Dense", "Circulant"):
            model = f"table_4.{name}-FC-{kind}"
            layer = {tensor: shape for tensor, shape in tensors(model).items() if "_hidden/" in tensor}
            diagonals = [shape[-1] for tensor, shape in layer.items() if tensor.endswith("diagonals")]
            matrices = [max(shape) for tensor, shape in layer.items() if not tensor.endswith("diagonals")]
            rows.append(
                {
                    "row": f"{name}-FC-{kind}",
                    "embedding": name,
                    "parameters": weights(model),
                    "outputs": sum(matrices),
                    "layer": sum(map(math.prod, layer.values())),
                    "idle": sum(max(0, length - grid.config(model).hidden_size) for length in diagonals),
                }
            )
    frame = pd.DataFrame(rows)
    frame["size_mib"] = 4 * frame["parameters"] / 2**20
    dense = frame.groupby("embedding")["parameters"].transform("first")
    frame["compression_rate"] = (100 * (1 - frame["parameters"] / dense)).where(frame["parameters"] < dense)
    return frame.join(_printed().add_prefix("paper_"), on="row", validate="1:1")


def layers(sizes: pd.DataFrame) -> pd.DataFrame:
    """The fully connected layers of the circulant models beside the matrix of the dense ones: `LAYER_HEADINGS`."""
    matrix = sizes.groupby("embedding")["layer"].transform("first")
    return sizes.assign(matrix=matrix)[sizes["compression_rate"].notna()][list(LAYER_HEADINGS)]


def counts() -> pd.DataFrame:
    """Printed numbers of sections 5.1 and 5.6, from the built models: claim, value, unit."""
    rows: list[tuple[str, float, str]] = []
    for name, layer in (("NetVLAD", "net_vlad"), ("NetFisher", "net_fv")):
        shapes = tensors(f"table_4.{name}-FC-Dense")
        rows += [
            (f"{layer.replace('_', '')}_clusters_{part}", shapes[f"{part}_{layer}/cluster_centres"][1], "clusters")
            for part in ("video", "audio")
        ]
    rows.append(("dbof_weights", weights("table_4.DBoF-FC-Circulant") / 1e6, "million weights"))
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def statements(sizes: pd.DataFrame) -> pd.DataFrame:
    """Sentences against the built models: claim, value (1 or 0), true (yes or no), sentence, answer."""
    of = layers(sizes).assign(rate=sizes["compression_rate"])
    narrow, wide = of.iloc[0], of.iloc[1:]
    largest = 4 * max(map(weights, _printed_models()))
    rates, widths, matrices = (
        " to ".join(f"{value:{form}}" for value in of[column])
        for column, form in (("rate", ".1f"), ("outputs", ",d"), ("matrix", ",d"))
    )
    rows = [
        ("wider_outputs_compress_more", (wide["rate"] > narrow["rate"]).all(), f"{rates} % saved"),
        ("wider_outputs_larger_matrix", (wide["matrix"] > narrow["matrix"]).all(), f"{matrices} weights"),
        ("rate_follows_width", (of["rate"].rank() == of["outputs"].rank()).all(), f"{widths} outputs, {rates} %"),
        ("size_limit", largest <= LIMIT_BYTES, f"the largest has {largest / 2**20:,.0f} MiB"),
    ]
    said = {entry.id.removeprefix("araujo2018.claims."): entry.quotation for entry in papers.entries("araujo2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in rows],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a model: test GAP over the worlds, and what a circulant layer loses: columns of `SCORE_HEADINGS`."""
    printed, rows = _printed()["gap"], []
    for name in EMBEDDINGS:
        worlds = {kind: _worlds(name, kind, profile, seed) for kind in ("Dense", "Circulant")}
        for kind, gaps in worlds.items():
            found: dict = {"row": f"{name}-FC-{kind}", "paper_gap": printed[f"{name}-FC-{kind}"]}
            found["gap"], found["gap_spread"] = mean_and_half_width(gaps)
            if kind == "Circulant":
                found["lost"], found["lost_spread"] = mean_and_half_width(worlds["Dense"] - gaps)
                found["paper_lost"] = printed[f"{name}-FC-Dense"] - printed[f"{name}-FC-Circulant"]
            rows.append(found)
    return pd.DataFrame(rows)


def differences(profile: str, seed: int, variation: str | None = None) -> pd.DataFrame:
    """One row a comparison and world: see `compactvid.experiments.paired_differences.differences`."""
    dbof, netvlad, netfv = (
        _worlds(name, "Dense", profile, seed, variation) - _worlds(name, "Circulant", profile, seed, variation)
        for name in EMBEDDINGS
    )
    values = (netvlad, netfv, -dbof, netvlad - dbof, netfv - dbof)
    return paired_differences.differences(
        {key: (label, found) for (key, label), found in zip(COMPARISONS.items(), values, strict=True)}
    )


def claims(profile: str, seed: int, variation: str) -> pd.DataFrame:
    """The differences that decide a claim, under a variation."""
    found = differences(profile, seed, variation)
    return found[found["key"].isin(CLAIMS)]


def curves(profile: str, seed: int) -> pd.DataFrame:
    """Validation GAP by epoch: columns key (the ledger's, of a curve), panel, model, epoch, gap and gap_spread."""
    frames = []
    for name, panel in EMBEDDINGS.items():
        models = {kind.lower(): f"table_4.{name}-FC-{kind}" for kind in ("Dense", "Circulant")}
        frame = scored.curves(models, profile, seed).assign(panel=panel)
        keys = {"dense": "dense", "circulant": "compact"}
        frame.insert(0, "key", f"{panel.lower() if name != 'DBoF' else 'dbof'}." + frame["model"].map(keys))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _worlds(name: str, kind: str, profile: str, seed: int, variation: str | None = None) -> np.ndarray:
    return scored.world_gaps(f"table_4.{name}-FC-{kind}", profile, seed, variation=variation)


def _printed() -> pd.DataFrame:
    return papers.table("araujo2018", "table_4").frame().set_index("row")


def _printed_models() -> list[str]:
    """What section 1's limit is asked of: the models of Tables 2 to 4, and the compact diversity model."""
    rows = [
        (table, row) for table in ("table_2", "table_3", "table_4") for row in papers.table("araujo2018", table).rows
    ]
    return [*(f"{table}.{row}" for table, row in rows), "fig_2.compact-concatenated"]
