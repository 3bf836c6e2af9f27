"""How many bytes sparse tensors take in each format, measured in files."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from compactvid.compression.fine_tuning import FineTuning
from compactvid.compression.pruning import magnitude_mask, num_pruned, require_sparsity
from compactvid.compression.sparse_positions import IndexRangeError
from compactvid.compression.sparse_storage import SparseFormat, load_sparse, save_sparse
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.training.training_run import Trained
from compactvid.training.weights import load_weights

ROUNDED = ("float16", "int8")


@dataclass(frozen=True)
class DrawnSparseFiles:
    """Standard normal tensors, pruned by magnitude, written in each format and read back.

    Parameters
    ----------
    shapes
        Of the tensors.
    sparsities
        Shares of zeros, growing, in [0, 1].
    formats
        Formats of the files.
    seed
        Of the drawing.
    """

    shapes: tuple[tuple[int, ...], ...]
    sparsities: tuple[float, ...]
    formats: tuple[SparseFormat, ...]
    seed: int = 0

    def __post_init__(self) -> None:
        for sparsity in self.sparsities:
            require_sparsity("DrawnSparseFiles", sparsity)
        if sorted(self.sparsities) != list(self.sparsities):
            raise ValueError(f"DrawnSparseFiles: sparsities must grow, not {self.sparsities}")

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return elements, and a list over the sparsities each of zeros and bytes, all tensors together.

        Bytes are a list over the formats; None where a format's indices are too small for one of the tensors.
        """
        random = np.random.default_rng(self.seed)
        zeros = [0] * len(self.sparsities)
        files: list[list[int | None]] = [[0] * len(self.formats) for _ in self.sparsities]
        for shape in self.shapes:
            tensor = random.standard_normal(shape, dtype="float32")
            for place, sparsity in enumerate(self.sparsities):
                kept = magnitude_mask(tensor, num_pruned(tensor.size, sparsity))
                tensor = np.where(kept, tensor, np.float32(0))
                zeros[place] += int(np.count_nonzero(tensor == 0))
                files[place] = [
                    _sum(total, _written(tensor, sparse_format)[0])
                    for total, sparse_format in zip(files[place], self.formats, strict=True)
                ]
        return {"elements": sum(math.prod(shape) for shape in self.shapes), "zeros": zeros, "bytes": files}


@dataclass(frozen=True)
class TunedSparseFiles:
    """The four big tensors of fine-tuned models, written in each format and read back; GAP with rounded values.

    Parameters
    ----------
    tuned
        Fine-tunings of one model on one data set.
    formats
        Formats of the files.
    """

    tuned: tuple[FineTuning, ...]
    formats: tuple[SparseFormat, ...]

    @property
    def requires(self) -> tuple[FineTuning, ...]:
        """The runs whose weights are written."""
        return self.tuned

    @property
    def dataset(self) -> Any:
        """The trainings' data set."""
        return self.tuned[0].dataset

    def execute(self, folder: Path, data_folder: Path | None, required: Sequence[Path]) -> Mapping[str, Any]:
        """Return for each fine-tuning elements, zeros, bytes in the order of `formats`, and test GAP as `gap`.

        `gap` has one entry for `float16` and one for `int8`: of the model with the values read back from such a file.
        """
        model = self.tuned[0].training.model.build()
        trained = Trained(model, self.dataset, self.dataset.prepare(data_folder), [], [])
        results = []
        for run in required:
            load_weights(model, run / "fine_tuned.weights.h5")
            weights = {weight.path: value for weight, value in zip(model.weights, model.get_weights(), strict=True)}
            big = [weights[path] for path in BIG_FOUR]
            files = [[_written(tensor, sparse_format) for tensor in big] for sparse_format in self.formats]
            gap = {}
            for values in ROUNDED:
                read = [_written(tensor, SparseFormat("bitmask", values))[1] for tensor in big]
                model.set_weights(list((weights | dict(zip(BIG_FOUR, read, strict=True))).values()))
                gap[values] = trained.gap("test")
            results.append(
                {
                    "elements": sum(tensor.size for tensor in big),
                    "zeros": sum(int(np.count_nonzero(tensor == 0)) for tensor in big),
                    "bytes": [reduce(_sum, (size for size, _ in written)) for written in files],
                    "gap": gap,
                }
            )
        return {"tuned": results}


def _written(tensor: np.ndarray, sparse_format: SparseFormat) -> tuple[int | None, np.ndarray]:
    """The size of the file, None where the indices don't fit, and what is read back from it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tensor"
        try:
            size = save_sparse(path, tensor, sparse_format)
        except IndexRangeError:
            return None, tensor
        read = load_sparse(path)
    if sparse_format.values == "float32" and not np.array_equal(read.view("uint32"), tensor.view("uint32")):
        raise ArithmeticError(f"{sparse_format}: what was read back differs from what was written")
    return size, read


def _sum(total: int | None, size: int | None) -> int | None:
    return None if total is None or size is None else total + size
