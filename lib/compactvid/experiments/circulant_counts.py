"""What models of the circulant grid weigh at the paper's size, counted on the built models."""

from functools import cache

from compactvid.compression.tensor_sizes import TensorSizes
from compactvid.experiments import circulant_grid as grid
from compactvid.runs import load_or_run


def counting(name: str) -> TensorSizes:
    """The run that counts a model of `circulant_grid.paper_models`."""
    return TensorSizes(grid.config(name))


@cache
def tensors(name: str) -> dict[str, tuple[int, ...]]:
    """The shapes of a model's stored tensors, moving statistics included, by their paths."""
    return {tensor["tensor"]: tuple(tensor["shape"]) for tensor in load_or_run(counting(name)).result["tensors"]}


def weights(name: str) -> int:
    """How many values a model stores: four bytes each."""
    return sum(tensor["bytes"] for tensor in load_or_run(counting(name)).result["tensors"]) // 4
