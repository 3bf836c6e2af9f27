"""Cheng et al. 2018, Fig. 4 and Eq. 3: the forward pass of Q-YOLO in whole numbers.

Nothing is trained here. The detector of the first world that Fig. 7's page trains with Q-YOLO is converted to integers,
and the first picture of its test split is followed through it; what is counted holds of these numbers. The cell that is
written out is of filter 1 of the second convolution, in the middle of the picture's first object. That convolution is
the first whose input has negative values, and its sums have 18 products only. The 8-bit file is the same detector's,
written and run by LiteRT. Sizes at 608 x 608 are those of the built network.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.eight_bit_detector import EightBitDetector
from compactvid.compression.integer_flow import IntegerFlow
from compactvid.experiments import detection_grid as grid
from compactvid.experiments.integer_statements import integer_statements, magnitude
from compactvid.models import TinyYOLOv2
from compactvid.models.architecture import Architecture
from compactvid.runs import load_or_run

USES = ("deepeye2018_fig_7",)
PROFILES = grid.SCALES
PAPER = Architecture(TinyYOLOv2(input_size=(608, 608)))
FLOAT32, INT32 = 2**24, 2**31
"""Sums below these are exact: of whole numbers in float32, in int32."""
LEVELS = 128 * 255
"""The largest product of a weight and a feature of 8 bits, in size."""

STEPS = {
    "accumulate": "Eq. 3: sum of {products} products",
    "normalize": "batch normalisation: × {multiplier:,} ≫ {shift}, {bias}",
    "activate": "LeakyReLU: negative ones × {slope:,} ≫ 30",
    "requantize": "to a level: ≫ 16, {zero_point:+}, cut off at 0 and 255",
    "pool": "max-pooling: the largest of {window}",
}
STEP_HEADINGS = {"what": "step", "dtype": "dtype", "integer": "integer", "value": "it stands for", "float": "in float"}
PRODUCT_HEADINGS = {
    "place": "row, column, channel",
    "weight": "weight, int8",
    "feature": "feature, uint8",
    "product": "product",
    "weight_value": "weight stands for",
    "feature_value": "feature stands for",
    "product_value": "product",
    "weight_float": "weight in float",
    "feature_float": "feature in float",
    "product_float": "product",
}
BLOCK_HEADINGS = {
    "layer": "convolution",
    "products": "products a sum",
    "weights": "weights",
    "levels": "feature map before it",
    "largest": "largest sum",
    "of_float32": "share of 2²⁴",
    "possible": "largest possible",
    "paper_possible": "at the paper's width",
    "paper_of_float32": "share of 2²⁴",
    "paper_of_int32": "share of 2³¹",
}
AGREEMENT_HEADINGS = {
    "layer": "feature map before",
    "largest": "largest difference, levels",
    "share": "levels that differ, %",
    "largest_alone": "by the block before alone",
    "share_alone": "by that alone, %",
}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what was found"}
FORMATS = (
    dict.fromkeys(("integer", "product", "largest", "possible", "paper_possible"), ",.0f")
    | dict.fromkeys(("value", "float"), ".4f")
    | {f"{name}_{form}": ".4f" for name in ("weight", "feature", "product") for form in ("value", "float")}
    | dict.fromkeys(("of_float32", "paper_of_float32", "paper_of_int32"), ".3f")
    | dict.fromkeys(("share", "share_alone"), ".3f")
)


def runs(profile: str, seed: int) -> dict[str, list]:
    """The detector's integers, its 8-bit file, and the paper's network, built."""
    return {"integers": [flow(profile, seed), file(profile, seed), PAPER]}


def data(profile: str, seed: int) -> str:
    """What the detector was trained on."""
    return "simulated scenes, 1 world"


def flow(profile: str, seed: int) -> IntegerFlow:
    """The detector of the first world in integers."""
    return IntegerFlow(grid.tuned(profile, grid.worlds(profile, seed)[0], "Q-YOLO"))


def file(profile: str, seed: int) -> EightBitDetector:
    """The same detector as a LiteRT file, which the online program uses too."""
    return EightBitDetector(flow(profile, seed).tuning)


def cell(profile: str, seed: int) -> dict[str, Any]:
    """The cell that is written out: see `IntegerFlow.execute`."""
    return load_or_run(flow(profile, seed)).result["cell"]


def products(cell: Mapping[str, Any]) -> pd.DataFrame:
    """One row a product of the cell's sum: columns of `PRODUCT_HEADINGS`."""
    frame = pd.DataFrame(cell["products"])
    place = frame[["row", "column", "channel"]].astype(str).agg(", ".join, axis=1)
    return frame.assign(place=place)[list(PRODUCT_HEADINGS)]


def weight_shift(cell: Mapping[str, Any]) -> float:
    """How many levels the cell's weights are above the float ones, on average."""
    frame = pd.DataFrame(cell["products"])
    return float((frame["weight_value"] - frame["weight_float"]).mean() / cell["xi"])


def steps(cell: Mapping[str, Any]) -> pd.DataFrame:
    """One row a step of the cell: columns of `STEP_HEADINGS`."""
    numbers = {name: cell[name] for name in ("multiplier", "shift", "slope")}
    numbers["bias"] = f"{cell['bias']:+,}".replace("-", "−")
    numbers |= {"products": len(cell["products"]), "zero_point": cell["output"]["zero_point"]}
    numbers["window"] = ", ".join(map(str, cell["window"]))
    frame = pd.DataFrame(cell["steps"])
    return frame.assign(what=[STEPS[step].format(**numbers) for step in frame["step"]])[list(STEP_HEADINGS)]


def maps(profile: str, seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """The picture, uint8, and the feature map of the cell's filter behind its pooling, one row a place.

    Columns: row, column (from 1); float, eight_bit (what the levels stand for); difference, in levels.
    """
    run = load_or_run(flow(profile, seed))
    with np.load(run.folder / "maps.npz") as found:
        exact, values = found["float"].astype("float64"), found["values"].astype("float64")
        scene = found["scene"]
    places = np.indices(exact.shape).reshape(2, -1) + 1
    frame = pd.DataFrame({"row": places[0], "column": places[1], "float": exact.ravel(), "eight_bit": values.ravel()})
    scale = run.result["cell"]["output"]["scale"]
    return scene, frame.assign(difference=(frame["eight_bit"] - frame["float"]) / scale)


def blocks(profile: str, seed: int) -> pd.DataFrame:
    """One row a convolution: what its integers are, and how large its sums; columns of `BLOCK_HEADINGS`."""
    kernels = paper_layers()["kernel"]
    rows = []
    for block in load_or_run(flow(profile, seed)).result["blocks"]:
        largest, possible = magnitude(block["sums"]), int(np.prod(kernels[block["layer"]][:3])) * LEVELS
        rows.append(
            {
                "layer": block["layer"],
                "products": int(np.prod(block["kernel"][:3])),
                "weights": _range(block["weights"]),
                "levels": f"{_range(block['levels'])}; {block['zero_point']} is zero",
                "largest": largest,
                "of_float32": largest / FLOAT32,
                "possible": block["possible_sum"],
                "paper_possible": possible,
                "paper_of_float32": possible / FLOAT32,
                "paper_of_int32": possible / INT32,
            }
        )
    return pd.DataFrame(rows)


def agreement(profile: str, seed: int) -> pd.DataFrame:
    """The integers against the graph that simulates them: see `integer_agreement`; shares in %."""
    frame = pd.DataFrame(load_or_run(flow(profile, seed)).result["agreement"])[list(AGREEMENT_HEADINGS)]
    return frame.assign(share=100 * frame["share"], share_alone=100 * frame["share_alone"])


def outputs(profile: str, seed: int) -> dict[str, float]:
    """How far the integers' outputs are from those of the simulation: see `IntegerFlow.execute`."""
    return load_or_run(flow(profile, seed)).result["outputs"]


def exported(profile: str, seed: int) -> dict[str, Any]:
    """What was found of the 8-bit file: see `EightBitDetector.execute`."""
    return load_or_run(file(profile, seed)).result


def operators(profile: str, seed: int) -> pd.DataFrame:
    """What the 8-bit file computes: operator, inputs, outputs (dtypes), count."""
    frame = pd.DataFrame(exported(profile, seed)["operators"])[["operator", "inputs", "outputs"]]
    frame = frame.assign(inputs=frame["inputs"].map(", ".join), outputs=frame["outputs"].map(", ".join))
    return frame.groupby(list(frame.columns), sort=False).size().rename("count").reset_index()


def paper_layers() -> pd.DataFrame:
    """The layers of the paper's network as built: see `describe_layers`; and the shape of their `kernel`, or None."""
    found = load_or_run(PAPER).result
    shapes = {tensor["tensor"]: tensor["shape"] for tensor in found["tensors"]}
    frame = pd.DataFrame(found["layers"]).set_index("layer", drop=False)
    return frame.assign(kernel=[shapes.get(f"{name}/kernel") for name in frame.index])


def statements(profile: str, seed: int) -> pd.DataFrame:
    """Sentences of section 2.2: see `integer_statements`."""
    found = load_or_run(flow(profile, seed)).result
    return integer_statements(found["blocks"], found["pooling"], exported(profile, seed)["operators"], paper_layers())


def _range(numbers: Mapping[str, Any]) -> str:
    lowest, highest = (f"{numbers[end]:d}".replace("-", "−") for end in ("lowest", "highest"))
    return f"{numbers['dtype']}, {lowest} to {highest}"
