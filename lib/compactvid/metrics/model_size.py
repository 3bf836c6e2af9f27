"""Stored size of a model, tensor by tensor."""

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Bytes of an element as Keras stores it. Four-bit weights are not listed: Keras packs two of them into an int8.
ITEM_BYTES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "uint16": 2,
    "int16": 2,
    "float16": 2,
    "bfloat16": 2,
    "uint32": 4,
    "int32": 4,
    "float32": 4,
    "uint64": 8,
    "int64": 8,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}


def model_size(model: Any) -> "pd.DataFrame":
    """List every tensor that is stored with a model, with its size in bytes.

    Batch normalisation's moving statistics are stored and counted; the optimizer's and the seed generators' states are
    not. With 1 MiB = 2**20 bytes the sums are the "MB" of Liu & Liu 2018, Table 1.

    Parameters
    ----------
    model : keras.Model or keras.layers.Layer
        Any object with ``weights``, each of which has ``path``, ``shape`` and ``dtype``. It must have been built.

    Returns
    -------
    pandas.DataFrame
        A row for each weight, in the model's order: ``tensor`` (its path), ``shape`` (a tuple), ``dtype`` (a name such
        as "float32") and ``bytes``. ``model_size(model)["bytes"].sum() / 2**20`` is the model's size in MiB.

    Raises
    ------
    ValueError
        If the model is not built, or a weight has a dtype whose stored size is not known (strings, unpacked int4).
    """
    import pandas as pd  # here, because it takes longer to import than all the metrics together

    if not getattr(model, "built", True):
        raise ValueError(f"{getattr(model, 'name', model)!r} has no weights yet: expected a built model")
    rows = []
    for weight in model.weights:
        dtype = getattr(weight.dtype, "name", str(weight.dtype))
        if dtype not in ITEM_BYTES:
            raise ValueError(f"{weight.path} has dtype {dtype}: expected one of {', '.join(ITEM_BYTES)}")
        shape = tuple(int(length) for length in weight.shape)
        rows.append((weight.path, shape, dtype, math.prod(shape) * ITEM_BYTES[dtype]))
    return pd.DataFrame(rows, columns=["tensor", "shape", "dtype", "bytes"]).astype({"bytes": "int64"})
