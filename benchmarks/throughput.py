"""Examples a second of the paper-size Gated NetVLAD on JAX, and the share of the device's peak that they take.

python benchmarks/throughput.py                     K24-H1440, 300 frames, batches of 80 and 160 (Liu & Liu 2018, 3.1)
python benchmarks/throughput.py --output results/measured/throughput.json

Needs NumPy, JAX and Keras, and this repository; neither TensorFlow nor the network. Training (forward, backward, Adam
with clipped gradients) and inference, in float32 and in bfloat16 mixed precision, on batches that lie on the device
already. FLOPs are what XLA counts in the program before it is compiled; the peak is the data sheet's
(lib/compactvid/runs/accelerators.py) or `--peak`. See README.md.
"""

import argparse
import datetime
import importlib.util
import json
import os
import statistics
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARY = Path(__file__).resolve().parents[1] / "lib"
os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(LIBRARY))

import jax  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from compactvid.models import GatedNetVLAD  # noqa: E402

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def part(name: str) -> ModuleType:
    """A module of the library by its file: its package imports pandas and others that a GPU machine may lack."""
    spec = importlib.util.spec_from_file_location(f"part_{Path(name).stem}", LIBRARY / "compactvid" / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def compiled_model(config: GatedNetVLAD, dtype: str) -> Any:
    """The model as `TrainingRun` compiles it, on JAX."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(PRECISIONS[dtype])
    model = config.build()
    loss = part("training/loss.py").multi_label_cross_entropy
    model.compile(keras.optimizers.Adam(2e-4, clipnorm=1.0), loss, jit_compile=True)
    model.optimizer.build(model.trainable_variables)
    return model


def random_batch(config: GatedNetVLAD, batch_size: int, frames: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Whole videos of `frames` frames and three labels each."""
    generator = np.random.default_rng(0)
    features = {
        name: generator.standard_normal((batch_size, frames, size), dtype=np.float32)
        for name, size in (("rgb", config.rgb_size), ("audio", config.audio_size))
    }
    labels = np.zeros((batch_size, config.num_classes), dtype=np.float32)
    np.put_along_axis(labels, generator.integers(config.num_classes, size=(batch_size, 3)), 1.0, axis=1)
    return {**features, "num_frames": np.full(batch_size, frames, dtype=np.int32)}, labels


def measure_training(model: Any, features: dict, labels: Any, steps: int) -> dict[str, float]:
    """Seconds a step, FLOPs a step and the program's memory of the training step that `fit` takes."""
    variables = (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
    state = tuple([variable.value for variable in group] for group in (*variables, model.metrics_variables))
    return time_steps(jax.jit(model.train_step, donate_argnums=0), state, (features, labels), steps)


def measure_inference(model: Any, features: dict, steps: int) -> dict[str, float]:
    """The same of a prediction."""

    def predict(state, data):
        outputs, _ = model.stateless_call(*state, data, training=False)
        return outputs, state

    state = tuple(
        [variable.value for variable in group] for group in (model.trainable_variables, model.non_trainable_variables)
    )
    return time_steps(jax.jit(predict), state, features, steps)


def time_steps(function: Any, state: Any, data: Any, steps: int) -> dict[str, float]:
    """Compile, take two steps to warm up, then the median of `steps` steps, each waited for."""
    lowered = function.lower(state, data)
    start = time.perf_counter()
    compiled = lowered.compile()
    compile_seconds = time.perf_counter() - start
    memory = compiled.memory_analysis()
    seconds = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        outputs, state = compiled(state, data)
        jax.block_until_ready((outputs, state))
        seconds.append(time.perf_counter() - start)
    used = memory.argument_size_in_bytes + memory.output_size_in_bytes + memory.temp_size_in_bytes
    return {
        "compile_seconds": compile_seconds,
        "seconds": statistics.median(seconds[2:]),
        "flops": lowered.cost_analysis()["flops"],
        "memory_mib": (used - memory.alias_size_in_bytes) / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cluster_size", "hidden_size", "num_classes", "rgb_size", "audio_size"):
        default = getattr(GatedNetVLAD, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=f"default: {default}")
    parser.add_argument("--frames", type=int, default=300, help="frames of a video (default: 300)")
    parser.add_argument("--batch-size", type=int, nargs="+", default=[80, 160], help="default: 80 160")
    parser.add_argument("--steps", type=int, default=30, help="steps that are timed (default: 30)")
    peak = parser.add_argument("--peak", nargs="+", metavar="DTYPE=TFLOPS", help="peaks of a device that is not listed")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    options = parser.parse_args()
    sizes = ("cluster_size", "hidden_size", "num_classes", "rgb_size", "audio_size")
    config = GatedNetVLAD(**{name: getattr(options, name) for name in sizes})
    device = jax.devices()[0]
    known = part("runs/accelerators.py").accelerator(device.device_kind)
    peaks = dict(known.peak) if known else {}
    try:
        peaks |= {dtype: float(value) * 1e12 for dtype, value in (text.split("=") for text in options.peak or ())}
    except ValueError:
        parser.error(f"{peak.option_strings[0]}: expected pairs such as float32=67, found {options.peak}")

    rows = []
    print(f"{device.device_kind}, JAX {jax.__version__}, Keras {keras.__version__}; {config}, {options.frames} frames")
    print("work       dtype     batch  examples/s  ms/step  GFLOP/example  TFLOP/s  of peak  memory MiB  compile s")
    for dtype in PRECISIONS:
        for batch_size in options.batch_size:
            model = compiled_model(config, dtype)
            features, labels = jax.device_put(random_batch(config, batch_size, options.frames))
            inference = measure_inference(model, features, options.steps)
            training = measure_training(model, features, labels, options.steps)  # last: it gives its variables away
            for work, measured in (("inference", inference), ("training", training)):
                speed = measured["flops"] / measured["seconds"]
                row: dict[str, Any] = {
                    "work": work,
                    "dtype": dtype,
                    "batch_size": batch_size,
                    **measured,
                    "examples_per_second": batch_size / measured["seconds"],
                    "utilisation": speed / peaks[dtype] if dtype in peaks else None,
                }
                share = "-" if row["utilisation"] is None else f"{row['utilisation']:.1%}"
                print(
                    f"{work:10} {dtype:9} {batch_size:5} {row['examples_per_second']:11.1f}",
                    f"{row['seconds'] * 1e3:8.2f} {row['flops'] / batch_size / 1e9:14.3f} {speed / 1e12:8.2f}",
                    f"{share:>8} {row['memory_mib']:11.0f} {row['compile_seconds']:10.1f}",
                    flush=True,
                )
                rows.append(row)
    if options.output:
        record = {
            "provenance": {
                "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "device": device.device_kind,
                "packages": {"jax": jax.__version__, "keras": keras.__version__, "numpy": np.__version__},
                "python": sys.version.split()[0],
            },
            "model": {name: getattr(config, name) for name in sizes},
            "frames": options.frames,
            "peak_flops": peaks,
            "measured": rows,
        }
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
