"""Araujo et al. 2018, Fig. 1: the base model, read off the one that is built at the paper's size.

What depends on what in it is tried on the model scaled down by 16, whose layers are the same.
"""

from typing import Any

import pandas as pd

from compactvid import papers
from compactvid.experiments import architecture_nodes
from compactvid.experiments.circulant_grid import DIVISOR, paper_models, scaled_down
from compactvid.models.architecture import Architecture
from compactvid.models.dependencies import Dependencies
from compactvid.runs import load_or_run

BASE = paper_models()["table_1"]
SCALED_DOWN = scaled_down(BASE, DIVISOR, num_classes=60, rgb_size=64, audio_size=8, sample_size=2)
PROFILES = dict.fromkeys(("smoke", "small"), (Architecture(BASE), Dependencies(SCALED_DOWN)))
"""The same at each profile: nothing is trained."""

PARTS = {modality: f"{modality}_deep_bag_of_frames_hidden" for modality in ("video", "audio")}
MADE_CIRCULANT = (
    *("video_projection/kernel", "audio_projection/kernel"),
    *(f"{part}/kernel" for part in PARTS.values()),
    *("mixture/gates_kernel", "mixture/experts_kernel"),
)
"""The matrices that the paper replaces, each layer on its own (section 4.3)."""
NAMES = {
    "rgb": "video features",
    "audio": "audio features",
    "num_frames": "frame count",
    "operations_1": "L2-normalise each frame, mask padding",
    "joined": "concatenate",
    "mixture": "mixture of {num_mixtures} experts a class",
    "probability_gating": "context gating",
}
for _modality, _part in PARTS.items():
    NAMES |= {
        f"{_modality}_projection": f"{_modality} DBoF, projection",
        f"{_modality}_projection_bn": "batch normalisation",
        f"{_modality}_projection_activation": "{activation}",
        f"{_modality}_pooling": "{pooling} max, {num_samples} samples of {sample_size}",
        _part: f"{_modality} FC",
        f"{_part}_bn": "batch normalisation",
        f"{_part}_activation": "{activation}",
    }
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "the built model"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """One run that builds the model, one that tries what depends on what."""
    return {"architecture": list(PROFILES[profile])}


def data(profile: str, seed: int) -> str:
    """Nothing is measured."""
    return "no data: the model is built, not trained"


def layers() -> pd.DataFrame:
    """One row a node of the built model, by name: see `compactvid.models.architecture.describe_layers`."""
    return pd.DataFrame(load_or_run(PROFILES["small"][0]).result["layers"]).set_index("layer", drop=False)


def tensors() -> pd.DataFrame:
    """One row a stored tensor, by name: shape and values (how many it has)."""
    frame = pd.DataFrame(load_or_run(PROFILES["small"][0]).result["tensors"])
    return frame.assign(shape=frame["shape"].map(tuple), values=frame["bytes"] // 4).set_index("tensor")


def dependencies() -> dict[str, Any]:
    """What depends on what: see `compactvid.models.dependencies.Dependencies.execute`."""
    return load_or_run(PROFILES["small"][1]).result


def nodes(layers: pd.DataFrame) -> pd.DataFrame:
    """What the diagram shows; in `circulant`, how many of a layer's matrices the paper replaces.

    The mask of real frames, which batch normalisation and pooling take as well, is not drawn.
    """
    direct = layers["inputs"].map(lambda names: [name for name in names if name != "operations_1"] or names)
    return architecture_nodes.nodes(layers.assign(inputs=direct), NAMES, MADE_CIRCULANT, "circulant")


def alternative_text(nodes: pd.DataFrame) -> str:
    """The diagram in words, from the inputs to the output."""
    return architecture_nodes.alternative_text(nodes, "circulant", "which the paper makes circulant")


def statements(layers: pd.DataFrame, tensors: pd.DataFrame, dependencies: dict[str, Any]) -> pd.DataFrame:
    """Sentences of section 4.1 and Fig. 1 against the built model: claim, value (1 or 0), true, sentence, answer."""
    kernels = tensors["shape"]
    sizes = [kernels[f"{modality}_projection/kernel"] for modality in PARTS]
    ends = zip(PARTS, layers.loc["joined", "inputs"], strict=True)
    chains = [_path(layers, f"{modality}_projection", end) for modality, end in ends]
    kinds = [[layers.loc[name, "type"] for name in chain] for chain in chains]
    pooled = [kind.index("FramePooling") for kind in kinds]
    before = [NAMES[name].format(**layers.loc[name, "settings"]) for name in chains[0][1 : pooled[0]]]
    reduced = all("Dense" in found[at:] for found, at in zip(kinds, pooled, strict=True))
    apart = sum(tensors.loc[f"{part}/kernel", "values"] for part in PARTS.values())
    together = sum(size[1] for size in sizes) * layers.loc["joined", "shapes"][0][-1]
    mixed, gated = (dependencies[f"labels_in_{part}"] for part in ("mixture", "gating"))
    crossed = max(dependencies[name] for name in ("video_on_audio", "audio_on_video"))
    padding, trained = dependencies["predictions_on_padding"], set(dependencies["trainable"])
    behind = [layers.loc[name, "type"] for name in _path(layers, "joined", layers.index[-1])]
    embeddings = list(layers.index[layers["type"] == "FramePooling"])
    rows = [
        ("modalities_apart", crossed == 0, "no" if crossed == 0 else "a frame's norm is of video and audio together"),
        ("two_embeddings", len(embeddings) == len(PARTS) == len(pooled), ", ".join(embeddings)),
        ("nothing_before_the_maximum", not before, ", ".join(before)),
        ("wider_than_the_input", all(k < p for k, p in sizes), ", ".join(f"{p:,} > {k:,}" for k, p in sizes)),
        ("any_length", padding == 0, f"other padding changes predictions by {padding:g} at most"),
        ("reduced_one_by_one", reduced, "a fully connected layer in each part"),
        ("reducing_one_by_one_saves", together > apart, f"{apart:,} weights; one matrix for both has {together:,}"),
        ("labels_independently", mixed == 0, f"a label's gates and experts change {mixed} others"),
        ("gates_and_experts_together", trained.issuperset(MADE_CIRCULANT[-2:]), "both are trainable"),
        ("gating_joins_labels", gated == SCALED_DOWN.num_classes - 1, f"a label changes all {gated} others"),
        ("order_of_layers", reduced, " → ".join(kinds[0][pooled[0] : pooled[0] + 2])),
        ("classification_block", behind[1:] == ["MixtureOfExperts", "ContextGating"], " → ".join(behind)),
    ]
    said = {entry.id.removeprefix("araujo2018.claims."): entry.quotation for entry in papers.entries("araujo2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in rows],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def counts(layers: pd.DataFrame, tensors: pd.DataFrame) -> pd.DataFrame:
    """Printed numbers of the architecture, from the built model: claim, value, unit."""
    rows = [
        ("visual_features", layers.loc["rgb", "shapes"][0][-1], "values"),
        ("typical_clusters", tensors.loc["video_projection/kernel", "shape"][1], "units"),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def _path(layers: pd.DataFrame, first: str, last: str) -> list[str]:
    """The layers from one to another, both included, going back by what each takes first."""
    found = [last]
    while found[-1] != first:
        found.append(layers.loc[found[-1], "inputs"][0])
    return found[::-1]
