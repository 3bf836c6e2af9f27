"""One cell of a block: each number of its way from 8-bit levels to an 8-bit level, and the same in float."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compactvid.compression.integer_convolution import FRACTION_BITS, IntegerConvolution, Levels


def cell_numbers(
    block: IntegerConvolution,
    given: Levels,
    xi: float,
    steps: Mapping[str, np.ndarray],
    floats: Mapping[str, np.ndarray],
    place: tuple[int, int, int],
) -> dict[str, Any]:
    """Follow the sum of one filter at one place.

    Parameters
    ----------
    block
        Of an integer network, not the last, with strides of 1 and pooling windows that begin at multiples of their
        stride.
    given
        What the levels of its input stand for.
    xi
        Scale of the kernel's levels.
    steps
        Its integers for one picture: `features`, its input, and what `accumulate`, `normalize`, `activate`,
        `requantize` and `pool` give, each of shape (1, height, width, channels).
    floats
        The same of a network in float: `kernel`, `features`, and those steps but `requantize`, which it has not.
    place
        Row, column and filter of the sum, from 0.

    Returns
    -------
    dict
        Plain data. `products`, one a weight: `row`, `column` and `channel` (from 1), and of `weight`, `feature` and
        `product` the integer, its value (`..._value`) and that of the float network (`..._float`); a feature's integer
        is a level, and a product's counts it from the zero point. `steps`, one a step: `step`, `dtype`, `integer`,
        `value` and `float` (None: no such step). `window`, the levels of which the last step takes the largest.

    Raises
    ------
    ValueError
        The kernel's window at this place leaves the feature map.
    """
    x, y, z = place
    rows, columns = block.kernel.shape[:2]
    up, left = ((size - 1) // 2 if block.padding == "same" else 0 for size in (rows, columns))
    features = {"integer": steps["features"][0], "float": floats["features"][0]}
    height, width = features["integer"].shape[:2]
    if not (0 <= x - up <= height - rows and 0 <= y - left <= width - columns):
        raise ValueError(f"{block.name}: the window at {x}, {y} leaves a feature map of {height} x {width}")
    products = []
    for i, j, l in np.ndindex(block.kernel.shape[:3]):
        u, v = x - up + i, y - left + j
        weight, level = int(block.kernel[i, j, l, z]), int(features["integer"][u, v, l])
        shifted = level - block.input_zero_point
        in_float = float(floats["kernel"][i, j, l, z]), float(features["float"][u, v, l])
        products.append(
            {
                **{"row": i + 1, "column": j + 1, "channel": l + 1},
                **{"weight": weight, "weight_value": xi * weight, "weight_float": in_float[0]},
                **{"feature": level, "feature_value": given.scale * shifted, "feature_float": in_float[1]},
                "product": weight * shifted,
                "product_value": xi * given.scale * weight * shifted,
                "product_float": in_float[0] * in_float[1],
            }
        )
    output, pooling = block.output, block.pooling
    assert output is not None
    assert pooling is not None
    fraction = output.scale / 2**FRACTION_BITS
    value = {
        "accumulate": lambda integer: integer * xi * given.scale,
        "normalize": lambda integer: integer * fraction,
        "activate": lambda integer: integer * fraction,
        "requantize": lambda integer: (integer - output.zero_point) * output.scale,
        "pool": lambda integer: (integer - output.zero_point) * output.scale,
    }
    pooled = x // pooling.strides[0], y // pooling.strides[1]
    found = []
    for step, of in value.items():
        at = (0, *(pooled if step == "pool" else (x, y)), z)
        integer = int(steps[step][at])
        exact = float(floats[step][at]) if step in floats else None
        found.append(
            {"step": step, "dtype": str(steps[step].dtype), "integer": integer, "value": of(integer), "float": exact}
        )
    top, side = pooled[0] * pooling.strides[0], pooled[1] * pooling.strides[1]
    window = steps["requantize"][0, top : top + pooling.size[0], side : side + pooling.size[1], z]
    return {"products": products, "steps": found, "window": [int(level) for level in window.reshape(-1)]}
