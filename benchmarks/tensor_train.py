"""Tensor-train products against dense ones and against t3f, at the sizes of Cheng et al. 2018 (DeepEye).

pip download t3f --no-deps && tar xzf t3f-*.tar.gz --strip-components 1 --one-top-level=t3f
PYTHONPATH=t3f python benchmarks/tensor_train.py --output results/measured/tensor_train.json

The map from the input of an LSTM with 256 units: frames of 57,600 values and features of 153,425, ranks 1, 4, 4, 4, 1,
for 32 clips of 16 frames at once; float32, one thread and two, each in a process of its own. Forward, and forward with
the gradients of the input and of all weights, in turns; medians and fastest calls, and the most memory that TensorFlow
held for tensors beyond what lay there before. t3f is the installable peer (its version of 2021 needs names that NumPy
has dropped since, which are given back to it); without it, its column is left out. Then the times of both directions
and of all merged groups of cores, which `contraction_plan` chooses among by cost. The load is recorded. See README.md.
"""

import argparse
import functools
import itertools
import json
import math
import resource
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from timing import compiled, in_new_process, in_turns, keras_layer, warn_of_load, write

from compactvid.cli.run_process import keep_memory

GATES = (16, 4, 4, 4)
MODES = {"frames": (8, 20, 20, 18), "features": (17, 19, 19, 25)}
RANKS = (1, 4, 4, 4, 1)
ROWS = 32 * 16


def t3f_product(cores: list) -> Callable | None:
    """The product of `t3f.matmul` with the same cores, or None where t3f is not installed."""
    import numpy as np

    for name, value in {"int": int, "float": float}.items():
        setattr(np, name, value)
    try:
        import t3f
    except ModuleNotFoundError:
        return None
    matrix = t3f.TensorTrain(cores, ([core.shape[1] for core in cores], [core.shape[2] for core in cores]), list(RANKS))
    return lambda x: t3f.matmul(x, matrix)


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


def measure_layers(rounds: int) -> list[dict[str, Any]]:
    """Milliseconds, forward and with gradients, and the ratios to ours."""
    import tensorflow as tf

    rows = []
    for inputs, modes in MODES.items():
        x, upstream = tf.random.normal((ROWS, math.prod(modes))), tf.random.normal((ROWS, math.prod(GATES)))
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


def measure_plans(rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of every plan for frames, with its multiplications, and whether it is the chosen one."""
    import tensorflow as tf

    from compactvid.ops.tensor_train import (
        _from_the_first,
        _from_the_last,
        _merge,
        contraction_plan,
        contraction_steps,
        core_shapes,
    )

    modes = MODES["frames"]
    cores = [tf.random.normal(shape) for shape in zip(RANKS[:-1], modes, GATES, RANKS[1:], strict=True)]
    shapes, x = core_shapes(cores), tf.random.normal((ROWS, math.prod(modes)))
    chosen = contraction_plan(shapes, ROWS)
    cuts = [cut for number in range(4) for cut in itertools.combinations((1, 2, 3), number)]
    plans = [(tuple(itertools.pairwise((0, *cut, 4))), last) for cut in cuts for last in (True, False)]
    calls = {}
    for groups, last_first in plans:
        product = _from_the_last if last_first else _from_the_first

        def multiply(x, groups=groups, product=product):
            return product([functools.reduce(_merge, cores[first:end]) for first, end in groups], x)

        calls[groups, last_first] = partial(tf.function(multiply), x)
    rows = []
    for plan, seconds in in_turns(calls, rounds).items():
        steps = contraction_steps(shapes, *plan, ROWS)
        rows.append(
            {
                "groups": plan[0],
                "last_first": plan[1],
                "million_multiplications": sum(step.multiplications for step in steps) / 1e6,
                "median_milliseconds": 1e3 * statistics.median(seconds),
                "chosen": plan == chosen,
            }
        )
    return sorted(rows, key=lambda row: row["median_milliseconds"])


def peak_memory(kind: str, inputs: str) -> float:
    """MiB that one product with its gradients takes beyond input, weights and the loaded libraries."""
    import tensorflow as tf

    modes = MODES[inputs]
    function, weights = layers(modes)[kind]
    _, both = compiled(function, weights, xla=False)
    x, upstream = tf.random.normal((ROWS, math.prod(modes))), tf.random.normal((ROWS, math.prod(GATES)))
    both(x[:1], upstream[:1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    both(x, upstream)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="repetitions (default: 15)")
    parser.add_argument("--threads", type=int, help="measure in this process; its threads are the environment's")
    parser.add_argument("--memory", nargs=2, help="with --threads: memory of a layer on an input")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    if options.threads and options.memory:
        print(json.dumps(peak_memory(*options.memory)))
        return
    if options.threads:
        keep_memory()  # as the processes of runs do, and for all alike
        print(json.dumps({"layers": measure_layers(options.rounds), "plans": measure_plans(options.rounds)}))
        return

    from compactvid.runs.provenance import Provenance

    clock = Provenance()
    record: dict[str, Any] = {"rows": ROWS, "rounds": options.rounds, "threads": {}}
    for threads in (1, 2):
        measured = {"load": warn_of_load(), **in_new_process(__file__, threads, options.rounds)}
        record["threads"][str(threads)] = measured
        for row in measured["layers"]:
            ours = row["median_milliseconds"]["tensor train"]
            ratios = ", ".join(f"{name} {ratio:.1f}x" for name, ratio in row["median_ratio"].items())
            print(f"{threads} {row['inputs']:8} {row['work']:21} {ours:7.1f} ms; {ratios}", flush=True)
        for row in measured["plans"]:
            mark = "*" if row["chosen"] else " "
            print(
                f"{mark} {row['median_milliseconds']:7.1f} ms {row['million_multiplications']:9.0f} M "
                f"{row['groups']} {'last' if row['last_first'] else 'first'} first"
            )
    kinds = record["threads"]["1"]["layers"][0]["median_milliseconds"]
    record["peak_mib"] = {
        inputs: {kind: in_new_process(__file__, 1, 1, "--memory", kind, inputs) for kind in kinds} for inputs in MODES
    }
    print(record["peak_mib"])
    record["provenance"] = clock.record()
    write(record, options.output)


if __name__ == "__main__":
    main()
