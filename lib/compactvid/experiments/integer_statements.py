"""What Cheng et al. 2018, section 2.2, says of a forward pass in 8 bits, against the numbers of one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from compactvid import papers

Rows = Sequence[Mapping[str, Any]]
Found = tuple[bool, str]
"""Whether a sentence is true, and what was found."""


def integer_statements(blocks: Rows, pooling: Rows, operators: Rows, layers: pd.DataFrame) -> pd.DataFrame:
    """Decide each sentence by what was counted.

    Parameters
    ----------
    blocks, pooling
        Of `compactvid.compression.integer_flow.IntegerFlow`.
    operators
        Of `compactvid.compression.eight_bit_detector.EightBitDetector`.
    layers
        The layers of the paper's network as built, by name, with the `kernel` shape of each convolution.

    Returns
    -------
    DataFrame
        One row a claim of the ledger: claim, value (1 or 0), true, sentence, answer.
    """
    rows = [
        ("quantized_convolution", *_equation_3(blocks)),
        ("convolution_keeps_size", *_size_kept(layers, blocks[0])),
        ("one_shape", *_indices(blocks[0])),
        ("stored_in_8_bits", *_stored(blocks)),
        ("calculated_in_8_bits", *_calculated(blocks)),
        ("memory_reduced", *_memory(blocks)),
        ("linear_topology", *_chain(layers)),
        ("expensive_operations", *_convolutions(operators, len(blocks))),
        ("max_pooling_in_8_bits", *_pooled(pooling)),
    ]
    said = {entry.id.removeprefix("deepeye2018.claims."): entry.quotation for entry in papers.entries("deepeye2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in rows],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def magnitude(numbers: Mapping[str, Any]) -> int:
    """The largest of some integers in size."""
    return max(-numbers["lowest"], numbers["highest"])


def _equation_3(blocks: Rows) -> Found:
    compared, different = (sum(block[name] for block in blocks) for name in ("compared", "different"))
    return not different, f"{different} of {compared:,} sums of {len(blocks)} convolutions differ"


def _size_kept(layers: pd.DataFrame, first: Mapping[str, Any]) -> Found:
    """Of the paper's first convolution by its shapes; of ours by the sums that Eq. 3 gives without padding."""
    convolution = layers[layers["kernel"].notna()].iloc[0]
    height, width, _ = layers.loc[convolution["inputs"][0], "shapes"][0][1:]
    rows, columns = convolution["kernel"][:2]
    inside = height - rows + 1, width - columns + 1
    answer = (
        f"{height} × {width} becomes {inside[0]} × {inside[1]} without padding, and "
        f"{' × '.join(map(str, first['features'][:2]))} becomes {' × '.join(map(str, first['unpadded']))}"
    )
    return inside == (height, width), answer


def _indices(block: Mapping[str, Any]) -> Found:
    weights, features = block["kernel"], block["features"]
    answer = f"weights of {block['layer']}: {_product(weights)}; feature map before it: {_product(features)}"
    return len(weights) == len(features), answer


def _stored(blocks: Rows) -> Found:
    dtypes = Counter(block[name]["dtype"] for block in blocks for name in ("weights", "levels"))
    return set(dtypes) <= {"int8", "uint8"}, ", ".join(f"{count} arrays of {dtype}" for dtype, count in dtypes.items())


def _calculated(blocks: Rows) -> Found:
    product = max(block["possible_product"] for block in blocks)
    total = max(magnitude(block["sums"]) for block in blocks)
    answer = f"products of up to {product:,} need {_bits(product)} bits, sums of up to {total:,} need {_bits(total)}"
    return _bits(max(product, total)) <= 8, answer


def _memory(blocks: Rows) -> Found:
    """Each convolution by itself: the arrays' bytes."""
    names = {"weights": "weights", "features": "levels"}
    sizes = [(block["float_bytes"][name], block[key]["bytes"]) for block in blocks for name, key in names.items()]
    before, after = map(sum, zip(*sizes, strict=True))
    return all(wide == 4 * narrow for wide, narrow in sizes), f"{after:,} bytes of {before:,}, a quarter of each array"


def _chain(layers: pd.DataFrame) -> Found:
    branching = [layer.layer for before, layer in pairwise(layers.itertuples()) if list(layer.inputs) != [before.layer]]
    if branching:
        return False, f"not one after the other: {', '.join(branching)}"
    return True, f"{len(layers) - 1} layers, each on the output of the one before"


def _convolutions(operators: Rows, count: int) -> Found:
    found = [row for row in operators if row["operator"] == "CONV_2D"]
    narrow = [row for row in found if {*row["inputs"][:2], *row["outputs"]} == {"int8"}]
    others = Counter(row["operator"] for row in operators if row["operator"] != "CONV_2D")
    answer = f"{len(narrow)} of {len(found)} convolutions; beside them " + ", ".join(
        f"{number} {name}" for name, number in others.items()
    )
    return len(narrow) == len(found) == count, answer


def _pooled(pooling: Rows) -> Found:
    values, different = (sum(row[name] for row in pooling) for name in ("values", "different"))
    return not different, f"{different} of {values:,} levels behind {len(pooling)} poolings differ"


def _bits(number: int) -> int:
    """Of a signed integer that holds this number and its negative."""
    return number.bit_length() + 1


def _product(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))
