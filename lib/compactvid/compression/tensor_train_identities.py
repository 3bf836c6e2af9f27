"""What section 3 of Cheng et al. 2018 (DeepEye) says of tensor trains, asked of this library's own."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TensorTrainIdentities:
    """Tensor trains of `compactvid.ops` and `compactvid.layers`, in double precision, beside the printed equations.

    Parameters
    ----------
    modes
        Of the tensors; the first d of them make one of d dimensions.
    output_modes
        Of the matrices, as many, with the same `modes` for inputs.
    rank
        Of all inner cores.
    seed
        Of cores, tensors and vectors.
    """

    modes: tuple[int, ...] = (3, 2, 4, 2, 3, 2)
    output_modes: tuple[int, ...] = (2, 2, 1, 3, 2, 2)
    rank: int = 3
    seed: int = 0

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return largest differences, relative to the largest value that they are differences of.

        `elements`, a number for each dimension d from 1: the elements of a tensor train against Eq. 4, summed index by
        index. `decomposed`, likewise: a random tensor against that of its `tensor_train_svd` with full ranks.
        `double_index`: the layer's matrix against Eq. 6, element by element. `layer`: the layer's outputs against those
        of its dense matrix. `reshaped`: Eq. 8 against Eq. 7, both summed index by index.
        """
        from keras import ops

        from compactvid.layers import TensorTrainDense
        from compactvid.ops import tensor_train_matrix, tensor_train_svd

        random = np.random.default_rng(self.seed)
        elements, decomposed = [], []
        for dimensions in range(1, len(self.modes) + 1):
            modes, single = self.modes[:dimensions], (1,) * dimensions
            cores = self._cores(random, modes, single)
            expected = _printed_tensor([core[:, :, 0] for core in cores])
            elements.append(_difference(ops.convert_to_numpy(tensor_train_matrix(cores)).reshape(modes), expected))
            tensor = random.normal(size=modes)
            found = tensor_train_svd(tensor.reshape(-1, 1), modes, single, relative_error=0.0)
            decomposed.append(_difference(ops.convert_to_numpy(tensor_train_matrix(found)).reshape(modes), tensor))
        layer = TensorTrainDense(self.modes, self.output_modes, self.rank, use_bias=False, dtype="float64")
        layer.build((None, math.prod(self.modes)))
        cores = self._cores(random, self.modes, self.output_modes)
        layer.set_weights(cores)
        matrix = _printed_matrix(cores)
        x = random.normal(size=(5, len(matrix)))
        summed = np.array([[sum(column * row) for column in matrix.T] for row in x])
        return {
            "elements": elements,
            "decomposed": decomposed,
            "double_index": _difference(ops.convert_to_numpy(layer.to_dense()[0]), matrix),
            "layer": _difference(ops.convert_to_numpy(layer(x)), x @ matrix),
            "reshaped": _difference(_printed_product(cores, x), summed),
        }

    def _cores(
        self, random: np.random.Generator, modes: Sequence[int], output_modes: Sequence[int]
    ) -> list[np.ndarray]:
        ranks = (1, *[self.rank] * (len(modes) - 1), 1)
        shapes = zip(ranks[:-1], modes, output_modes, ranks[1:], strict=True)
        return [random.normal(size=shape) for shape in shapes]


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def _printed_tensor(cores: Sequence[np.ndarray]) -> np.ndarray:
    """Eq. 4: for each multi-index, the sum over all ranks of products of numbers. Cores (rank, mode, rank)."""
    tensor = np.zeros([core.shape[1] for core in cores])
    ranks = [range(core.shape[2]) for core in cores]
    for index in np.ndindex(tensor.shape):
        for after in itertools.product(*ranks):
            before = (0, *after[:-1])
            tensor[index] += math.prod(
                core[first, mode, last] for core, first, mode, last in zip(cores, before, index, after, strict=True)
            )
    return tensor


def _printed_matrix(cores: Sequence[np.ndarray]) -> np.ndarray:
    """Eq. 6: for each pair of multi-indices, a product of matrices."""
    rows = list(np.ndindex(*(core.shape[1] for core in cores)))
    columns = list(np.ndindex(*(core.shape[2] for core in cores)))
    return np.array([[_element(cores, row, column) for column in columns] for row in rows])


def _element(cores: Sequence[np.ndarray], row: Sequence[int], column: Sequence[int]) -> float:
    product = np.eye(1)
    for core, i, j in zip(cores, row, column, strict=True):
        product = product @ core[:, i, j]
    return product[0, 0]


def _printed_product(cores: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """Eq. 8: x as a tensor, summed over each of its indices; the result read as a vector again."""
    modes, outputs = [core.shape[1] for core in cores], [core.shape[2] for core in cores]
    result = np.zeros((len(x), *outputs))
    for j in np.ndindex(*outputs):
        weights = np.array([_element(cores, i, j) for i in np.ndindex(*modes)]).reshape(modes)
        for row, vector in enumerate(x):
            tensor = vector.reshape(modes)
            result[row][j] = sum(weights[i] * tensor[i] for i in np.ndindex(*modes))
    return result.reshape(len(x), -1)
