"""Liu & Liu 2018, section 2.2, "Float16 Compression": bytes and scores of models cast to float16, and evaluation noise.

Evaluated are the trained stand-ins of the largest and of the smallest member of the winning ensemble, on every world.
Of the noise between two evaluations of one model, and of the change by float16, the mean over the models counts once a
world, since the models of a world share its videos.
"""

import itertools

import numpy as np
import pandas as pd

from compactvid.compression import StoredSize
from compactvid.compression.float16_evaluation import Float16Evaluation
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.liu2018 import table_1
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.runs import load_or_run

USES = ("liu2018_table_1",)
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
data = grid.data
MODELS = ("K24-H1440", "K32-H512")
MARGIN = 0.0001
"""The paper's "differing less than 0.0001"."""

VARIANTS = {
    "four": "four tensors",
    "all": "all tensors",
    "four_computed": "four, computed in float16",
    "all_computed": "all, computed in float16",
}
CAUSES = ["four_tensors", "all_tensors", "four_computed", "all_computed", "other_batches", "frames_drawn_anew"]
SOURCES = {"batch_sizes": "float32, other batch sizes", "random_frames": "float32, frames drawn anew"}
HEADINGS = {
    "model": "stands for",
    "variant": "in float16",
    "tensor_kib": "tensors, KiB",
    "file_kib": "file, KiB",
    "saved": "file saved, %",
    "difference": "ΔGAP",
    "difference_spread": "±",
    "largest": "largest",
}
FORMATS = {"tensor_kib": ".0f", "file_kib": ".0f", "saved": ".1f"} | {
    name: ".6f" for name in ("difference", "difference_spread", "largest", "mean", "spread")
}
PAPER_HEADINGS = {"model": "model", "float32": "float32", "four": "four tensors", "all": "all 32 tensors"}
PAPER_FORMATS = dict.fromkeys(("float32", "four", "all"), ".2f")
NOISE_HEADINGS = {"what": "change of GAP", "mean": "mean size", "spread": "±", "largest": "largest"}


def runs(profile: str, seed: int) -> dict[str, list[Float16Evaluation]]:
    """Both models on every world."""
    draws = grid.draws(profile, seed)
    return {"evaluations": [Float16Evaluation(grid.training(name, profile, draw)) for name in MODELS for draw in draws]}


def paper_scale() -> pd.DataFrame:
    """One row a model of `MODELS`, at the paper's full size: MiB of float32, of four tensors and of all 32 in float16.

    Columns: model, float32, four, all. The last is counted by tensor from the bytes stored in float32.
    """
    rows = []
    for name in MODELS:
        stored = load_or_run(StoredSize(table_1.paper_models()[name])).result
        counted = {
            "float32": sum(tensor["bytes"] for tensor in stored["float32"]),
            "four": sum(tensor["bytes"] for tensor in stored["float16"]),
            "all": sum(tensor["bytes"] // 2 for tensor in stored["float32"]),
        }
        rows.append({"model": name} | {column: size / 2**20 for column, size in counted.items()})
    return pd.DataFrame(rows)


def variants(profile: str, seed: int) -> pd.DataFrame:
    """One row a model and way to cast it: bytes of a world's first run, and the change of test GAP over the worlds."""
    rows = []
    for name in MODELS:
        results = [result["variants"] for result in _results(name, profile, seed)]
        for variant, label in VARIANTS.items():
            changes = np.array([result[variant]["gap"] - result["float32"]["gap"] for result in results])
            mean, spread = mean_and_half_width(changes)
            cast, float32 = results[0][variant], results[0]["float32"]
            rows.append(
                {
                    "model": name,
                    "variant": label,
                    "tensor_kib": cast["tensor_bytes"] / 2**10,
                    "file_kib": cast["file_bytes"] / 2**10,
                    "saved": 100 * (1 - cast["file_bytes"] / float32["file_bytes"]),
                    "difference": mean,
                    "difference_spread": spread,
                    "largest": np.abs(changes).max(),
                }
            )
    return pd.DataFrame(rows)


def changes(profile: str, seed: int) -> pd.DataFrame:
    """One row a cause, model and world: the size of the change of test GAP that the cause makes.

    For frames that are drawn anew it is the mean difference between two evaluations.
    """
    rows = []
    for name in MODELS:
        for world, result in enumerate(_results(name, profile, seed)):
            float32 = result["variants"]["float32"]["gap"]
            sizes = {label: abs(result["variants"][key]["gap"] - float32) for key, label in VARIANTS.items()}
            sizes[SOURCES["batch_sizes"]] = max(abs(gap - float32) for gap in result["batch_sizes"].values())
            pairs = itertools.combinations(result["random_frames"], 2)
            sizes[SOURCES["random_frames"]] = float(np.mean([abs(first - second) for first, second in pairs]))
            rows += [{"what": what, "model": name, "world": world, "size": size} for what, size in sizes.items()]
    return pd.DataFrame(rows)


def noise(changes: pd.DataFrame) -> pd.DataFrame:
    """One row a cause, the four casts first: mean size of the change over the worlds, half width, largest of all."""
    rows = []
    for what, found in changes.groupby("what", sort=False):
        mean, spread = mean_and_half_width(found.groupby("world")["size"].mean().to_numpy())
        rows.append({"what": what, "mean": mean, "spread": spread, "largest": found["size"].max()})
    return pd.DataFrame(rows).assign(cause=CAUSES)


def claims(profile: str, seed: int, changes: pd.DataFrame) -> pd.DataFrame:
    """The change by casting the four tensors, and how much larger the noise between evaluations is, over the worlds."""
    by_model = [
        [result["variants"]["four"]["gap"] - result["variants"]["float32"]["gap"] for result in found]
        for found in (_results(name, profile, seed) for name in MODELS)
    ]
    sizes = changes.groupby(["what", "world"])["size"].mean()
    excess = sizes[SOURCES["random_frames"]] - sizes[VARIANTS["four"]]
    found = {"float16_as_good": np.mean(by_model, axis=0), "evaluation_noise": excess.to_numpy()}
    rows = [(claim, *mean_and_half_width(values), len(values)) for claim, values in found.items()]
    return pd.DataFrame(rows, columns=["claim", "value", "value_spread", "worlds"])


def statements() -> pd.DataFrame:
    """One row a sentence about what is cast: its claim, and 1 where it is true of all 28 models at the paper's size."""
    sizes = table_1.sizes()
    largest, cast = [], []
    for config in table_1.runs("smoke", 0)["sizes"]:
        stored = {precision: pd.DataFrame(rows) for precision, rows in load_or_run(config).result.items()}
        ordered = stored["float32"].sort_values("bytes", ascending=False)["tensor"]
        largest.append(set(ordered[: len(BIG_FOUR)]) == set(BIG_FOUR))
        cast.append(bool((stored["float16"]["dtype"] == "float16").all()))
    rows = [
        ("half_the_size", "the model's size is cut to approximately half", sizes["compression_rate"].between(45, 55)),
        ("all_tensors_cast", "all weight tensors are cast", pd.Series(cast)),
        ("largest_four", "the four that are cast are the largest", pd.Series(largest)),
    ]
    return pd.DataFrame(
        [(claim, sentence, int(true.all()), int(true.sum())) for claim, sentence, true in rows],
        columns=["claim", "sentence", "value", "models"],
    )


def _results(name: str, profile: str, seed: int) -> list[dict]:
    """What the evaluations of a model gave, a world each."""
    return [
        load_or_run(Float16Evaluation(grid.training(name, profile, draw))).result for draw in grid.draws(profile, seed)
    ]
