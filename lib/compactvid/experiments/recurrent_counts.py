"""What the recurrent networks of Cheng et al. 2018 weigh at the paper's size, counted on the built models."""

import math
from dataclasses import replace

import pandas as pd

from compactvid import papers
from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.models import TensorTrain, VideoRNN
from compactvid.runs import load_or_run

GATES, UNITS, FRAMES = 4, 256, 6
FRAME_MODES, FEATURE_MODES, VOC_MODES, HIDDEN_MODES = (8, 20, 20, 18), (17, 19, 19, 25), (5, 19, 19, 25), (4, 4, 4, 4)

DEEPEYE = VideoRNN()
ON_FRAMES = replace(
    DEEPEYE, frame_shape=(120, 160, 3), channel_blocks=1, pixels=True, input_map=TensorTrain(FRAME_MODES)
)
MODELS = {
    "RNN": replace(ON_FRAMES, input_map=None),
    "T-RNN with frame inputs": ON_FRAMES,
    "DEEPEYE": DEEPEYE,
    "RNN on features": replace(DEEPEYE, input_map=None),
    "DEEPEYE, both maps": replace(DEEPEYE, recurrent_map=TensorTrain(HIDDEN_MODES)),
    "DEEPEYE on VOC features": replace(
        DEEPEYE, frame_shape=(19, 19, 125), channel_blocks=5, input_map=TensorTrain(VOC_MODES)
    ),
}
"""The rows of Table 2, and what they are compared with."""
RANK_NUMBERS = range(1, 6)
"""Of the ranks in section 5.2, r_1 to r_5."""
PRINTED = ("RNN", "T-RNN with frame inputs", "DEEPEYE")

HEADINGS = {
    "model": "network",
    "inputs": "inputs",
    "input_map": "input to hidden",
    "recurrent_map": "hidden to hidden",
    "rest": "biases, classifier",
    "all": "all",
}
FORMATS = dict.fromkeys(("inputs", "input_map", "recurrent_map", "rest", "all"), ",.0f")


def runs() -> list[TensorSizes]:
    """The runs that count."""
    return [TensorSizes(model) for model in MODELS.values()]


def weights(name: str) -> pd.Series:
    """Values of a model's parts: input_map, recurrent_map, rest and all."""
    found = {"input_map": 0, "recurrent_map": 0, "rest": 0}
    for tensor in load_or_run(TensorSizes(MODELS[name])).result["tensors"]:
        part = next((part for part in found if f"/{part}/" in tensor["tensor"]), "rest")
        found[part] += math.prod(tensor["shape"])
    return pd.Series({**found, "all": sum(found.values())})


def cores(name: str) -> int:
    """Cores of a model's map from the input."""
    tensors = load_or_run(TensorSizes(MODELS[name])).result["tensors"]
    return sum("/input_map/core_" in tensor["tensor"] for tensor in tensors)


def counts() -> pd.DataFrame:
    """One row a model: columns of `HEADINGS`."""
    return pd.DataFrame([{"model": name, "inputs": MODELS[name].frame_size, **weights(name)} for name in MODELS])


def table() -> pd.DataFrame:
    """What Table 2 prints that can be computed: columns row, parameters, compression and speed_up.

    `speed_up` is the quotient of the printed runtimes.
    """
    printed = papers.table("deepeye2018", "table_2").frame().set_index("row")
    dense = weights("RNN")["input_map"]
    rows = []
    for name, row in zip(PRINTED, printed.index, strict=True):
        parameters = weights(name)["input_map"]
        compared = row != printed.index[0]
        rows.append(
            {
                "row": row,
                "parameters": parameters,
                "compression": dense / parameters if compared else None,
                "speed_up": printed["runtime"].iloc[0] / printed.loc[row, "runtime"] if compared else None,
            }
        )
    return pd.DataFrame(rows).astype({"compression": "float64", "speed_up": "float64"})


def gains() -> pd.DataFrame:
    """Differences of printed accuracies, in points: columns claim and value."""
    accuracy = papers.table("deepeye2018", "table_2").frame()["accuracy"].tolist()
    plain, frames, features = accuracy
    rows = [("accuracy_gain", features - plain), ("gain_over_frames", features - frames)]
    return pd.DataFrame(rows, columns=["claim", "value"])


def contradictions() -> pd.DataFrame:
    """What the paper's counts leave out, one row a claim: columns claim, what, value and unit."""
    features, dense = weights("DEEPEYE")["input_map"], weights("RNN on features")["input_map"]
    apart = GATES * sum(
        math.prod(shape) for shape in zip((1, 4, 4, 4), FEATURE_MODES, HIDDEN_MODES, (4, 4, 4, 1), strict=True)
    )
    both = weights("DEEPEYE, both maps")
    rows = [
        ("dense_parameters_on_features", "dense map on features", dense, "weights"),
        ("reduction_on_features", "features for both", dense / features, "ratio"),
        ("reduction_of_the_network", "whole networks", weights("RNN")["all"] / weights("DEEPEYE")["all"], "ratio"),
        ("parameters_on_voc_features", "19 x 19 x 125", weights("DEEPEYE on VOC features")["input_map"], "weights"),
        ("parameters_of_both_maps", "both maps as tensor trains", both["input_map"] + both["recurrent_map"], "weights"),
        ("gates_apart", "a tensor train for each gate", apart, "weights"),
    ]
    return pd.DataFrame(rows, columns=["claim", "what", "value", "unit"])


def statements() -> pd.DataFrame:
    """One row a sentence: its claim, and 1 where it is true, 0 where it is not."""
    plain, frames, deepeye = (weights(name) for name in PRINTED)
    printed = papers.table("deepeye2018", "table_2").frame()
    counts = printed["parameters"].tolist()
    inputs = MODELS["RNN"].frame_size
    step = inputs * GATES * UNITS + UNITS * GATES * UNITS
    element_by_element = GATES * UNITS + 3 * UNITS  # activations; two products for the cell, one for the output
    # Larger is better but for weights and seconds.
    better = {"accuracy": 1, "parameters": -1, "compression": 1, "runtime": -1, "speed_up": 1}
    best = printed.set_index("row").loc["DEEPEYE"]
    rows = {
        "input_map_dominates": plain["input_map"] > plain["all"] / 2,
        "boundary_ranks": list(range(cores("DEEPEYE") + 1)) == list(RANK_NUMBERS),
        "core_operation": step > element_by_element,
        "hidden_map_counted": deepeye["input_map"] + deepeye["recurrent_map"] == counts[2],
        "gated_units": math.prod(FRAME_MODES) * GATES * UNITS == counts[0],
        "plain_units": inputs * UNITS == counts[0],
        "frame_values": math.prod(FRAME_MODES) == 160 * 120 * 3,
        "feature_modes": math.prod(FEATURE_MODES) == 19 * 19 * 425,
        "frame_modes": math.prod(FRAME_MODES) * GATES * UNITS == counts[0],
        "hidden_modes": counts[0] == inputs * GATES * math.prod(HIDDEN_MODES),
        "ranks": [frames["input_map"], deepeye["input_map"]] == counts[1:],
        "best_in_every_column": all(
            (sign * printed[column].dropna() <= sign * best[column]).all() for column, sign in better.items()
        ),
        "orders_of_parameters": deepeye["all"] <= plain["all"] / 1000,
        "input_map_counted": [plain["input_map"], frames["input_map"], deepeye["input_map"]] == counts,
    }
    return pd.DataFrame({"claim": list(rows), "value": [int(value) for value in rows.values()]})
