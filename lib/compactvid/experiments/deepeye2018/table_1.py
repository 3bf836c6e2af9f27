"""Cheng et al. 2018, Table 1 and sections 4 and 5.3: the detector's layers, and its size before and after 8 bits.

Nothing is trained. Shapes are those of the network that is built at 608 x 608; sizes are those of files that are
written and read back (`compactvid.experiments.detector_bytes`).
"""

from collections.abc import Iterable
from functools import cache
from math import prod

import pandas as pd

from compactvid import papers
from compactvid.experiments.detector_bytes import FILES, PAPER, arrays, printed, printed_rate
from compactvid.models import TinyYOLOv2
from compactvid.models.architecture import Architecture
from compactvid.runs import load_or_run

ORIGINAL = TinyYOLOv2()
PROFILES = dict.fromkeys(("smoke", "small"), (FILES, Architecture(PAPER), Architecture(ORIGINAL)))
"""The same at each profile: nothing is drawn."""
PRINTED_LAYERS = {"conv1": "CONV_1", "conv2": "CONV_2", "conv3": "CONV_3", "conv9": "CONV_final"}

SHAPE_HEADINGS = {
    "layer": "layer",
    "row": "Table 1",
    "input": "input",
    "paper_filters": "“Filters”",
    "output_shape": "output",
    "paper_output": "paper",
    "parameters": "weights",
    "paper_parameters": "paper",
}
SIZE_HEADINGS = {
    "layer": "layer",
    "float_kib": "float32, KiB",
    "paper_float_kib": "paper",
    "eight_bit_kib": "8 bits, KiB",
    "paper_eight_bit_kib": "paper",
    "share": "% of the weights",
}
PUZZLE_HEADINGS = {
    "row": "layer",
    "paper_float_kib": "printed float size",
    "float_kib": "4 bytes a weight",
    "from_rate": "1 byte × 3.994",
    "paper_eight_bit_kib": "printed 8-bit size",
    "from_printed_size": "that × 3.994",
    "fitting": "weights that fit both",
}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "the built network"}
FORMATS = {
    **dict.fromkeys(("parameters", "paper_parameters", "fitting"), ",.0f"),
    **dict.fromkeys(("paper_float_kib", "paper_eight_bit_kib"), ",.1f"),
    **dict.fromkeys(("float_kib", "eight_bit_kib", "from_rate", "from_printed_size"), ",.2f"),
    "share": ".3f",
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The files, and the layers at both input sizes."""
    return {"networks": list(PROFILES[profile])}


def data(profile: str, seed: int) -> str:
    """Nothing is measured."""
    return "no data: networks are built and written, not trained"


@cache
def layers() -> pd.DataFrame:
    """One row a convolution of the built network, beside what is printed of four (`row` is their name there).

    Columns: layer, row, input, output_shape (height×width×channels), kernel (shape), multiplications, parameters
    (weights of the kernel), share (of all kernels' weights, in %); float_kib and eight_bit_kib, of the kernel in the
    Darknet file and in that of integers; filters and output, 1 where the printed shape is that of the input and of the
    output, else 0; and paper_....
    """
    frame = _convolutions(PAPER).set_index("layer", drop=False)
    frame["row"] = pd.Series(PRINTED_LAYERS)
    for column, form in (("float_kib", "darknet"), ("eight_bit_kib", "integers")):
        written = arrays(form)
        frame[column] = written[written["array"] == "kernel"].set_index("convolution")["bytes"] / 2**10
    frame["share"] = 100 * frame["parameters"] / frame["parameters"].sum()
    cells = papers.table("deepeye2018", "table_1").frame().set_index("row").add_prefix("paper_")
    frame = frame.join(cells, on="row").reset_index(drop=True)
    for column, shape in (("filters", "input"), ("output", "output_shape")):
        frame[column] = (frame[shape] == frame[f"paper_{column}"]).astype(float).where(frame["row"].notna())
    return frame


def printed_layers() -> pd.DataFrame:
    """The rows of `layers` that Table 1 has, and where its float column comes from.

    Further columns: from_rate (8-bit KiB times the printed rate), from_printed_size (printed 8-bit KiB times it), and
    fitting, how many numbers of weights print as both sizes at four bytes and at one.
    """
    frame = layers()[layers()["row"].notna()].reset_index(drop=True)
    frame["from_rate"] = printed_rate() * frame["eight_bit_kib"]
    frame["from_printed_size"] = printed_rate() * frame["paper_eight_bit_kib"]
    sizes = zip(frame["paper_float_kib"], frame["paper_eight_bit_kib"], strict=True)
    return frame.assign(fitting=[len(_fitting(*pair)) for pair in sizes])


def concentration() -> pd.DataFrame:
    """Where the bytes are, for the printed layers and for the largest one: columns what, layers, share (of the
    kernels' weights, in %) and rate (of the whole network's bytes, if only these kernels are in 8 bits)."""
    found = layers().set_index("layer")
    everything = arrays("darknet")["bytes"].sum()
    rows = []
    for what, names in (("printed", list(PRINTED_LAYERS)), ("largest", [found["parameters"].idxmax()])):
        parameters, share = found.loc[names, ["parameters", "share"]].sum()
        rows.append((what, ", ".join(names), share, everything / (everything - 3 * parameters)))
    return pd.DataFrame(rows, columns=["what", "layers", "share", "rate"])


def claims(readings: pd.DataFrame) -> pd.DataFrame:
    """Printed sizes and rates against `detector_bytes.readings`: columns claim, value, unit."""
    by = readings.set_index("key")
    rows = [
        ("float_size", by.loc["float", "mb"], "MB"),
        ("eight_bit_size", by.loc["kernels", "mb"], "MB"),
        ("batch_norm_in_8_bits", by.loc["all", "mb"], "MB"),
        ("float_size_binary", by.loc["float", "mib"], "MiB"),
        ("compression_in_print", printed("float_size") / printed("eight_bit_size"), "ratio"),
        ("compression_counted", by.loc["kernels", "rate"], "ratio"),
        ("compression_all_in_8_bits", by.loc["all", "rate"], "ratio"),
    ]
    table = printed_layers().set_index("row")
    rows += [(f"{name.lower()}_from_rate", size, "KiB") for name, size in table["from_rate"].items()]
    rows += [("conv_3_from_printed_size", table.loc["CONV_3", "from_printed_size"], "KiB")]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def statements(readings: pd.DataFrame) -> pd.DataFrame:
    """Sentences of Table 1 and of sections 4 and 5: columns claim, value (1 or 0), true, sentence, answer."""
    all_layers, table = layers(), printed_layers()
    rate = readings.set_index("key").loc["all", "rate"]
    share = concentration().set_index("what").loc["printed", "share"]
    filters = all(row.paper_filters in _texts_of_filters(row.kernel) for row in table.itertuples())
    inputs, unfit = (table.loc[found, "row"] for found in (table["filters"] == 1, table["fitting"] == 0))
    work = all_layers["multiplications"].sum() / _convolutions(ORIGINAL)["multiplications"].sum()
    grid, cells = _text(ORIGINAL.grid), _text(PAPER.grid)
    rows = [
        (
            "detailed_layers",
            len(table) == len(all_layers),
            f"{len(table)} of {len(all_layers)}, {share:.1f} % of weights",
        ),
        ("filters_column", filters, f"inputs, of {', '.join(inputs)}"),
        ("four_to_one", unfit.empty, f"no number of weights fits {', '.join(unfit)}"),
        ("all_layers_in_8_bits", round(rate, 3) == printed_rate(), f"then the rate is {rate:.3f}"),
        ("original_size", grid == cells, f"{grid} cells; {cells} take {work:.2f} times the multiplications"),
    ]
    said = {entry.id.removeprefix("deepeye2018.claims."): entry.quotation for entry in papers.entries("deepeye2018")}
    return pd.DataFrame(
        [(claim, int(true), "yes" if true else "no", said[claim], answer) for claim, true, answer in rows],
        columns=["claim", "value", "true", "sentence", "answer"],
    )


def _convolutions(model: TinyYOLOv2) -> pd.DataFrame:
    result = load_or_run(Architecture(model)).result
    nodes = {node["layer"]: node for node in result["layers"]}
    kernels = {tensor["tensor"]: tuple(tensor["shape"]) for tensor in result["tensors"]}
    rows = []
    for name, node in nodes.items():
        if node["type"] == "Conv2D":
            (_, *given), (_, *output) = nodes[node["inputs"][0]]["shapes"][0], node["shapes"][0]
            kernel, (rows_out, columns_out, _) = kernels[f"{name}/kernel"], output
            work = rows_out * columns_out * prod(kernel)
            rows.append((name, _text(given), _text(output), kernel, prod(kernel), work))
    return pd.DataFrame(rows, columns=["layer", "input", "output_shape", "kernel", "parameters", "multiplications"])


def _fitting(float_kib: float, eight_bit_kib: float) -> range:
    """The numbers n of weights whose 4 n and n bytes print as these KiB, to one decimal, halves either way.

    |10 k n / 1024 - t| <= 1/2 for k bytes a weight and t tenths of a KiB, in integers.
    """
    bounds = []
    for size, width in ((float_kib, 4), (eight_bit_kib, 1)):
        tenths = 1024 * round(10 * size)
        bounds.append((-(-(tenths - 512) // (10 * width)), (tenths + 512) // (10 * width)))
    (low, high), (other_low, other_high) = bounds
    return range(max(low, other_low), min(high, other_high) + 1)


def _texts_of_filters(kernel: tuple[int, ...]) -> set[str]:
    """What may be printed of a convolution's filters: all of them, one of them, or how many they are."""
    return {_text(kernel), _text(kernel[:-1]), str(kernel[-1])}


def _text(shape: Iterable[int]) -> str:
    return "×".join(map(str, shape))
