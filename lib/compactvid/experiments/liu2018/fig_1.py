"""Liu & Liu 2018, Fig. 1: the architecture, read off the built model at the paper's size.

The model is the winner's largest, K24-H1440. That it is the authors' architecture is what its size says: the printed
one comes out, and no other reading of the text gives it (`readings`).
"""

from inspect import signature

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import architecture_nodes
from compactvid.metrics import global_average_precision
from compactvid.models import GatedNetVLAD
from compactvid.models.architecture import Architecture
from compactvid.models.gated_netvlad import BIG_FOUR, RELEASED_NAMES
from compactvid.runs import load_or_run

MODEL = "K24-H1440"
PROFILES = dict.fromkeys(("smoke", "small"), Architecture(GatedNetVLAD(24, 1440)))
"""The same at each profile: nothing is trained."""

NAMES = {
    "rgb": "video features",
    "audio": "audio features",
    "num_frames": "frame count",
    "operations_1": "L2-normalise each frame",
    "operations_2": "mask padded frames",
    "video_vlad": "NetVLAD, {cluster_size} clusters",
    "audio_vlad": "NetVLAD, {cluster_size} clusters",
    "vlad": "concatenate",
    "hidden1": "FC, first layer",
    "hidden1_bn": "batch normalisation",
    "hidden1_activation": "{activation}",
    "hidden2": "FC, second layer, with bias",
    "hidden_gating": "context gating",
    "mixture": "mixture of {num_mixtures} experts a class",
    "probability_gating": "context gating",
}
"""What the diagram calls each layer, with settings of the built one."""

TENSOR_HEADINGS = {
    "tensor": "tensor",
    "shape": "shape",
    "bytes": "bytes in float32",
    "float16_bytes": "with four cast",
    "released": "in the released code",
}
READING_HEADINGS = {"reading": "reading", "mib": "MiB in float32", "difference": "ours minus printed"}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "the built model"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """One run, that builds the model."""
    return {"architecture": [PROFILES[profile]]}


def data(profile: str, seed: int) -> str:
    """Nothing is measured."""
    return "no data: the model is built, not trained"


def layers() -> pd.DataFrame:
    """One row a node of the built model, by name: see `compactvid.models.architecture.describe_layers`."""
    return pd.DataFrame(load_or_run(PROFILES["small"]).result["layers"]).set_index("layer", drop=False)


def tensors() -> pd.DataFrame:
    """One row a stored tensor: tensor, released (its name in the released code), shape, values, bytes, float16_bytes.

    `float16_bytes` are those left once the paper's four tensors are cast.
    """
    frame = pd.DataFrame(load_or_run(PROFILES["small"]).result["tensors"])
    frame["released"] = frame["tensor"].map(RELEASED_NAMES)
    frame["values"] = frame["shape"].map(np.prod)
    frame["float16_bytes"] = frame["bytes"] // frame["tensor"].isin(BIG_FOUR).map({True: 2, False: 1})
    return frame


def tensor_table(tensors: pd.DataFrame) -> pd.DataFrame:
    """The tensors as the page shows them: columns of `TENSOR_HEADINGS`, shapes as text."""
    return tensors.assign(shape=tensors["shape"].map(_sizes))[list(TENSOR_HEADINGS)]


def nodes(layers: pd.DataFrame) -> pd.DataFrame:
    """What the diagram shows; in `cast`, how many of the paper's four tensors a layer holds."""
    return architecture_nodes.nodes(layers, NAMES, BIG_FOUR, "cast")


def statements(layers: pd.DataFrame, tensors: pd.DataFrame) -> pd.DataFrame:
    """Sentences of section 2.1 against the built model: claim, value (1 or 0), true (yes or no), sentence, answer."""
    size = {name: tuple(shape) for name, shape in zip(tensors["tensor"], tensors["shape"], strict=True)}
    width = {layer.layer: layer.shapes[0][-1] for layer in layers.itertuples()}
    of_type = {kind: list(members["layer"]) for kind, members in layers.groupby("type")}
    pooled = sum(width[name] for name in of_type["NetVLAD"])
    classes, hidden = width["probability_gating"], width["hidden1"]
    biased = {name.split("/")[0] for name in size if name.endswith("bias")}
    activation = layers.loc["hidden1_activation", "settings"]["activation"]
    gates, experts = (size[f"mixture/{part}_kernel"][1] // classes for part in ("gates", "experts"))
    clusters = [layers.loc[name, "settings"]["cluster_size"] for name in of_type["NetVLAD"]]
    gated = [(size[f"{name}/kernel"], width[layers.loc[name, "inputs"][0]]) for name in of_type["ContextGating"]]
    expert_matrices = sum(name.startswith("mixture/experts") and len(of) == 2 for name, of in size.items())
    rows = [
        ("visual_entities", classes > 3700, f"{classes:,} classes"),
        ("cluster_biases", biased.issuperset(of_type["NetVLAD"]), "batch normalisation in place of the biases"),
        ("same_clusters_for_audio", len(set(clusters)) == 1, f"{clusters[0]} clusters, and {clusters[1]} for audio"),
        ("two_fully_connected_layers", len(of_type["Dense"]) == 2, ", ".join(of_type["Dense"])),
        ("both_features_enter", size["hidden1/kernel"][0] == pooled, f"{pooled:,} inputs"),
        ("first_layer_normalised", layers.loc["hidden1_bn", "inputs"] == ["hidden1"], "batch normalisation"),
        ("first_layer_relu", activation == "relu", activation),
        ("second_layer_shape", size["hidden2/kernel"] == (hidden, 2 * hidden), _sizes(size["hidden2/kernel"])),
        ("second_layer_bias", size.get("hidden2/bias") == (2 * hidden,), f"{2 * hidden:,} values"),
        (
            "gating_keeps_the_dimension",
            all(kernel == (inputs, inputs) for kernel, inputs in gated),
            ", ".join(_sizes(kernel) for kernel, _ in gated),
        ),
        ("gating_bias", biased.issuperset(of_type["ContextGating"]), "batch normalisation in place of the bias"),
        ("expert_hidden_layer", expert_matrices > 1, f"{expert_matrices} matrix for all experts"),
        ("gate_for_each_expert", gates >= experts, f"{gates} gates for {experts} experts a class"),
        (
            "gating_after_experts",
            layers["type"].iloc[-1] == "ContextGating" and layers["inputs"].iloc[-1] == of_type["MixtureOfExperts"],
            f"{len(gated)} context gatings, the last one of all after the mixture",
        ),
    ]
    said = {entry.id.removeprefix("liu2018.claims."): entry.quotation for entry in papers.entries("liu2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in rows],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def _sizes(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{length:,}" for length in shape)


def counts(layers: pd.DataFrame, tensors: pd.DataFrame) -> pd.DataFrame:
    """Printed numbers of the architecture, from the built model: claim, value, unit."""
    scored = signature(global_average_precision).parameters["top_k"].default
    rows = [
        ("visual_features", layers.loc["rgb", "shapes"][0][-1], "values"),
        ("audio_features", layers.loc["audio", "shapes"][0][-1], "values"),
        ("predictions_scored", scored, "labels"),
        ("mixtures", layers.loc["mixture", "settings"]["num_mixtures"], "mixtures"),
        ("small_tensors", len(tensors) - len(BIG_FOUR), "tensors"),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def readings(layers: pd.DataFrame, tensors: pd.DataFrame) -> pd.DataFrame:
    """What the model would weigh if the text were read otherwise: reading, mib, difference (to the printed size)."""
    printed = papers.table("liu2018", "table_1").frame().set_index("row").loc[MODEL, "float32_mib"]
    values = tensors.set_index("tensor")["values"]
    video, audio = (layers.loc[name, "settings"]["cluster_size"] for name in ("video_vlad", "audio_vlad"))
    statistics = {name: values[values.index.str.startswith(f"{name}/")].sum() for name in ("video_vlad", "audio_vlad")}
    wider = (layers.loc["audio", "shapes"][0][-1] * layers.loc["hidden1", "shapes"][0][-1]) * (video - audio)
    normalised = values[values.index.str.contains("cluster_bn|gating_bn")].sum()
    gates = layers.loc["mixture", "settings"]["num_mixtures"] + 1
    changes = {
        "as built": 0,
        "audio with as many clusters as video": wider + statistics["audio_vlad"] * (video - audio) // audio,
        "biases as in Eqs. 2 and 3, no batch normalisation there": -normalised * 3 // 4,
        "no gate without an expert": -values["mixture/gates_kernel"] // gates,
        "no context gating of the hidden layer": -values[values.index.str.startswith("hidden_gating/")].sum(),
        "no context gating of the probabilities": -values[values.index.str.startswith("probability_gating/")].sum(),
        "moving statistics not counted": -values[values.index.str.contains("/moving_")].sum(),
    }
    mib = {reading: 4 * (values.sum() + change) / 2**20 for reading, change in changes.items()}
    return pd.DataFrame(
        [{"reading": reading, "mib": size, "difference": size - printed} for reading, size in mib.items()]
    )


def alternative_text(nodes: pd.DataFrame) -> str:
    """The diagram in words, from the inputs to the output."""
    return architecture_nodes.alternative_text(nodes, "cast", "stored in 16 bits")
