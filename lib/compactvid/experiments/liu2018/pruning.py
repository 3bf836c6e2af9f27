"""Liu & Liu 2018, section 2.2, "Gradual Binary Mask Pruning": what sparse tensors cost to store, and in GAP.

Pruned is the trained stand-in of K24-H1440, the largest member of the winning ensemble, in every world: from its best
averaged checkpoint it is fine-tuned for four epochs, while gradual pruning brings its four big tensors to their share
of zeros within the first three; the checkpoint of the fourth is reported. The reference is fine-tuned as long, without
pruning. Each has the learning rate of 0.001, 0.0025, 0.005 and 0.01 with which it has the largest validation GAP on
world 1000, which no profile reports: without pruning 0.6142, 0.6042, 0.6049 and 0.6000 (from 0.6175); 50 % zeros 0.6160,
0.6097, 0.6121 and 0.6109; 75 % 0.6201, 0.6166, 0.6152 and 0.6065; 90 % 0.6106, 0.6212, 0.6312 and 0.6259; 95 % 0.5627,
0.6099, 0.6179 and 0.6132.

Bytes are those of files, written and read back: of the trained tensors, and of standard normal ones, pruned by
magnitude, in the shape of the paper's example and in those of K24-H1440 (`smoke` takes a sixteenth of their rows).
"""

import numpy as np
import pandas as pd

from compactvid.compression import FineTuning, GradualPruning
from compactvid.compression.sparse_files import ROUNDED, DrawnSparseFiles, TunedSparseFiles
from compactvid.compression.sparse_storage import SparseFormat
from compactvid.compression.tensorflow_storage import TensorFlowStorage
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import GatedNetVLAD
from compactvid.runs import load_or_run

USES = ("liu2018_table_1",)
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small")}
data = grid.data
MODEL = "K24-H1440"
EPOCHS, PRUNED_EPOCHS = 4, 3
RATES = {0.0: 0.001, 0.5: 0.001, 0.75: 0.001, 0.9: 0.005, 0.95: 0.005}
"""Share of zeros -> learning rate."""
SPARSITIES = {"smoke": (0.0, 0.75, 0.95), "small": tuple(RATES)}
EXAMPLE, EXAMPLE_SPARSITY = (1024, 100_000), 0.75
FEWER_ROWS = {"smoke": 16, "small": 1}
CURVE = tuple(percent / 100 for percent in range(0, 100, 5))

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

FORMAT_HEADINGS = {
    "label": "format",
    "mib": "example, MiB",
    "saved": "saved, %",
    "factor": "times smaller",
    "trained_factor": "trained, times smaller",
    "beats_float32": "beats float32 from, %",
    "beats_float16": "beats float16 from, %",
}
GAP_HEADINGS = {
    "sparsity": "zeros, %",
    "gap": "test GAP",
    "difference": "against no pruning",
    "difference_spread": "±",
    "float16": "with float16",
    "int8": "with int8",
}
FORMATS_OF_COLUMNS = {
    **{column: ".1f" for column in ("mib", "saved", "beats_float32", "beats_float16")},
    **{column: ".2f" for column in ("factor", "trained_factor")},
    **{column: ".4f" for column in ("gap", "difference_spread")},
    **{column: "+.4f" for column in ("difference", "float16", "int8")},
    "sparsity": ".0f",
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The fine-tunings with their files, a sparsity's after each other so that it is compiled once; drawn tensors."""
    draws = grid.draws(profile, seed)
    tuned = [tuning(profile, draw, sparsity) for sparsity in SPARSITIES[profile] for draw in draws]
    return {
        "fine_tunings": [*tuned, *(files(profile, draw) for draw in draws)],
        "tensors": [example(profile), curve(), big_four(profile), tensorflow()],
    }


def tuning(profile: str, draw: int, sparsity: float) -> FineTuning:
    """The fine-tuning that ends with this share of zeros; without pruning where it is 0."""
    steps = grid.SCALES[profile].train // grid.training(MODEL, profile, draw).training.batch_size
    every = steps // 4
    pruning = GradualPruning(sparsity, frequency=every, updates=4 * PRUNED_EPOCHS - 1, begin=every)
    return FineTuning(
        grid.training(MODEL, profile, draw), EPOCHS, RATES[sparsity], method=pruning if sparsity else None
    )


def files(profile: str, draw: int) -> TunedSparseFiles:
    """All formats of a world's fine-tuned models."""
    tuned = tuple(tuning(profile, draw, sparsity) for sparsity in SPARSITIES[profile])
    return TunedSparseFiles(tuned, _sparse_formats())


def example(profile: str) -> DrawnSparseFiles:
    """The paper's example: 1024 x 100000 values, three quarters of them zero."""
    shape = EXAMPLE[0] // FEWER_ROWS[profile], EXAMPLE[1]
    return DrawnSparseFiles((shape,), (EXAMPLE_SPARSITY,), _sparse_formats())


def curve() -> DrawnSparseFiles:
    """A million values at every twentieth of zeros."""
    return DrawnSparseFiles(((1000, 1000),), CURVE, _sparse_formats())


def big_four(profile: str) -> DrawnSparseFiles:
    """The four big tensors of K24-H1440 at the paper's size, with 16-bit indices."""
    model = GatedNetVLAD(*grid.cluster_and_hidden(MODEL))
    classes, inner = model.num_classes, 2 * model.hidden_size
    vlad = model.rgb_size * model.cluster_size + model.audio_size * (model.cluster_size // 2)
    mixtures = [(inner, classes * count) for count in (model.num_mixtures, model.num_mixtures + 1)]
    shapes = [*mixtures, (classes, classes), (vlad, model.hidden_size)]
    fewer = tuple((rows // FEWER_ROWS[profile], columns) for rows, columns in shapes)
    return DrawnSparseFiles(fewer, (EXAMPLE_SPARSITY,), (FORMATS["csr_16"][1],))


def tensorflow() -> TensorFlowStorage:
    """A million values, three quarters of them zero, in TensorFlow's own files."""
    return TensorFlowStorage(1000, 1000, EXAMPLE_SPARSITY)


def formats(profile: str, seed: int) -> pd.DataFrame:
    """One row a format: the example's size, trained tensors' at 75 % zeros, and from which share of zeros it pays.

    Columns: format, label; `mib`, `saved` (in %) and `factor` of the example against dense float32; `trained_factor`,
    mean over the worlds; `beats_float32` and `beats_float16`, the share of zeros in % from which a file is smaller than
    the dense one, between measured twentieths on a line; missing where it never is, or always.
    """
    sizes = np.array(load_or_run(example(profile)).result["bytes"][0])
    trained = _trained(profile, seed)
    trained = trained[trained["sparsity"] == 100 * EXAMPLE_SPARSITY].groupby("format", sort=False)["share"].mean()
    measured = np.array(load_or_run(curve()).result["bytes"], dtype="float64")
    dense, half = (measured[0, list(FORMATS).index(name)] for name in ("dense", "dense_float16"))
    rows = []
    for place, (name, (label, _)) in enumerate(FORMATS.items()):
        saved = 1 - sizes[place] / sizes[list(FORMATS).index("dense")]
        rows.append(
            {
                "format": name,
                "label": label,
                "mib": FEWER_ROWS[profile] * sizes[place] / 2**20,
                "saved": 100 * saved,
                "factor": 1 / (1 - saved),
                "trained_factor": 100 / trained[name],
                "beats_float32": _crossing(measured[:, place], dense),
                "beats_float16": _crossing(measured[:, place], half),
            }
        )
    return pd.DataFrame(rows)


def claims(profile: str, formats: pd.DataFrame) -> pd.DataFrame:
    """One row a claim about bytes: its id, value and unit."""
    drawn = load_or_run(example(profile)).result
    stored = load_or_run(tensorflow()).result
    saved = formats.set_index("format")["saved"]
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


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row a sparsity: test GAP after fine-tuning, and differences to as long a fine-tuning without pruning.

    Columns: sparsity in %; `gap`; `difference`, and the same with values read back as `float16` and `int8`, means over
    the worlds, with half widths of their 95 % t intervals as `..._spread`.
    """
    found = _test_gaps(profile, seed)
    rows = []
    for sparsity in SPARSITIES[profile]:
        row = {"sparsity": 100 * sparsity, "gap": found[sparsity, "float32"].mean()}
        for column, values in {"difference": "float32", **{name: name for name in ROUNDED}}.items():
            difference = found[sparsity, values] - found[0.0, "float32"]
            row[column], row[f"{column}_spread"] = mean_and_half_width(difference)
        rows.append(row)
    return pd.DataFrame(rows)


def size_and_gap(profile: str, seed: int, gaps: pd.DataFrame) -> pd.DataFrame:
    """One row a plotted format and sparsity: its bytes in % of dense float32, and its GAP against no pruning.

    Columns: format, label, sparsity (in %), share, difference, difference_spread.
    """
    sizes = _trained(profile, seed).groupby(["format", "sparsity"], sort=False)["share"].mean()
    by_sparsity = gaps.set_index("sparsity")
    rows = []
    for name in PLOTTED:
        label, sparse_format = FORMATS[name]
        column = {"float32": "difference"}.get(sparse_format.values, sparse_format.values)
        for sparsity in by_sparsity.index[1:]:
            about = by_sparsity.loc[sparsity]
            rows.append((name, label, sparsity, sizes[name, sparsity], about[column], about[f"{column}_spread"]))
    return pd.DataFrame(rows, columns=["format", "label", "sparsity", "share", "difference", "difference_spread"])


def _trained(profile: str, seed: int) -> pd.DataFrame:
    """One row a world, sparsity (in %) and format: `share` of the trained tensors' dense float32 bytes, in %."""
    dense = list(FORMATS).index("dense")
    return pd.DataFrame(
        [
            {"format": name, "sparsity": 100 * sparsity, "share": 100 * size / tuned["bytes"][dense]}
            for draw in grid.draws(profile, seed)
            for sparsity, tuned in zip(
                SPARSITIES[profile], load_or_run(files(profile, draw)).result["tuned"], strict=True
            )
            for name, size in zip(FORMATS, tuned["bytes"], strict=True)
        ]
    )


def _test_gaps(profile: str, seed: int) -> dict[tuple[float, str], np.ndarray]:
    """Sparsity and type of the values -> test GAP of each world."""
    found: dict[tuple[float, str], list[float]] = {}
    for draw in grid.draws(profile, seed):
        rounded = load_or_run(files(profile, draw)).result["tuned"]
        for sparsity, tuned in zip(SPARSITIES[profile], rounded, strict=True):
            full = load_or_run(tuning(profile, draw, sparsity)).result["test"]["gap"]
            for values, gap in {"float32": full, **tuned["gap"]}.items():
                found.setdefault((sparsity, values), []).append(gap)
    return {key: np.array(gaps) for key, gaps in found.items()}


def _crossing(sizes: np.ndarray, limit: float) -> float:
    """The share of zeros in % at which falling sizes over `CURVE` reach the limit; NaN where they don't cross it."""
    if not sizes[0] > limit >= sizes[-1]:
        return float("nan")
    return 100 * float(np.interp(-limit, -sizes, CURVE))


def _sparse_formats() -> tuple[SparseFormat, ...]:
    return tuple(sparse_format for _, sparse_format in FORMATS.values())
