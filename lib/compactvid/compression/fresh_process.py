"""A SavedModel's outputs, from a process that has never heard of the library that wrote it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

LOADERS = ("saved_model", "meta_graph")
"""As TensorFlow 2 loads it; as a TensorFlow 1 MetaGraph with the tag `serve`."""


@dataclass(frozen=True)
class Reloaded:
    """What a fresh process made of a SavedModel.

    Attributes
    ----------
    outputs
        (batch, ...), the only output.
    variables
        Bytes by dtype, such as `{"float16": 1234, "float32": 56}`; empty for a MetaGraph.
    loading_seconds, peak_memory_mib
        Of the fresh process.
    """

    outputs: np.ndarray
    variables: dict[str, int]
    loading_seconds: float
    peak_memory_mib: float


def outputs_in_fresh_process(
    folder: Path, inputs: Mapping[str, np.ndarray], *, loader: str = "saved_model"
) -> Reloaded:
    """Load a SavedModel in a new process, which imports TensorFlow and not this library; run it.

    Parameters
    ----------
    folder
        Of `export_saved_model`.
    inputs
        An array for each input of its signature.
    loader
        One of `LOADERS`.

    Raises
    ------
    ValueError
        No such loader.
    RuntimeError
        The process failed, with what it said last; or it did load this library.
    """
    if loader not in LOADERS:
        raise ValueError(f"outputs_in_fresh_process: loader must be one of {', '.join(LOADERS)}, not {loader!r}")
    with TemporaryDirectory() as place:
        arrays, outputs = Path(place) / "inputs.npz", Path(place) / "outputs.npz"
        features: dict[str, Any] = dict(inputs)
        np.savez(arrays, **features)
        program = Path(__file__).with_name("saved_model_client.py")
        # -P: without it the program's own folder, full of this library's modules, would be searched for imports.
        command = [sys.executable, "-P", str(program), str(folder), str(arrays), str(outputs), loader]
        quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
        if done.returncode:
            raise RuntimeError(f"{folder} as {loader}: {done.stderr.strip().splitlines()[-1:]}")
        report = json.loads(done.stdout.splitlines()[-1])
        if report.pop("knows_the_library"):
            raise RuntimeError(f"{folder} as {loader}: the process loaded compactvid")
        with np.load(outputs) as found:
            return Reloaded(found["outputs"], **report)
