"""How large the integers of a block are, on one picture."""

from typing import Any

import numpy as np

from compactvid.compression.integer_convolution import IntegerConvolution
from compactvid.compression.written_out_sums import written_out_sums


def integer_sizes(block: IntegerConvolution, levels: np.ndarray, sums: np.ndarray) -> dict[str, Any]:
    """Ranges of a block's levels and sums, and its sums against Eq. 3 written out.

    Parameters
    ----------
    block
        Of an integer network, with strides of 1, as Eq. 3 has it.
    levels
        What it is given, uint8, (1, height, width, channels).
    sums
        What `accumulate` makes of them, int32.

    Returns
    -------
    dict
        Plain data: `layer`; `kernel` and `features`, shapes without the batch; `weights`, `levels` and `sums`, each
        with `dtype`, `lowest`, `highest` and `bytes`; `zero_point` of the levels; `possible_product` and
        `possible_sum`, the largest in size that any levels of the input can give with this kernel; `compared`, how many
        sums were compared with Eq. 3 on levels that are counted from their zero point (beside the map they are 0), and
        `different`, how many of them differ; `unpadded`, height and width of Eq. 3's sums that need no padding.

    Raises
    ------
    ValueError
        More pictures than one, or other strides.
    """
    if len(levels) != 1 or block.strides != (1, 1):
        raise ValueError(
            f"{block.name}: there must be one picture and strides of 1, not {len(levels)} and {block.strides}"
        )
    shifted = levels[0].astype("int64") - block.input_zero_point
    rows, columns = block.kernel.shape[:2]
    padding = [(0, 0)] * 3
    if block.padding == "same":
        padding = [((size - 1) // 2, size // 2) for size in (rows, columns)] + [(0, 0)]
    written = written_out_sums(block.kernel, np.pad(shifted, padding))
    magnitudes = np.abs(block.kernel.astype("int64"))
    furthest = max(block.input_zero_point, 255 - block.input_zero_point)
    return {
        "layer": block.name,
        "kernel": list(block.kernel.shape),
        "features": list(levels.shape[1:]),
        "weights": _described(block.kernel),
        "levels": _described(levels),
        "sums": _described(sums),
        "zero_point": block.input_zero_point,
        "possible_product": int(magnitudes.max()) * furthest,
        "possible_sum": int(magnitudes.sum(axis=(0, 1, 2)).max()) * furthest,
        "compared": written.size,
        "different": int(np.sum(written != sums[0])),
        "unpadded": [levels.shape[1] - rows + 1, levels.shape[2] - columns + 1],
    }


def _described(array: np.ndarray) -> dict[str, Any]:
    return {
        "dtype": str(array.dtype),
        "lowest": int(array.min()),
        "highest": int(array.max()),
        "bytes": array.nbytes,
    }
