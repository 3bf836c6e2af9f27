"""An 8-bit model in the form that the challenge asked for, and in one that a phone runs: written, read elsewhere."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.fresh_process import outputs_in_fresh_process
from compactvid.compression.quantized_checkpoint import QuantizedCheckpoint
from compactvid.metrics import global_average_precision
from compactvid.training.compiled import release
from compactvid.training.evaluation import scores_and_labels
from compactvid.training.weights import load_weights

TRAIN_ON = """
import json, sys
import keras
import numpy as np
import compactvid.layers
from compactvid.compression import dequantize_int8
folder = sys.argv[1]
model = dequantize_int8(keras.models.load_model(f"{folder}/int8.keras"))
inputs, labels = dict(np.load(f"{folder}/inputs.npz")), np.load(f"{folder}/labels.npy")
np.save(f"{folder}/reloaded.npy", model.predict_on_batch(inputs))
before = [weight.numpy() for weight in model.trainable_weights]
model.compile("adam", "binary_crossentropy", jit_compile=False)
losses = [float(model.train_on_batch(inputs, labels)) for _ in range(5)]
moved = sum(bool((weight.numpy() != old).any()) for weight, old in zip(model.trainable_weights, before))
print(json.dumps({"losses": losses, "tensors": len(before), "moved": moved}))
"""
"""What a fresh process does with the `.keras` file: turn it into a trainable model, and train that for five steps."""


@dataclass(frozen=True)
class Int8Deployment:
    """Write an 8-bit checkpoint as `.keras`, SavedModel and LiteRT files; read each in a process or library of its own.

    Parameters
    ----------
    quantized
        The 8-bit checkpoint.
    calibration
        Validation videos on which LiteRT's 8-bit activations find their ranges.
    """

    quantized: QuantizedCheckpoint
    calibration: int = 128

    @property
    def requires(self) -> tuple[QuantizedCheckpoint, BestCheckpoints]:
        """The runs of the 8-bit checkpoint and of its training."""
        return self.quantized, self.quantized.base

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.quantized.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return what was found of each form.

        `keras_file`, `metagraph`: `file_bytes` (of a SavedModel its variables) for `float32` and `int8`, the largest
        `difference` of a batch's outputs in a fresh process to those of the 8-bit model here; of the former the losses,
        and how many of the tensors training `moved`; of the latter the dtypes of its variables. `litert`: for
        each precision the file's bytes, how many of its tensors have which dtype, the test `gap`, and the largest
        difference to the float32 model's outputs.
        """
        from compactvid.compression.quantization import quantize_int8
        from compactvid.compression.saved_model import export_saved_model

        # A `.keras` file holds the layers' automatic names, which count what the process has built before.
        release(None)
        checkpoint, base = required
        files = self.dataset.prepare(data_folder)
        model = self.quantized.training.model.build()
        load_weights(model, base / "best_averaged.weights.h5")
        int8 = quantize_int8(model, per_channel=self.quantized.per_channel)
        load_weights(int8, checkpoint / "int8.weights.h5")
        inputs, labels = self.dataset.read(files, "test", batch_size=64).batch(0)
        expected = np.asarray(int8(inputs, training=False))
        with TemporaryDirectory(dir=folder) as name:
            place = Path(name)
            np.savez(place / "inputs.npz", **inputs)
            np.save(place / "labels.npy", labels.astype("float32"))
            keras_bytes, saved_bytes = {}, {}
            for form, exported in {"float32": model, "int8": int8}.items():
                exported.save(place / f"{form}.keras")
                keras_bytes[form] = (place / f"{form}.keras").stat().st_size
                saved = export_saved_model(exported, place / "saved")
                saved_bytes[form] = sum(path.stat().st_size for path in (saved / "variables").iterdir())
            reloaded = outputs_in_fresh_process(place / "saved", inputs, loader="meta_graph").outputs
            trained_on = _trained_on(place)
            return {
                "keras_file": trained_on
                | {"difference": _largest(np.load(place / "reloaded.npy"), expected), "file_bytes": keras_bytes},
                "metagraph": {
                    "dtypes": _stored_dtypes(place / "saved"),
                    "difference": _largest(reloaded, expected),
                    "file_bytes": saved_bytes,
                },
                "litert": self._litert(model, files, place),
            }

    def _litert(self, model: Any, files: Any, place: Path) -> dict[str, Any]:
        from compactvid.compression.litert import PRECISIONS, LiteRTModel, export_litert

        test = list(self.dataset.read(files, "test", batch_size=256))
        labels, expected = scores_and_labels(lambda features: model(features, training=False), test)
        calibration = self.dataset.read(files, "validate", batch_size=self.calibration).batch(0)[0]
        found = {}
        for precision in PRECISIONS:
            representative = [calibration] if precision == "int8" else None
            file = export_litert(model, place / "model.tflite", precision=precision, representative=representative)
            lite = LiteRTModel(file)
            _, scores = scores_and_labels(lite, test)
            found[precision] = {
                "file_bytes": file.stat().st_size,
                "dtypes": lite.dtypes,
                "gap": global_average_precision(labels, scores),
                "difference": _largest(scores, expected),
            }
        return found


def _trained_on(folder: Path) -> dict[str, Any]:
    """What the fresh process says of its training."""
    command = [sys.executable, "-c", TRAIN_ON, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{folder}/int8.keras could not be trained on: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _stored_dtypes(saved_model: Path) -> dict[str, int]:
    """How many of a SavedModel's variables have which dtype."""
    import tensorflow as tf

    found = tf.train.load_checkpoint(str(saved_model / "variables" / "variables")).get_variable_to_dtype_map()
    names = [dtype.name for dtype in found.values() if dtype != tf.string]
    return {name: names.count(name) for name in sorted(set(names))}


def _largest(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max())
