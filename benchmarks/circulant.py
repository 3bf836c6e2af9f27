"""Circulant layers against dense ones and against the released formulation, at the sizes of Araujo et al. 2018.

python benchmarks/circulant.py --output results/measured/circulant.json

Float32 on the processor, batches of 128, one thread and two, each in a process of its own; TensorFlow functions as they
are ("graph") and compiled by XLA ("xla"). Forward, and forward with the gradients of the input and of all weights, in
turns; medians and fastest calls. Then with one thread: at inference, from which batch on `as_dense()` is faster, and
how the time of a plain product grows with the order of the matrix, which the page of section 3 reads. The load is
recorded. See README.md.
"""

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from timing import compiled, in_new_process, in_turns, keras_layer, warn_of_load, write

from compactvid.cli.run_process import keep_memory

SIZES = ((8192, 512), (1024, 8192), (65536, 512), (512, 19310))
"""Features and units: video FC, video DBoF, FC after NetVLAD of 64 clusters, gates of the mixture of experts."""
BATCH = 128
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
SMALL = ((256, 64), (512, 128), (1024, 256), (2048, 512))
"""Beside the first three of SIZES, the layers that are folded."""
ORDERS, VECTORS = (256, 512, 1024, 2048, 4096), 128
"""Of the matrices whose products are timed, and how many vectors they are multiplied with at once."""
REPETITIONS, CALLS = 5, 5
"""How often each product is timed; the fastest of so many calls counts, each time."""


def real_released(features: int, units: int) -> tuple[Callable, list]:
    """`CirculantLayerWithFactor` of https://github.com/araujoalexandre/youtube8m-circulant: x D C, real transforms."""
    import tensorflow as tf

    blocks = [[tf.Variable(tf.random.normal((1, features))) for _ in range(2)] for _ in range(-(-units // features))]
    bias = tf.Variable(tf.zeros(units))

    def layer(x):
        products = []
        for column, diagonal in blocks:
            spectrum = tf.signal.rfft(x * diagonal) * tf.signal.rfft(column[..., ::-1])
            products.append(tf.roll(tf.signal.irfft(spectrum), 1, axis=1))
        return tf.concat(products, axis=1)[..., :units] + bias

    return layer, [*itertools.chain(*blocks), bias]


def complex_released(features: int, units: int) -> tuple[Callable, list]:
    """`CirculantLayer` of the same code, without diagonals: one complex transform of x, and one for each block."""
    import tensorflow as tf

    columns = [tf.Variable(tf.random.normal((1, features))) for _ in range(-(-units // features))]
    bias = tf.Variable(tf.zeros(units))

    def layer(x):
        spectrum = tf.signal.fft(tf.cast(x, tf.complex64))
        products = []
        for column in columns:
            product = tf.signal.ifft(spectrum * tf.signal.fft(tf.cast(column, tf.complex64)[..., ::-1]))
            products.append(tf.roll(tf.math.real(product), 1, axis=1))
        return tf.concat(products, axis=1)[..., :units] + bias

    return layer, [*columns, bias]


def measure_layers(rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of the four formulations at each size, forward and with gradients."""
    import keras
    import tensorflow as tf

    from compactvid.layers import CirculantDense

    rows = []
    for features, units in SIZES:
        x, upstream = tf.random.normal((BATCH, features)), tf.random.normal((BATCH, units))
        layers = {
            "dense": keras_layer(keras.layers.Dense(units), features),
            "circulant": keras_layer(CirculantDense(units), features),
            "released, real": real_released(features, units),
            "released, complex": complex_released(features, units),
        }
        for mode in ("graph", "xla"):
            functions = {name: compiled(*layer, xla=mode == "xla") for name, layer in layers.items()}
            forward = in_turns({name: partial(f, x) for name, (f, _) in functions.items()}, rounds)
            both = in_turns({name: partial(f, x, upstream) for name, (_, f) in functions.items()}, rounds)
            for work, seconds in (("forward", forward), ("forward and gradients", both)):
                row = {"features": features, "units": units, "mode": mode, "work": work}
                for key, summary in (("median", statistics.median), ("fastest", min)):
                    value = {name: summary(calls) for name, calls in seconds.items()}
                    row[f"{key}_milliseconds"] = {name: each * 1e3 for name, each in value.items()}
                    row[f"{key}_ratio"] = {name: each / value["circulant"] for name, each in value.items()}
                rows.append(row)
    return rows


def measure_folding(rounds: int) -> list[dict[str, Any]]:
    """At inference: the circulant layer's time over that of the dense one made from it, and the batch from which the
    latter is faster."""
    import tensorflow as tf

    from compactvid.layers import CirculantDense

    rows = []
    for features, units in (*SMALL, *SIZES[:3]):
        layer, _ = keras_layer(CirculantDense(units), features)
        functions = {"circulant": tf.function(layer), "dense": tf.function(layer.as_dense())}
        ratios = {}
        for batch in BATCHES[: None if features < 65536 else 8]:
            x = tf.random.normal((batch, features))
            seconds = in_turns({name: partial(f, x) for name, f in functions.items()}, rounds)
            ratios[batch] = statistics.median(seconds["circulant"]) / statistics.median(seconds["dense"])
        slower = [batch for batch, ratio in ratios.items() if ratio <= 1]
        pays = next((batch for batch in ratios if batch > max(slower, default=0)), None)
        rows.append({"features": features, "units": units, "circulant_over_dense": ratios, "dense_pays_from": pays})
    return rows


def measure_products() -> dict[str, Any]:
    """Processor seconds of products with a dense and with a circulant matrix, in turns: (repetitions, orders).

    NumPy's product with the matrix in full, and SciPy's real Fourier transforms of vectors and first column: of both
    libraries the plain call, so that what grows is the algorithm's work.
    """
    import numpy as np
    from scipy import fft
    from scipy.linalg import circulant

    rng = np.random.default_rng(0)
    seconds: dict[str, list] = {name: [[] for _ in range(REPETITIONS)] for name in ("dense", "circulant")}
    difference = 0.0
    for order in ORDERS:  # one matrix at a time: the largest takes most of the memory
        column = rng.normal(size=order).astype("float32")
        x = rng.normal(size=(VECTORS, order)).astype("float32")
        transposed = np.ascontiguousarray(circulant(column).T)
        products: dict[str, Callable[[], Any]] = {
            "dense": partial(np.matmul, x, transposed),
            "circulant": lambda x=x, column=column, n=order: fft.irfft(fft.rfft(x) * fft.rfft(column), n),
        }
        expected = products["dense"]()
        difference = max(difference, float(np.abs(products["circulant"]() - expected).max() / np.abs(expected).max()))
        for repetition, (name, product) in itertools.product(range(REPETITIONS), products.items()):
            seconds[name][repetition].append(fastest(product))
    return {"orders": ORDERS, "vectors": VECTORS, "seconds": seconds, "difference": difference}


def fastest(call: Callable[[], Any]) -> float:
    """Processor seconds of the fastest of `CALLS` calls."""
    found = []
    for _ in range(CALLS):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25, help="repetitions (default: 25)")
    parser.add_argument("--threads", type=int, help="measure in this process; its threads are the environment's")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    if options.threads:
        keep_memory()  # as the processes of runs do, and for all alike
        measured = {"layers": measure_layers(options.rounds)}
        if options.threads == 1:
            measured["folding"] = measure_folding(options.rounds)
            measured["products"] = measure_products()
        print(json.dumps(measured))
        return

    from compactvid.runs.provenance import Provenance

    clock = Provenance()
    record: dict[str, Any] = {"batch": BATCH, "rounds": options.rounds, "threads": {}}
    for threads in (1, 2):
        load = warn_of_load()
        measured = {"load": load, **in_new_process(__file__, threads, options.rounds)}
        record["threads"][str(threads)] = measured
        for row in measured["layers"]:
            size, ours = f"{row['features']} -> {row['units']}", row["median_milliseconds"]["circulant"]
            pairs = ((name, each, row["fastest_ratio"][name]) for name, each in row["median_ratio"].items())
            ratios = ", ".join(f"{name} {median:.1f}x ({fastest:.1f}x)" for name, median, fastest in pairs)
            print(f"{threads} {size:13} {row['mode']:5} {row['work']:21} {ours:7.2f} ms; {ratios}", flush=True)
        for row in measured.get("folding", ()):
            print(f"{row['features']} -> {row['units']}: folded is faster from a batch of {row['dense_pays_from']}")
    record["provenance"] = clock.record()
    write(record, options.output)


if __name__ == "__main__":
    main()
