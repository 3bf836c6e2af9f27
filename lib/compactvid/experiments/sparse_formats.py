"""The formats of sparse tensors, and their bytes on drawn tensors: files, written and read back.

Standard normal values, pruned by magnitude, in the shape of the example of Liu & Liu 2018 (section 2.2), in those of
the four big tensors of K24-H1440 (of both, `smoke` takes a sixteenth of the rows), and half a million at many
sparsities.
"""

import numpy as np
import pandas as pd

from compactvid.compression.sparse_files import DrawnSparseFiles
from compactvid.compression.sparse_storage import SparseFormat
from compactvid.compression.tensorflow_storage import TensorFlowStorage
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.models import GatedNetVLAD
from compactvid.runs import load_or_run

LARGEST = "K24-H1440"
EXAMPLE, EXAMPLE_SPARSITY = (1024, 100_000), 0.75
FEWER_ROWS = {"smoke": 16, "small": 1, "full": 1}
MOST_ROWS = 256
"""Of the example in one file: a quarter of its rows, so that a gigabyte of memory is enough."""
CURVE = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95)

FORMATS = {
    "sparse_tensor_64": ("SparseTensor, TensorFlow's", SparseFormat("sparse_tensor_64")),
    "dense": ("dense", SparseFormat("dense")),
    "sparse_tensor_32": ("SparseTensor, as reckoned", SparseFormat("sparse_tensor_32")),
    "csr_32": ("CSR, 32 bits", SparseFormat("csr_32")),
    "byte_mask": ("mask of bytes", SparseFormat("byte_mask")),
    "csr_16": ("CSR, 16 bits", SparseFormat("csr_16")),
    "delta": ("gaps of a byte", SparseFormat("delta")),
    "bitmask": ("mask of bits", SparseFormat("bitmask")),
    "lossless": ("mask of bits, zstd", SparseFormat("bitmask", "float32", True)),
    "dense_float16": ("dense, float16", SparseFormat("dense", "float16")),
    "float16": ("mask of bits, float16, zstd", SparseFormat("bitmask", "float16", True)),
    "dense_int8": ("dense, int8", SparseFormat("dense", "int8")),
    "int8": ("mask of bits, int8, zstd", SparseFormat("bitmask", "int8", True)),
}
PLOTTED = ("sparse_tensor_64", "sparse_tensor_32", "byte_mask", "csr_16", "bitmask", "lossless", "float16", "int8")


def runs(profile: str) -> list:
    """All drawn tensors."""
    return [example(profile), curve(), big_four(profile), tensorflow()]


def formats() -> tuple[SparseFormat, ...]:
    """All of `FORMATS`."""
    return tuple(sparse_format for _, sparse_format in FORMATS.values())


def example(profile: str) -> DrawnSparseFiles:
    """The paper's example: 1024 x 100000 values, three quarters of them zero; in parts, each a file."""
    rows = EXAMPLE[0] // FEWER_ROWS[profile]
    parts = -(-rows // MOST_ROWS)
    return DrawnSparseFiles(((rows // parts, EXAMPLE[1]),) * parts, (EXAMPLE_SPARSITY,), formats())


def curve() -> DrawnSparseFiles:
    """Half a million values at many shares of zeros."""
    return DrawnSparseFiles(((500, 1000),), CURVE, formats())


def big_four(profile: str) -> DrawnSparseFiles:
    """The four big tensors of K24-H1440 at the paper's size, with 16-bit indices."""
    model = GatedNetVLAD(*grid.cluster_and_hidden(LARGEST))
    classes, inner = model.num_classes, 2 * model.hidden_size
    vlad = (model.rgb_size or 0) * model.cluster_size + model.audio_size * (model.cluster_size // 2)
    mixtures = [(inner, classes * count) for count in (model.num_mixtures, model.num_mixtures + 1)]
    shapes = [*mixtures, (classes, classes), (vlad, model.hidden_size)]
    fewer = tuple((rows // FEWER_ROWS[profile], columns) for rows, columns in shapes)
    return DrawnSparseFiles(fewer, (EXAMPLE_SPARSITY,), (FORMATS["csr_16"][1],))


def tensorflow() -> TensorFlowStorage:
    """A million values, three quarters of them zero, in TensorFlow's own files."""
    return TensorFlowStorage(1000, 1000, EXAMPLE_SPARSITY)


def claims(profile: str, saved: pd.Series) -> pd.DataFrame:
    """One row a claim about bytes: its id, value and unit; `saved` is what each format saves of the example, in %."""
    drawn = load_or_run(example(profile)).result
    stored = load_or_run(tensorflow()).result
    lost = 100 * drawn["zeros"][0] / drawn["elements"]
    at_quarter = dict(zip(FORMATS, load_or_run(curve()).result["bytes"][CURVE.index(0.25)], strict=True))
    sparse = [name for name in FORMATS if not name.startswith("dense") and FORMATS[name][1].values == "float32"]
    too_narrow = load_or_run(big_four(profile)).result["bytes"][0][0] is None
    truth = "yes or no"
    rows = [
        ("sparse_example_saving", saved["sparse_tensor_32"], "%"),
        ("sparse_tensor_saving", saved["sparse_tensor_64"], "%"),
        ("sparse_example_lost", lost, "%"),
        ("sparsity_as_defined", 100 * (1 - at_quarter["sparse_tensor_32"] / at_quarter["dense"]), "%"),
        ("sparsity_is_not_compression", all(saved[sparse] != lost), truth),
        ("boolean_takes_one_byte", stored["bytes"]["mask"] == stored["elements"], truth),
        ("boolean_mask_saves_less", saved["byte_mask"] < lost, truth),
        ("indices_need_32_bits", too_narrow, truth),
        ("sparse_worse_than_float16", all(saved[sparse] < saved["dense_float16"]), truth),
    ]
    return pd.DataFrame(
        [(claim, float(value), unit) for claim, value, unit in rows], columns=["claim", "value", "unit"]
    )


def tensorflow_saving() -> float:
    """What TensorFlow's own file of a SparseTensor saves against its file of the dense tensor, at 75 % zeros, in %."""
    stored = load_or_run(tensorflow()).result["bytes"]
    return 100 * (1 - stored["sparse_tensor"] / stored["dense"])


def crossing(sizes: np.ndarray, limit: float) -> float:
    """The share of zeros in % at which falling sizes over `CURVE` reach the limit; NaN where they don't cross it."""
    if not sizes[0] > limit >= sizes[-1]:
        return float("nan")
    return 100 * float(np.interp(-limit, -sizes, CURVE))
