"""A model as a LiteRT (TensorFlow Lite) file, and that file run by LiteRT's interpreter."""

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from compactvid.atomic import replaced

PRECISIONS = ("float32", "int8_weights", "int8")


def export_litert(
    model: Any,
    path: str | os.PathLike[str],
    *,
    precision: str = "float32",
    representative: Iterable[Mapping[str, np.ndarray]] | None = None,
) -> Path:
    """Write a model as a `.tflite` file, whole or not at all.

    Its signature takes the model's inputs by name, with any number of examples, and gives `output_0`, all in the
    model's own dtypes. The conversion goes through a SavedModel (a concrete function instead gave a file without
    weights).

    Parameters
    ----------
    model
        A built `keras.Model`; one that stores 8-bit levels (`quantize_int8`) computes in float32 here too.
    path
        The file.
    precision
        "float32". "int8_weights": matrices are stored in 8 bits, and a product with one quantises the activations of
        each call by their own range. "int8": all activations are quantised too, each tensor with the range that it has
        on `representative`; what LiteRT has no 8-bit kernel for stays float32.
    representative
        Batches of inputs by name, for "int8"; some hundred examples will do.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        Another precision; "int8" without representative batches, or others with; a batch that lacks an input.
    """
    import tensorflow as tf

    from compactvid.compression.saved_model import export_saved_model

    batches = [] if representative is None else list(representative)
    if precision not in PRECISIONS:
        raise ValueError(f"export_litert: precision must be one of {', '.join(PRECISIONS)}, not {precision!r}")
    if (precision == "int8") != bool(batches):
        raise ValueError(f"export_litert: {len(batches)} representative batches for {precision}; only int8 needs some")
    names = set(model.input)
    for number, batch in enumerate(batches):
        if missing := sorted(names - set(batch)):
            raise ValueError(f"export_litert: representative batch {number} lacks {', '.join(missing)}")
    path = Path(path)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")  # for calibration
        converter = tf.lite.TFLiteConverter.from_saved_model(str(export_saved_model(model, Path(folder) / "model")))
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "int8":
            converter.representative_dataset = lambda: ({name: batch[name] for name in names} for batch in batches)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        content = converter.convert()
    with replaced(path) as temporary:
        temporary.write_bytes(content)
    return path


class LiteRTModel:
    """A `.tflite` file that `export_litert` wrote, called like a model: inputs by name in, outputs as NumPy.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValueError
        It is missing or damaged.

    Attributes
    ----------
    dtypes : dict
        How many tensors of its graph have each dtype.
    """

    def __init__(self, path: str | os.PathLike[str]):
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=Path(path).read_bytes(), num_threads=1)
            self._run = self._interpreter.get_signature_runner("serving_default")
        except (OSError, ValueError, RuntimeError) as error:
            raise ValueError(f"{os.fspath(path)}: not a readable LiteRT file of export_litert ({error})") from error
        dtypes = [np.dtype(tensor["dtype"]).name for tensor in self._interpreter.get_tensor_details()]
        self.dtypes = {name: dtypes.count(name) for name in sorted(set(dtypes))}

    def __call__(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """The model's output for a batch of inputs."""
        return self._run(**features)["output_0"]
