"""How layers are timed against each other: in turns, in a process of their own with a number of threads."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def keras_layer(layer: Any, features: int) -> tuple[Callable, list]:
    """A built layer and its weights."""
    layer.build((None, features))
    return layer, [weight.value for weight in layer.trainable_weights]


def compiled(layer: Callable, weights: list, xla: bool) -> tuple[Callable, Callable]:
    """The layer's function, and the one that gives the gradients too."""
    import tensorflow as tf

    def gradients(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        return outputs, [tf.convert_to_tensor(each) for each in tape.gradient(outputs, [x, *weights], upstream)]

    return tf.function(layer, jit_compile=xla), tf.function(gradients, jit_compile=xla)


def in_turns(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call, after two to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(rounds + 2):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if number >= 2:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def in_new_process(script: str, threads: int, rounds: int, *options: str) -> Any:
    """What a benchmark measures with `--threads`, with that many threads: the JSON of the last line that it prints."""
    variables = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), str(threads))
    command = [sys.executable, script, "--threads", str(threads), "--rounds", str(rounds), *options]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTEROP_THREADS": "1", **variables}
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def warn_of_load() -> float:
    """The load of the machine; a warning where it is not idle."""
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: the load is {load:.1f}; measured times hold for a machine that is idle otherwise")
    return load


def write(record: dict[str, Any], output: Path | None) -> None:
    """Write what was measured, whole or not at all; nothing where no file is named."""
    from compactvid.atomic import replaced

    if output:
        with replaced(output) as temporary:
            temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
