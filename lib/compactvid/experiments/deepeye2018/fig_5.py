"""Cheng et al. 2018, Fig. 5 and section 3: what a tensor train is, what it stores, and what a product with it costs.

Counts are of the layer's own cores and of the plan that it multiplies by, at the sizes of section 5.2. Times are read
from the record of ``make record-tensor-train``. `more_efficient` is the paired difference of each round's times, dense
minus tensor train, for frames of 57,600 values.
"""

import math
from itertools import pairwise

import pandas as pd

from compactvid.compression.tensor_train_costs import TensorTrainCosts
from compactvid.compression.tensor_train_identities import TensorTrainIdentities
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.measured_record import measured_record
from compactvid.runs import load_or_run

PROFILES = {"smoke": None, "small": None}
IDENTITIES = TensorTrainIdentities()
INPUT_MODES = {"frames": (8, 20, 20, 18), "features": (17, 19, 19, 25)}
GATE_MODES = (16, 4, 4, 4)
"""Four gates, folded into the first."""
RANKS = (1, 4, 4, 4, 1)
ROUNDING = 1e-12
"""Relative difference below which two products count as the same, in double precision."""

STEP_HEADINGS = {
    "step": "step",
    "cores": "cores",
    "times": "products",
    "product": "each of",
    "multiplications": "multiplications",
}
COST_HEADINGS = {
    "inputs": "inputs",
    "dense_values": "values, dense",
    "values": "tensor train",
    "printed": "d r² nₘ",
    "dense_multiplications": "products, dense",
    "multiplications": "tensor train",
}
TIME_HEADINGS = {
    "inputs": "inputs",
    "work": "work",
    "milliseconds": "ms",
    "dense": "dense",
    "t3f": "t3f",
}
FORMATS = {
    **dict.fromkeys(("multiplications", "dense_multiplications", "values", "dense_values", "printed", "times"), ",.0f"),
    "milliseconds": ".0f",
    "dense": ".1f",
    "t3f": ".2f",
}
MEMORY_HEADINGS = {
    "inputs": "inputs",
    "work": "work",
    "tensor train": "tensor train, MiB",
    "dense": "dense, MiB",
    "t3f": "t3f, MiB",
}
MEMORY_FORMATS = dict.fromkeys(("tensor train", "dense", "t3f"), ",.0f")
SENTENCES = {
    "arbitrary_dimensions": "tensor trains of 1 to 6 dimensions have the elements of Eq. 4",
    "can_be_decomposed": "full ranks give back random tensors",
    "core_indices": "the indices of Eq. 4 lie inside of the cores",
    "matrix_product": "the matrices of Eq. 5 can be multiplied in the printed order",
    "double_index": "the layer's matrix has the elements of Eq. 6",
    "factorized_computing": "the layer needs no array of the matrix's size",
    "reshaped_product": "Eq. 8 gives what Eq. 7 gives",
    "multiplications": "a product takes at most d r² nₘ multiplications",
    "stored_values": "the cores hold at most d r² nₘ values",
    "dense_multiplications": "the dense product takes at most nₘ to the power d",
}


def data(profile: str, seed: int) -> str:
    """Nothing is measured on data."""
    return "no data: networks are built, not trained"


def runs(profile: str, seed: int) -> dict[str, list]:
    """The equations, asked of the library, and counts of its layers."""
    return {"identities": [IDENTITIES], "costs": [layer(inputs) for inputs in INPUT_MODES]}


def layer(inputs: str) -> TensorTrainCosts:
    """The map from the paper's frames or features to an LSTM of 256 units."""
    return TensorTrainCosts(INPUT_MODES[inputs], GATE_MODES, RANKS)


def cores(inputs: str) -> pd.DataFrame:
    """One row a core: number, rank_before, input_mode, output_mode, rank_after."""
    columns = ["rank_before", "input_mode", "output_mode", "rank_after"]
    return pd.DataFrame(_counts(inputs)["shapes"], columns=columns).assign(core=range(1, len(GATE_MODES) + 1))


def steps(inputs: str) -> pd.DataFrame:
    """One row a product of matrices that one vector takes, in order."""
    return pd.DataFrame(
        [
            {
                "step": number,
                "cores": " and ".join(str(core + 1) for core in range(*step["cores"])),
                "times": step["products"],
                "product": f"({step['rows']} × {step['summed']}) ({step['summed']} × {step['columns']})",
                "multiplications": step["multiplications"],
            }
            for number, step in enumerate(_steps(inputs), 1)
        ]
    )


def contraction(inputs: str) -> pd.DataFrame:
    """One row a dimension of what stands between the `steps` of a vector: step (from 0, the vector), kind, name, size.

    Kinds are "input mode", "rank" and "output mode", in the chain's order; the sizes of a step multiply to its numbers.
    A rank of 1 is left out.
    """
    modes, orders = list(zip(INPUT_MODES[inputs], GATE_MODES, strict=True)), [step["cores"] for step in _steps(inputs)]
    done: set[int] = set()
    rows = []
    for number, (first, end) in enumerate([(0, 0), *orders]):
        done |= set(range(first, end))
        for place, (mode, output) in enumerate(modes):
            kind, sign, size = ("output mode", "n", output) if place in done else ("input mode", "m", mode)
            rows.append((number, kind, f"{sign}_{place + 1}", size))
            # The rank between a core that was summed over and one that is still to come is a dimension of its own.
            if place + 1 < len(modes) and (place in done) != (place + 1 in done):
                rows.append((number, "rank", f"r_{place + 1}", RANKS[place + 1]))
    found = pd.DataFrame(rows, columns=["step", "kind", "name", "size"])
    return found[(found["kind"] != "rank") | (found["size"] > 1)].reset_index(drop=True)


def costs() -> pd.DataFrame:
    """One row a map from the input: values stored and multiplications of one vector, dense and as a tensor train."""
    return pd.DataFrame(
        [
            {
                "inputs": inputs,
                "dense_values": _counts(inputs)["dense_values"],
                "values": _counts(inputs)["values"],
                "printed": printed_order(inputs),
                "dense_multiplications": _counts(inputs)["dense_values"],
                "multiplications": steps(inputs)["multiplications"].sum(),
            }
            for inputs in INPUT_MODES
        ]
    )


def printed_order(inputs: str) -> int:
    """The paper's d r^2 n_m: dimensions, largest rank, largest product of an input and an output mode."""
    modes = INPUT_MODES[inputs]
    return len(modes) * max(RANKS) ** 2 * max(m * n for m, n in zip(modes, GATE_MODES, strict=True))


def statements() -> pd.DataFrame:
    """One row a sentence of section 3: its claim, and 1 where it is true, 0 where it is not."""
    found = load_or_run(IDENTITIES).result
    frames = costs().set_index("inputs").loc["frames"]
    largest = max(step["numbers"] for step in _steps("frames"))
    pairs = list(pairwise(RANKS))
    largest_mode = frames["printed"] / (len(GATE_MODES) * max(RANKS) ** 2)
    true = {
        "arbitrary_dimensions": max(found["elements"]) < ROUNDING,
        "can_be_decomposed": max(found["decomposed"]) < ROUNDING,
        # A core is printed as (mode, r_k, r_(k-1)), its indices as (h_k, alpha_(k-1), alpha_k).
        "core_indices": all(before == after for before, after in pairs),
        # Matrices of r_k rows and r_(k-1) columns, side by side in the order of k.
        "matrix_product": all(left[0] == right[1] for left, right in pairwise(pairs)),
        "double_index": found["double_index"] < ROUNDING,
        "factorized_computing": found["layer"] < ROUNDING and largest < frames["dense_values"],
        "reshaped_product": found["reshaped"] < ROUNDING,
        "multiplications": frames["multiplications"] <= frames["printed"],
        "stored_values": frames["values"] <= frames["printed"],
        "dense_multiplications": frames["dense_multiplications"] <= largest_mode ** len(GATE_MODES),
    }
    rows = [(claim, sentence, int(true[claim])) for claim, sentence in SENTENCES.items()]
    return pd.DataFrame(rows, columns=["claim", "sentence", "value"])


def times() -> pd.DataFrame:
    """One row an input and work, on one thread: median milliseconds of the tensor train, and how many times as long the
    dense layer and t3f take."""
    rows = [
        {
            "inputs": row["inputs"],
            "work": row["work"],
            "milliseconds": row["median_milliseconds"]["tensor train"],
            "dense": row["median_ratio"]["dense"],
            "t3f": row["median_ratio"].get("t3f"),
        }
        for row in _of_one_thread()["layers"]
    ]
    return pd.DataFrame(rows)


def memory() -> pd.DataFrame:
    """One row an input and work: MiB that a call needs at its highest point, weights included, inputs not."""
    rows = [
        {**{name: row[name] for name in ("inputs", "work", "map")}, "mib": row["extra_mib"] + row["weights_mib"]}
        for row in measured_record("tensor_train")["memory"]["rows"]
    ]
    return pd.DataFrame(rows).pivot(index=["inputs", "work"], columns="map", values="mib").reset_index()


def growth() -> pd.DataFrame:
    """One row a size of the input and kind of map: multiplications of a vector, median milliseconds of a batch."""
    rows = [
        {
            "size": row["size"],
            "map": kind,
            "multiplications": row["multiplications"][kind],
            "milliseconds": pd.Series(row["milliseconds"][kind]).median(),
        }
        for row in _of_one_thread()["growth"]
        for kind in ("dense", "tensor train")
    ]
    return pd.DataFrame(rows)


def saved_time() -> tuple[float, float, int]:
    """Milliseconds that the dense product takes longer for frames: mean over the rounds, half width, rounds."""
    size = math.prod(INPUT_MODES["frames"])
    (found,) = (row["milliseconds"] for row in _of_one_thread()["growth"] if row["size"] == size)
    differences = pd.Series(found["dense"]) - pd.Series(found["tensor train"])
    return *mean_and_half_width(differences.to_numpy()), len(differences)


def machine() -> str:
    """Where the times were measured."""
    record = measured_record("tensor_train")
    return f"{record['provenance']['device']}, one thread, load {record['threads']['1']['load']:.1f}"


def _counts(inputs: str) -> dict:
    return load_or_run(layer(inputs)).result


def _steps(inputs: str) -> list[dict]:
    return _counts(inputs)["steps"]


def _of_one_thread() -> dict:
    return measured_record("tensor_train")["threads"]["1"]
