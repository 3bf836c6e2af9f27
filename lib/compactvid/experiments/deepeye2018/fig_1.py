"""Cheng et al. 2018, Fig. 1, sections 1 and 4: the parts of the system, what passes between them, and where it is read.

Nothing is trained. The detector is Table 1's network, built; its sizes are read off it. The recurrent network is not
built here: of it, of the clips and of the actions the sizes are those that the paper prints, and the diagram says so.
"""

import math
from typing import Any

import pandas as pd

from compactvid import papers
from compactvid.experiments import architecture_nodes
from compactvid.experiments.detector_sizes import BUILT, TABLE_1, counts, outputs, shape_text
from compactvid.runs import load_or_run

PROFILES = dict.fromkeys(("smoke", "small"), BUILT)
"""The same at each profile: nothing is trained."""

CLAIMS = {
    "deepeye2018_fig_2": ("boxes_and_classes", "confidence_is_overlap", "feature_channels"),
    "deepeye2018_fig_3": ("weights_within_one", "feature_maps_within_one"),
    "deepeye2018_fig_4": ("quantized_convolution", "expensive_operations"),
    "deepeye2018_table_1": ("compression_in_print", "eight_bit_size"),
    "deepeye2018_fig_7": ("eight_bit_as_good", "map_loss"),
    "deepeye2018_fig_8": ("all_objects", "real_time", "multiplications_saved"),
    "deepeye2018_fig_5": ("multiplications",),
    "deepeye2018_fig_6": ("one_system", "without_delay", "end_to_end"),
    "deepeye2018_fig_9": ("best_beyond_epoch_20", "features_beat_plain"),
    "deepeye2018_table_2": ("dense_parameters", "orders_of_parameters", "reduction_on_features"),
    "deepeye2018_conclusions": ("benchmarks",),
}
"""The pages of the paper's part, and main claims that each answers."""

PASSED_HEADINGS = {
    "what": "what passes",
    "to": "from → to",
    "shape": "shape",
    "values": "values",
    "kib": "KiB in float32",
    "printed": "printed",
}
PASSED_FORMATS = {"values": ",", "kib": ",.0f"}
PAGE_HEADINGS = {"sentence": "the paper", "locator": "where", "page": "page"}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The networks, built."""
    return {"architecture": list(PROFILES[profile].values())}


def data(profile: str, seed: int) -> str:
    """Nothing is measured."""
    return "no data: the detector is built, not trained"


def layers() -> pd.DataFrame:
    """One row a layer of Table 1's network, by name: see `compactvid.models.architecture.describe_layers`."""
    return pd.DataFrame(load_or_run(BUILT["Table 1"]).result["layers"]).set_index("layer", drop=False)


def nodes(layers: pd.DataFrame) -> pd.DataFrame:
    """The system as `draw_architecture` takes it; `built` is 1 where sizes are read off the built network."""
    printed = _printed()
    last = layers.index[-1]
    before, after = layers.loc[layers.loc[last, "inputs"][0]], layers.loc[last]
    width, height = printed["standard_size"].split("×")
    frames = counts(outputs()).set_index("claim").loc["training_sequence", "value"]
    hidden = math.prod(_numbers(printed["hidden_modes"]))
    rows: list[tuple[str, str, str, int, int, str, int]] = [
        ("clip", "clip", f"{frames} frames, {height} × {width} × 3", 0, 0, "", 0),
        ("frame", "each frame, scaled", _shape(layers.iloc[0]), 0, 1, "clip", 1),
        ("trunk", "eight convolutions", _shape(before), int(layers["parameters"].sum() - after.parameters), 1,
         "frame", 2),
        ("features", "last convolution: the features", _shape(after), int(after.parameters), 1, "trunk", 3),
        ("boxes", "boxes and confidences", f"{_boxes(after):,} boxes", 0, 1, "features", 4),
        ("recurrent", "recurrent network, T-RNN", f"{hidden:,} hidden values", 0, 0, "features", 4),
        ("objects", "non-max suppression", "objects", 0, 1, "boxes", 5),
        ("action", "classifier", f"{printed['ucf11_classes']} actions", 0, 0, "recurrent", 5),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["layer", "name", "shape", "parameters", "built", "after", "step"])


def alternative_text(nodes: pd.DataFrame) -> str:
    """The diagram in words, from the clip to objects and action."""
    return architecture_nodes.alternative_text(nodes, "built", "built here")


def passed(layers: pd.DataFrame) -> pd.DataFrame:
    """One row a tensor that passes from part to part, of one frame: part (its key), columns of `PASSED_HEADINGS`."""
    entries, last = _printed(), layers.index[-1]
    before, after = layers.loc[layers.loc[last, "inputs"][0]], layers.loc[last]
    table = papers.table("deepeye2018", "table_1").frame().set_index("row")
    sampled = int(entries["sampled_frames"])
    frame = (*reversed(_numbers(entries["frame_values"])), 3)
    rows: list[tuple[str, str, str, tuple[int, ...], str]] = [
        ("frame", "a frame", "clip → detector", _lengths(layers.iloc[0]), table.loc["CONV_1", "filters"]),
        ("trunk", "the picture, halved five times", "detector", _lengths(before), table.loc["CONV_final", "filters"]),
        ("features", "features of Table 1", "detector → T-RNN", _lengths(after), table.loc["CONV_final", "output"]),
        ("features_in_text", "features of the text", "detector → T-RNN", outputs()["80 classes"], "19×19×425"),
        ("clip", f"{sampled} frames' features", "detector → T-RNN", (sampled, *_lengths(after)), ""),
        ("plain_frame", "a frame without detector", "clip → plain RNN", frame, f"{entries['frame_values']}"),
        ("boxes", "boxes, confidences, classes", "detector → objects",
         (_boxes(after), 5 + TABLE_1.num_classes), ""),
    ]  # fmt: skip
    return pd.DataFrame(
        [
            (part, what, to, shape_text(shape), math.prod(shape), math.prod(shape) * 4 / 1024, printed or None)
            for part, what, to, shape, printed in rows
        ],
        columns=["part", *PASSED_HEADINGS],
    )


def pages() -> pd.DataFrame:
    """One row a claim of `CLAIMS`: columns of `PAGE_HEADINGS`."""
    entries = {entry.id.removeprefix("deepeye2018.claims."): entry for entry in papers.entries("deepeye2018")}
    return pd.DataFrame(
        [
            (
                entries[claim].quotation,
                entries[claim].locator,
                stem.removeprefix("deepeye2018_").replace("fig_", "Fig. ").replace("table_", "Table ").capitalize(),
            )
            for stem, claims in CLAIMS.items()
            for claim in claims
        ],
        columns=list(PAGE_HEADINGS),
    )


def _printed() -> dict[str, str]:
    return {entry.id.removeprefix("deepeye2018.claims."): entry.printed for entry in papers.entries("deepeye2018")}


def _numbers(text: str) -> list[int]:
    """The numbers of "160×120", or of "n_1 = n_2 = 4" as often as there are names."""
    if "=" in text:
        *names, value = text.split("=")
        return [int(value)] * len(names)
    return [int(part) for part in text.split("×")]


def _lengths(layer: Any) -> tuple[int, ...]:
    """Of a layer's output, without the batch."""
    return tuple(layer.shapes[0][1:])


def _shape(layer: Any) -> str:
    return shape_text(_lengths(layer))


def _boxes(layer: Any) -> int:
    """All boxes of the last layer's output, of which each has five numbers and its classes."""
    rows, columns, channels = _lengths(layer)
    return rows * columns * channels // (5 + TABLE_1.num_classes)
