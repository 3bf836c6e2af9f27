"""Araujo et al. 2018, Table 1: the layers of the base model, and what can be checked of the protocol.

Nothing is trained. The layers are those of Fig. 1's built model; that splitting videos doubles the inputs is shown on
simulated files, and the printed formula of GAP is compared on random scores (`experiments.circulant_protocol`).
"""

from ast import literal_eval
from collections.abc import Sequence
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.experiments.araujo2018 import fig_1
from compactvid.experiments.circulant_protocol import VIDEOS, gap_as_printed, halves
from compactvid.metrics import global_average_precision
from compactvid.runs import load_or_run

USES = ("araujo2018_fig_1",)
MIXTURES = (2, 3, 4)
PROFILES = dict.fromkeys(("smoke", "small"), MIXTURES)
"""Numbers of mixtures that Table 1 and section 5.1 may be read to mean."""

KERNELS = {
    "Video-DBoF": "video_projection/kernel",
    "Audio-DBoF": "audio_projection/kernel",
    **{f"{modality.capitalize()}-FC": f"{part}/kernel" for modality, part in fig_1.PARTS.items()},
    "MoE-Gating": "mixture/gates_kernel",
    "MoE-Experts": "mixture/experts_kernel",
    "Context-Gating": "probability_gating/kernel",
}
NONLINEAR = ("Activation", "MixtureOfExperts", "ContextGating")
TOP_K = signature(global_average_precision).parameters["top_k"].default

LAYER_HEADINGS = {
    "row": "layer",
    "size": "size",
    "paper_size": "paper",
    "activation": "what goes in",
    "paper_activation": "paper",
    "weight": "matrix",
    "paper_weight": "paper",
    "weights": "weights",
    "paper_weights": "paper",
}
LAYER_FORMATS = dict.fromkeys(("size", "paper_size", "weights", "paper_weights"), ",.0f")
LEFT_OUT_HEADINGS = {"what": "not in Table 1", "values": "values"}
READING_HEADINGS = {
    "mixtures": "mixtures",
    "gates": "gates a class",
    "experts": "experts a class",
    "weights": "weights of the model",
    "difference": "minus Table 4's",
}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what was found"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The model with other numbers of mixtures, counted; all else is read off Fig. 1's."""
    return {"mixtures": [TensorSizes(replace(fig_1.BASE, num_mixtures=number)) for number in PROFILES[profile]]}


def data(profile: str, seed: int) -> str:
    """Nothing is trained."""
    return f"no training: a built model, and {VIDEOS} simulated videos to split"


def rows(layers: pd.DataFrame, tensors: pd.DataFrame) -> pd.DataFrame:
    """One row of Table 1: size, activation, weight (shapes as text) and weights of the built layer, the printed beside.

    `activation_shape` and `weight_shape` are 1 where the built layer has the printed shape, else 0. A length that is
    not fixed fits any number of frames, and a batch of any size is printed as -1.
    """
    found = []
    classes = layers.loc["mixture", "shapes"][0][-1]
    printed = papers.table("araujo2018", "table_1").frame().set_index("row")
    for name, paper in printed.iterrows():
        row = {
            "row": name,
            **{f"paper_{column.split('_')[0]}": paper[column] for column in ("size", "activation_shape")},
        }
        if name in KERNELS:
            layer, shape = KERNELS[name].split("/")[0], tensors.loc[KERNELS[name], "shape"]
            source = next(
                given for given in layers.loc[layers.loc[layer, "inputs"][0], "shapes"] if given[-1] == shape[0]
            )
            row |= {
                "paper_weight": paper["weight_shape"],
                "paper_weights": paper["weights"],
                "weight": _text(shape),
                "weight_shape": int(literal_eval(paper["weight_shape"]) == shape),
                "weights": tensors.loc[KERNELS[name], "values"],
            }
            if layer != "probability_gating":
                row["size"] = shape[1] // classes if layer == "mixture" else shape[1]
        else:
            source = layers.loc["joined", "shapes"][0]
        row |= {"activation": _text(source), "activation_shape": int(_fits(source, paper["activation_shape"]))}
        found.append(row)
    return pd.DataFrame(found)


def left_out(tensors: pd.DataFrame) -> pd.DataFrame:
    """What the built model stores beside the matrices of Table 1: what, values."""
    others = tensors.drop(index=list(KERNELS.values()))["values"]
    kinds = np.where(others.index.str.endswith("bias"), "experts' biases", "batch normalisation")
    return others.groupby(kinds).sum().rename_axis("what").reset_index()


def readings(profile: str, seed: int) -> pd.DataFrame:
    """The base model with other numbers of mixtures: columns of `READING_HEADINGS`."""
    printed = papers.table("araujo2018", "table_4").frame().set_index("row").loc["DBoF-FC-Dense", "parameters"]
    found = []
    for config in runs(profile, seed)["mixtures"]:
        tensors = pd.DataFrame(load_or_run(config).result["tensors"])
        weights, number = tensors["bytes"].sum() // 4, config.model.num_mixtures
        found.append((number, number + 1, number, weights, weights - int(printed)))
    return pd.DataFrame(found, columns=list(READING_HEADINGS))


def statements(seed: int, layers: pd.DataFrame, tensors: pd.DataFrame) -> pd.DataFrame:
    """Sentences of section 5.1 and Table 1's caption: claim, value (1 or 0), true, sentence, answer."""
    beside = left_out(tensors).set_index("what")["values"]
    split = halves(seed)
    doubled = split["same_labels"] & split["all_frames"] & ((split["first"] - split["second"]).abs() <= 1)
    bare = [
        layer.layer
        for layer in layers.itertuples()
        if layer.type in NONLINEAR and not _normalised(layer, layers, tensors)
    ]
    generator = np.random.default_rng(seed)
    labels, scores = generator.random((200, 60)) < 0.05, generator.random((200, 60))
    difference = abs(gap_as_printed(labels, scores, TOP_K) - global_average_precision(labels, scores))
    found = [
        ("batch_norm_left_out", list(beside.index) == ["batch normalisation"], _listed(beside)),
        ("halves_double_the_inputs", doubled.all(), f"{2 * doubled.sum()} examples of {len(split)} videos"),
        ("batch_norm_everywhere", not bare, f"none before the activations of: {', '.join(bare)}"),
        ("gap_formula", difference < 1e-12, f"they differ by {difference:.0e} on random scores"),
    ]
    said = {entry.id.removeprefix("araujo2018.claims."): entry.quotation for entry in papers.entries("araujo2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in found],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def counts(layers: pd.DataFrame, tensors: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Printed numbers of section 5.1: claim, value, unit."""
    units = {name: kernel[1] for name, kernel in tensors["shape"].items() if len(kernel) == 2}
    (hidden,) = {units[f"{part}/kernel"] for part in fig_1.PARTS.values()}
    rows = [
        ("fc_units", hidden, "units"),
        ("dbof_clusters_video", units["video_projection/kernel"], "units"),
        ("dbof_clusters_audio", units["audio_projection/kernel"], "units"),
        ("mixtures", layers.loc["mixture", "settings"]["num_mixtures"], "mixtures"),
        ("predictions_scored", TOP_K, "predictions"),
        ("training_examples", examples["videos"].iloc[0], "videos"),
        ("validation_share", examples["share"].iloc[-1], "%"),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def _normalised(layer: Any, layers: pd.DataFrame, tensors: pd.DataFrame) -> bool:
    """Whether batch normalisation comes before a layer's activation, in the layer before it or in its own."""
    before = layers.loc[layer.inputs[0], "type"] == "BatchNormalization"
    return before or any(name.startswith(f"{layer.layer}/") and name.endswith("gamma") for name in tensors.index)


def _fits(shape: list[int | None], printed: str) -> bool:
    batch, *others = literal_eval(printed)
    return (batch, len(shape)) == (-1, 1 + len(others)) and all(
        ours in (None, theirs) for ours, theirs in zip(shape[1:], others, strict=True)
    )


def _text(shape: Sequence[int | None]) -> str:
    names = ["batch", "frames"]
    return " × ".join(names[place] if length is None else f"{length:,}" for place, length in enumerate(shape))


def _listed(values: pd.Series) -> str:
    return ", ".join(f"{value:,} values of {name}" for name, value in values.items())
