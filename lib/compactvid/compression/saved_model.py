"""A model as a TensorFlow SavedModel."""

import os
import shutil
from pathlib import Path
from typing import Any

from compactvid.atomic import sync
from compactvid.compression.rebuilt import require_functional


def export_saved_model(model: Any, path: str | os.PathLike[str]) -> Path:
    """Write a model as a SavedModel for inference, whole or not at all; it loads without this library and Keras.

    Its MetaGraph has the tag `serve`, as TensorFlow 1's loader asks (the challenge required "a TensorFlow MetaGraph",
    Liu & Liu 2018, section 2.2, "Quantization"), and one signature, `serving_default`, that takes the model's inputs by
    name (`rgb`, `audio`, `num_frames`) and gives `output_0`. Variables are stored in their own dtype, float16 and 8-bit
    ones too. There is no training graph and no optimizer in it.

    Parameters
    ----------
    model
        A built functional or sequential `keras.Model`.
    path
        The SavedModel's folder. An older SavedModel there is replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    TypeError
        `model` is no `keras.Model`, or a subclassed one, or not built.
    RuntimeError
        Keras runs on another backend than TensorFlow.
    FileExistsError
        Something else than a SavedModel lies at `path`.
    """
    import keras

    if (backend := keras.backend.backend()) != "tensorflow":
        raise RuntimeError(f"export_saved_model needs KERAS_BACKEND=tensorflow, not {backend}; weight files fit both")
    require_functional(model, caller="export_saved_model")
    path = Path(path)
    if path.exists() and not (path / "saved_model.pb").is_file():
        raise FileExistsError(f"export_saved_model: {path} is there and is no SavedModel")
    path.parent.mkdir(parents=True, exist_ok=True)
    signature = keras.tree.map_structure(
        lambda tensor: keras.InputSpec(shape=tensor.shape, dtype=tensor.dtype, name=tensor.name),
        model.inputs[0] if isinstance(model, keras.Sequential) else model.input,
    )
    temporary, aside = (path.with_name(f".{os.getpid()}.{what}.{path.name}") for what in ("partial", "previous"))
    try:
        archive = keras.export.ExportArchive()
        # Not `track`, with which each variable is stored twice, as `model.export` does
        # (https://github.com/keras-team/keras/issues/23553).
        archive.add_variable_collection("variables", [weight.value for weight in model.weights])
        archive.add_endpoint("serve", model.__call__, input_signature=[signature])
        archive.write_out(str(temporary), verbose=False)
        for entry in [*temporary.rglob("*"), temporary]:
            sync(entry)
        if path.exists():
            path.rename(aside)
        temporary.rename(path)
        sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)
    return path
