"""What accelerators can do at most, by their makers' data sheets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accelerator:
    """Peak arithmetic in FLOP/s by dtype (matrix products, dense), memory in bytes, and where that stands.

    `matches` is what JAX's `device_kind` contains.
    """

    name: str
    matches: str
    peak: dict[str, float]
    memory: float
    source: str


ACCELERATORS = (
    # JAX multiplies float32 matrices in TF32 by default. The data sheet's numbers are with sparsity, twice the dense.
    Accelerator(
        "NVIDIA H200",
        "H200",
        {"float32": 989e12 / 2, "bfloat16": 1979e12 / 2},
        141e9,
        "NVIDIA H200 Tensor Core GPU data sheet (SXM), https://www.nvidia.com/en-us/data-center/h200/",
    ),
    # The board has two GPUs, which a cloud lends one by one.
    Accelerator(
        "NVIDIA Tesla K80, one of its two GPUs",
        "K80",
        {"float32": 8.74e12 / 2},
        12 * 2**30,
        "8.74 TFLOP/s a board at boost clocks: https://www.anandtech.com/show/8729/nvidia-launches-tesla-k80-gk210-gpu",
    ),
)


def accelerator(kind: str) -> Accelerator | None:
    """The accelerator that JAX calls `kind`; None where it is not listed."""
    return next((known for known in ACCELERATORS if known.matches in kind), None)
