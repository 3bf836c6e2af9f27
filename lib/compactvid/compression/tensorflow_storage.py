"""How many bytes TensorFlow's own files take for booleans and sparse tensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TensorFlowStorage:
    """A mask of booleans and a SparseTensor in files of TensorFlow's checkpoint format, the format of its variables.

    Parameters
    ----------
    rows, columns
        Shape of the mask, and of the float32 tensor whose values lie where it is true.
    sparsity
        Share of zeros, in [0, 1].
    """

    rows: int
    columns: int
    sparsity: float

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return elements and values, and the bytes of `mask`, `sparse_tensor` (with its indices) and `dense`."""
        import tensorflow as tf

        elements = self.rows * self.columns
        mask = (np.arange(elements) >= self.sparsity * elements).reshape(self.rows, self.columns)
        dense = tf.constant(mask.astype("float32"))
        sparse = tf.sparse.from_dense(dense)
        written = {
            "mask": [mask],
            "sparse_tensor": [sparse.indices, sparse.values, sparse.dense_shape],
            "dense": [dense],
        }
        return {
            "elements": elements,
            "values": int(mask.sum()),
            "bytes": {name: self._bytes(folder / "checkpoints" / name, tensors) for name, tensors in written.items()},
        }

    def _bytes(self, prefix: Path, tensors: list[Any]) -> int:
        import tensorflow as tf

        names = [str(number) for number in range(len(tensors))]
        prefix.parent.mkdir(exist_ok=True)
        tf.raw_ops.SaveV2(prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names), tensors=tensors)
        return prefix.with_name(f"{prefix.name}.data-00000-of-00001").stat().st_size
