"""The winning ensemble of Liu & Liu 2018 at the paper's size: built, cast, filled, exported, weighed, loaded again.

The trained weights were not published, so the four models are filled with random values: bytes do not depend on them,
and whether the graph adds up its members shows with any.
"""

import gc
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from compactvid import papers
from compactvid.compression import cast_float16, ensemble_graph, export_saved_model
from compactvid.compression.ensemble import overwrite_member
from compactvid.compression.fresh_process import LOADERS, outputs_in_fresh_process
from compactvid.experiments.ensembles import BUDGET_BYTES, WINNER, member_names
from compactvid.experiments.gated_netvlad_grid import cluster_and_hidden
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD
from compactvid.root import project_root
from compactvid.runs.provenance import Provenance

VIDEOS, FRAMES = 4, 300
TOLERANCE = 1e-5
"""Largest difference that counts as none: sums of up to 26,112 float32 products, in another order with each loader."""
RECORD = "results/measured/paper_size.json"


def printed_weights() -> dict[str, float]:
    """The weights of the winner's members by letter, as Fig. 2's caption prints them."""
    printed = {entry.id: entry.printed for entry in papers.entries("liu2018")}
    return {letter: float(printed[f"liu2018.fig_2.{letter}.weight"]) for letter in WINNER}


def measure(seed: int = 0) -> dict[str, Any]:
    """Do it all, in some minutes, with 6 GiB of memory and 1 GiB of disk; return what was found.

    As the paper's steps 2 and 3 have it (section 2.3), the ensemble is built in float16 without training, and its
    tensors are then overwritten with float32 values.

    Returns
    -------
    dict
        `members` (letter, model, weight, float32_bytes, float16_bytes); `files` (name -> bytes), their sum `bytes`, and
        `limit`; `tensors`, and how many hold their float32 values, rounded where they are float16 (`overwritten`);
        `videos`, `frames`, `classes`; by loader the largest difference to the weighted sum of the four single float16
        models (`differences`), and that of the same sum in float32 (`float16_effect`); the `outputs`' smallest, largest
        and mean standard deviation over the videos; `loaders` (bytes by dtype, seconds, memory); `seconds` by step;
        `provenance`.
    """
    import keras

    provenance, clock = Provenance(), time.perf_counter()
    seconds: dict[str, float] = {}

    def step(name):
        nonlocal clock
        seconds[name], clock = round(time.perf_counter() - clock, 1), time.perf_counter()
        # Keras models are webs of references: without this, each would stay in memory.
        keras.utils.clear_session()
        gc.collect()

    weights = printed_weights()
    configs = [GatedNetVLAD(*cluster_and_hidden(name)) for name in member_names(WINNER)]
    features = _videos(configs[0], seed)
    ensemble = ensemble_graph([cast_float16(config.build(initialize=False)) for config in configs], [*weights.values()])
    step("build")

    members: list[dict[str, Any]] = []
    sums: dict[str, Any] = {"float32": 0.0, "float16": 0.0}
    overwritten = 0
    for number, letter in enumerate(WINNER):
        trained = configs[number].build(initialize=False)
        _fill(trained, [seed, number])
        overwritten += overwrite_member(ensemble, number, trained)
        members.append({"letter": letter, "model": member_names(WINNER)[number], "weight": weights[letter]})
        for precision, model in {"float32": trained, "float16": cast_float16(trained)}.items():
            members[-1][f"{precision}_bytes"] = int(model_size(model)["bytes"].sum())
            scores = keras.ops.convert_to_numpy(model(features, training=False))
            sums[precision] = sums[precision] + weights[letter] * scores.astype("float64")
        del trained, model
        step(f"fill {letter}")

    with TemporaryDirectory() as place:
        folder = export_saved_model(ensemble, Path(place) / WINNER)
        step("export")
        files = {
            path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()
        }
        reloaded = {loader: outputs_in_fresh_process(folder, features, loader=loader) for loader in LOADERS}
        step("reload")
    outputs = reloaded["saved_model"].outputs
    return {
        "members": members,
        "files": files,
        "bytes": sum(files.values()),
        "limit": BUDGET_BYTES,
        "tensors": len(ensemble.weights),
        "overwritten": overwritten,
        "videos": len(outputs),
        "frames": FRAMES,
        "classes": outputs.shape[1],
        "differences": {loader: _largest(found.outputs - sums["float16"]) for loader, found in reloaded.items()},
        "float16_effect": _largest(sums["float32"] - sums["float16"]),
        "outputs": [float(value) for value in (outputs.min(), outputs.max(), outputs.std(axis=0).mean())],
        "loaders": {
            loader: {name: value for name, value in vars(found).items() if name != "outputs"}
            for loader, found in reloaded.items()
        },
        "seconds": seconds,
        "provenance": provenance.record(),
    }


def recorded() -> dict[str, Any]:
    """What `make test-paper-size` recorded last."""
    return json.loads((project_root() / RECORD).read_text(encoding="utf-8"))


def _videos(config: GatedNetVLAD, seed: int) -> dict[str, np.ndarray]:
    """Random features on YouTube-8M's scale; the videos end after different numbers of frames."""
    random = np.random.default_rng(seed)
    shapes: dict[str, Any] = {"rgb": (VIDEOS, FRAMES, config.rgb_size), "audio": (VIDEOS, FRAMES, config.audio_size)}
    features = {name: random.uniform(-2, 2, shape).astype("float32") for name, shape in shapes.items()}
    return features | {"num_frames": np.linspace(FRAMES, 1, VIDEOS).astype("int32")}


def _fill(model: Any, seed: list[int]) -> None:
    """Random values with which every layer's outputs differ between videos."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        value = random.standard_normal(weight.shape, dtype="float32")
        if weight.path.endswith(("gamma", "moving_variance")):
            value = 0.5 + np.abs(value)
        elif len(weight.shape) == 2 and weight.path != "hidden1/kernel":  # whose input has norm 1
            value *= weight.shape[0] ** -0.5
        weight.assign(value)


def _largest(difference: np.ndarray) -> float:
    return float(np.abs(difference).max())
