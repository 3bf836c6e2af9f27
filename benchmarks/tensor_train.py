"""Tensor-train products against dense ones and against t3f, at the sizes of Cheng et al. 2018 (DeepEye).

pip download t3f --no-deps && tar xzf t3f-*.tar.gz --strip-components 1 --one-top-level=t3f
PYTHONPATH=t3f python benchmarks/tensor_train.py --output results/measured/tensor_train.json

The map from the input of an LSTM with 256 units: frames of 57,600 values and features of 153,425, ranks 1, 4, 4, 4, 1,
for 32 clips of 16 frames and 16 clips of 6 at once; float32, one thread and two, each in a process of its own. Forward,
and forward with the gradients of the input and of all weights, in turns; medians and fastest calls. t3f is the
installable peer (its version of 2021 needs names that NumPy has dropped since, which are given back to it); without it,
its column is left out. Then the times of both directions and of all merged groups of cores, which `contraction_plan`
chooses among by cost; how time and multiplications grow with the frame, and what memory a call needs at its highest
point, which the page of Fig. 5 reads. The load is recorded. See README.md.
"""

import argparse
import functools
import itertools
import json
import math
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from peak_memory import extra_memory, give_back_memory
from timing import compiled, in_new_process, in_turns, keras_layer, warn_of_load, write

from compactvid.cli.run_process import keep_memory

GATES = (16, 4, 4, 4)
MODES = {"frames": (8, 20, 20, 18), "features": (17, 19, 19, 25)}
RANKS = (1, 4, 4, 4, 1)
ROWS = {"frames": 32 * 16, "features": 16 * 6}
"""Vectors that are multiplied at once: frames of clips."""
GROWING = {
    900: (4, 5, 5, 9),
    3_600: (8, 5, 5, 18),
    14_400: (8, 10, 10, 18),
    57_600: (8, 20, 20, 18),
    230_400: (16, 20, 40, 18),
}
"""Values and modes of frames of 20 x 15 to 320 x 240 pixels, each twice as wide and high as the one before."""
GROWING_ROWS = 64


def t3f_product(cores: list) -> Callable | None:
    """The product of `t3f.matmul` with the same cores, or None where t3f is not installed."""
    import numpy as np

    for name, value in {"int": int, "float": float}.items():
        setattr(np, name, value)
    try:
        import t3f
    except ModuleNotFoundError:
        return None
    shape = [core.shape[1] for core in cores], [core.shape[2] for core in cores]
    # Anew in each call: what it holds are tensors, which know no gradient of the variables.
    return lambda x: t3f.matmul(x, t3f.TensorTrain(list(cores), shape, list(RANKS)))


def layers(modes: tuple[int, ...]) -> dict[str, tuple[Callable, list]]:
    """What is compared: functions of the input, and their weights."""
    import keras

    from compactvid.layers import TensorTrainDense

    features = math.prod(modes)
    ours = keras_layer(TensorTrainDense(modes, GATES, RANKS, use_bias=False), features)
    found = {"tensor train": ours, "dense": keras_layer(keras.layers.Dense(1024, use_bias=False), features)}
    if (product := t3f_product(ours[1])) is not None:
        found["t3f"] = product, ours[1]
    return found


def drawn(inputs: str) -> tuple[Any, Any]:
    """Vectors to multiply, and what is differentiated with respect to."""
    import tensorflow as tf

    x, upstream = (tf.random.normal((ROWS[inputs], math.prod(modes))) for modes in (MODES[inputs], GATES))
    return x, upstream


def measure_layers(rounds: int) -> list[dict[str, Any]]:
    """Milliseconds, forward and with gradients, and the ratios to ours."""
    import tensorflow as tf

    rows = []
    for inputs, modes in MODES.items():
        x, upstream = drawn(inputs)
        functions = {name: compiled(*layer, xla=False) for name, layer in layers(modes).items()}
        products = {name: forward(x) for name, (forward, _) in functions.items()}
        works = {
            "forward": {name: partial(forward, x) for name, (forward, _) in functions.items()},
            "forward and gradients": {name: partial(both, x, upstream) for name, (_, both) in functions.items()},
        }
        for work, calls in works.items():
            seconds = in_turns(calls, rounds)
            row: dict[str, Any] = {"inputs": inputs, "work": work}
            for key, summary in (("median", statistics.median), ("fastest", min)):
                value = {name: summary(each) for name, each in seconds.items()}
                row[f"{key}_milliseconds"] = {name: each * 1e3 for name, each in value.items()}
                row[f"{key}_ratio"] = {name: each / value["tensor train"] for name, each in value.items()}
            rows.append(row)
        if "t3f" in products:
            gap = tf.abs(products["t3f"] - products["tensor train"])
            rows[-1]["difference"] = float(tf.reduce_max(gap) / tf.reduce_max(tf.abs(products["t3f"])))
    return rows


def measure_memory(rounds: int) -> list[dict[str, Any]]:
    """MiB that a call needs beyond inputs and weights: the median of as many calls as `rounds`."""
    rows = []
    for inputs, modes in MODES.items():
        x, upstream = drawn(inputs)
        for name, layer in layers(modes).items():
            forward, both = compiled(*layer, xla=False)
            for work, call in {
                "forward": partial(forward, x),
                "forward and gradients": partial(both, x, upstream),
            }.items():
                extra = statistics.median(extra_memory(call) for _ in range(rounds))
                weights = sum(math.prod(weight.shape) for weight in layer[1]) * 4 / 2**20
                rows.append({"inputs": inputs, "work": work, "map": name, "extra_mib": extra, "weights_mib": weights})
    return rows


def measure_growth(rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of each round, and multiplications of a vector, tensor train and dense, as the input grows."""
    import tensorflow as tf

    from compactvid.ops.tensor_train import core_shapes
    from compactvid.ops.tensor_train_plan import contraction_plan, contraction_steps

    rows = []
    for size, modes in GROWING.items():
        compared = {name: layer for name, layer in layers(modes).items() if name != "t3f"}
        shapes = core_shapes(compared["tensor train"][1])
        steps = contraction_steps(shapes, *contraction_plan(shapes, GROWING_ROWS))
        x = tf.random.normal((GROWING_ROWS, size))
        seconds = in_turns({name: partial(tf.function(layer), x) for name, (layer, _) in compared.items()}, rounds)
        rows.append(
            {
                "size": size,
                "weights": {name: sum(math.prod(each.shape) for each in of) for name, (_, of) in compared.items()},
                "multiplications": {
                    "tensor train": sum(step.multiplications for step in steps),
                    "dense": size * math.prod(GATES),
                },
                "milliseconds": {name: [1e3 * each for each in calls] for name, calls in seconds.items()},
            }
        )
    return rows


def measure_plans(rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of every plan, forward, with its multiplications, and whether it is the chosen one."""
    import tensorflow as tf

    from compactvid.ops.tensor_train import _from_the_first, _from_the_last, _merge, core_shapes
    from compactvid.ops.tensor_train_plan import contraction_plan, contraction_steps

    cuts = [cut for number in (1, 2, 3) for cut in itertools.combinations((1, 2, 3), number)]  # none: the dense product
    plans = [(tuple(itertools.pairwise((0, *cut, 4))), last) for cut in cuts for last in (True, False)]
    found = []
    for inputs, modes in MODES.items():
        cores = [tf.random.normal(shape) for shape in zip(RANKS[:-1], modes, GATES, RANKS[1:], strict=True)]
        rows = ROWS[inputs]
        shapes, x = core_shapes(cores), tf.random.normal((rows, math.prod(modes)))
        chosen = contraction_plan(shapes, rows)
        calls = {}
        for groups, last_first in plans:
            product = _from_the_last if last_first else _from_the_first

            def multiply(x, groups=groups, product=product, cores=cores):
                return product([functools.reduce(_merge, cores[first:end]) for first, end in groups], x)

            calls[groups, last_first] = partial(tf.function(multiply), x)
        for plan, seconds in in_turns(calls, rounds).items():
            steps = contraction_steps(shapes, *plan, rows)
            found.append(
                {
                    "inputs": inputs,
                    "groups": plan[0],
                    "last_first": plan[1],
                    "million_multiplications": sum(step.multiplications for step in steps) / 1e6,
                    "median_milliseconds": 1e3 * statistics.median(seconds),
                    "chosen": plan == chosen,
                }
            )
    return sorted(found, key=lambda row: (row["inputs"], row["median_milliseconds"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that are kept (default: 9)")
    parser.add_argument("--threads", type=int, help="measure in this process; its threads are the environment's")
    parser.add_argument("--memory", action="store_true", help="measure memory in this process, in place of times")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 2], help="numbers of threads (default: 1 and 2)")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    if options.memory:
        from compactvid.runs.provenance import Provenance

        give_back_memory()
        clock = Provenance()
        rows = measure_memory(options.rounds)
        print(json.dumps({"rows": rows, "rounds": options.rounds, "provenance": clock.record()}))
        return
    if options.threads:
        keep_memory()  # as the processes of runs do, and for all alike
        measures = {"layers": measure_layers, "plans": measure_plans, "growth": measure_growth}
        print(json.dumps({name: measure(options.rounds) for name, measure in measures.items()}))
        return

    from compactvid.runs.provenance import Provenance

    clock = Provenance()
    record: dict[str, Any] = {"rows": ROWS, "rounds": options.rounds, "threads": {}}
    for threads in options.counts:
        measured = {"load": warn_of_load(), **in_new_process(__file__, threads, options.rounds)}
        record["threads"][str(threads)] = measured
        for row in measured["layers"]:
            ours = row["median_milliseconds"]["tensor train"]
            ratios = ", ".join(f"{name} {ratio:.1f}x" for name, ratio in row["median_ratio"].items())
            print(f"{threads} {row['inputs']:8} {row['work']:21} {ours:7.1f} ms; {ratios}", flush=True)
        for row in measured["plans"]:
            mark = "*" if row["chosen"] else " "
            order = f"{row['groups']} {'last' if row['last_first'] else 'first'} first"
            cost = f"{row['median_milliseconds']:7.1f} ms {row['million_multiplications']:9.0f} M"
            print(f"{mark} {row['inputs']:8} {cost} {order}")
    record["memory"] = in_new_process(__file__, 1, 3, "--memory")
    for row in record["memory"]["rows"]:
        print(f"{row['inputs']:8} {row['work']:21} {row['map']:12} {row['extra_mib']:6.0f} MiB")
    record["provenance"] = clock.record()
    write(record, options.output)


if __name__ == "__main__":
    main()
