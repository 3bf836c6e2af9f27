"""Liu & Liu 2018, section 2.2, "Gradual Binary Mask Pruning": what sparse tensors cost to store, and in GAP.

Pruned is the trained stand-in of K24-H1440, the largest member of the winning ensemble, in every world: from its best
averaged checkpoint it is fine-tuned for four epochs, while gradual pruning brings its four big tensors to their share
of zeros within the first three; the checkpoint of the fourth is reported. The reference is fine-tuned as long, without
pruning. Each has the learning rate of 0.001, 0.0025, 0.005 and 0.01 with which it has the largest validation GAP on
world 1000, which no profile reports: without pruning 0.6142, 0.6042, 0.6049 and 0.6000 (from 0.6175); 50 % zeros
0.6160, 0.6097, 0.6121 and 0.6109; 75 % 0.6201, 0.6166, 0.6152 and 0.6065; 90 % 0.6106, 0.6212, 0.6312 and 0.6259; 95 %
0.5627, 0.6099, 0.6179 and 0.6132.

Bytes are those of files, written and read back: of the trained tensors, and of drawn ones
(`experiments.sparse_formats`).
"""

import numpy as np
import pandas as pd

from compactvid.compression import FineTuning, GradualPruning
from compactvid.compression.sparse_files import ROUNDED, TunedSparseFiles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments import sparse_formats as sparse
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.runs import load_or_run

USES = ("liu2018_table_1",)
STEM = "liu2018_pruning"
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
data = grid.data
MODEL = "K24-H1440"
EPOCHS, PRUNED_EPOCHS = 4, 3
RATES = {0.0: 0.001, 0.5: 0.001, 0.75: 0.001, 0.9: 0.005, 0.95: 0.005}
"""Share of zeros -> learning rate."""
SPARSITIES = {"smoke": (0.0, 0.75, 0.95), "small": (0.0, 0.75, 0.95), "full": tuple(RATES)}

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
        "tensors": sparse.runs(profile),
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
    return TunedSparseFiles(tuned, sparse.formats())


def formats(profile: str, seed: int) -> pd.DataFrame:
    """One row a format: the example's size, trained tensors' at 75 % zeros, and from which share of zeros it pays.

    Columns: format, label; `mib`, `saved` (in %) and `factor` of the example against dense float32; `trained_factor`,
    mean over the worlds; `beats_float32` and `beats_float16`, the share of zeros in % from which a file is smaller than
    the dense one, on a line between measured sparsities; missing where it never is, or always.
    """
    sizes = np.array(load_or_run(sparse.example(profile)).result["bytes"][0])
    trained = _trained(profile, seed)
    as_sparse = trained["sparsity"] == 100 * sparse.EXAMPLE_SPARSITY
    shares = trained[as_sparse].groupby("format")["share"].mean()
    measured = np.array(load_or_run(sparse.curve()).result["bytes"], dtype="float64")
    dense, half = (measured[0, list(sparse.FORMATS).index(name)] for name in ("dense", "dense_float16"))
    rows = []
    for place, (name, (label, _)) in enumerate(sparse.FORMATS.items()):
        saved = 1 - sizes[place] / sizes[list(sparse.FORMATS).index("dense")]
        rows.append(
            {
                "format": name,
                "label": label,
                "mib": sparse.FEWER_ROWS[profile] * sizes[place] / 2**20,
                "saved": 100 * saved,
                "factor": 1 / (1 - saved),
                "trained_factor": 100 / shares[name],
                "beats_float32": sparse.crossing(measured[:, place], dense),
                "beats_float16": sparse.crossing(measured[:, place], half),
            }
        )
    return pd.DataFrame(rows)


def sizes_by_sparsity() -> pd.DataFrame:
    """One row a plotted format and share of zeros (in %): its bytes in % of dense float32, on drawn tensors."""
    measured = np.array(load_or_run(sparse.curve()).result["bytes"], dtype="float64")
    shares = 100 * measured / measured[0, list(sparse.FORMATS).index("dense")]
    rows = [
        (name, sparse.FORMATS[name][0], 100 * sparsity, share)
        for name in sparse.PLOTTED
        for sparsity, share in zip(sparse.CURVE, shares[:, list(sparse.FORMATS).index(name)], strict=True)
    ]
    return pd.DataFrame(rows, columns=["format", "label", "sparsity", "share"])


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row a sparsity: test GAP after fine-tuning, and differences to as long a fine-tuning without pruning.

    Columns: sparsity in %; worlds; `gap`; `difference`, and the same with values read back as `float16` and `int8`,
    means over the worlds, with half widths of their 95 % t intervals as `..._spread`.
    """
    found = _test_gaps(profile, seed)
    rows = []
    for sparsity in SPARSITIES[profile]:
        own = found[sparsity, "float32"]
        row = {"sparsity": 100 * sparsity, "worlds": len(own), "gap": own.mean()}
        for column, values in {"difference": "float32", **{name: name for name in ROUNDED}}.items():
            difference = found[sparsity, values] - found[0.0, "float32"]
            row[column], row[f"{column}_spread"] = mean_and_half_width(difference)
        rows.append(row)
    return pd.DataFrame(rows)


def every_sparsity(gaps: pd.DataFrame) -> pd.DataFrame:
    """The frame of `gaps` with a row for each sparsity of `full`, which alone trains them all."""
    rows = [100 * sparsity for sparsity in SPARSITIES["full"]]
    return gaps.set_index("sparsity").reindex(rows).rename_axis("sparsity").reset_index()


def before_fine_tuning(profile: str, seed: int) -> tuple[float, float]:
    """Test GAP of what all fine-tunings start from, minus GAP after the one without pruning: mean and half width."""
    starts = [load_or_run(grid.training(MODEL, profile, draw)).result for draw in grid.draws(profile, seed)]
    gaps = np.array([start["best_averaged"]["test"]["gap"] for start in starts])
    return mean_and_half_width(gaps - _test_gaps(profile, seed)[0.0, "float32"])


def size_and_gap(profile: str, seed: int, gaps: pd.DataFrame) -> pd.DataFrame:
    """One row a plotted format and sparsity: its bytes in % of dense float32, and its GAP against no pruning.

    Columns: format, label, sparsity (in %), share, difference, difference_spread.
    """
    sizes = _trained(profile, seed).groupby(["format", "sparsity"], sort=False)["share"].mean()
    by_sparsity = gaps.set_index("sparsity")
    rows = []
    for name in sparse.PLOTTED:
        label, sparse_format = sparse.FORMATS[name]
        column = {"float32": "difference"}.get(sparse_format.values, sparse_format.values)
        for sparsity in by_sparsity.index[1:]:
            about = by_sparsity.loc[sparsity]
            rows.append((name, label, sparsity, sizes[name, sparsity], about[column], about[f"{column}_spread"]))
    return pd.DataFrame(rows, columns=["format", "label", "sparsity", "share", "difference", "difference_spread"])


def _trained(profile: str, seed: int) -> pd.DataFrame:
    """One row a world, sparsity (in %) and format: `share` of the trained tensors' dense float32 bytes, in %."""
    dense = list(sparse.FORMATS).index("dense")
    return pd.DataFrame(
        [
            {"format": name, "sparsity": 100 * sparsity, "share": 100 * size / tuned["bytes"][dense]}
            for draw in grid.draws(profile, seed)
            for sparsity, tuned in zip(
                SPARSITIES[profile], load_or_run(files(profile, draw)).result["tuned"], strict=True
            )
            for name, size in zip(sparse.FORMATS, tuned["bytes"], strict=True)
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
