"""Liu & Liu 2018, section 2.2, "Quantization": models stored in 8 bits, read back, trained on, and run by LiteRT.

Quantised are the trained stand-ins of the largest and of the smallest member of the winning ensemble, on every world;
the smallest, which has the fewest values to average errors out, is also fine-tuned: in 8 bits (per tensor, as in
TensorFlow 1) from the 8-bit file, and for as long in float32 from the float32 file. The learning rate is the one of
0.001, 0.0025, 0.005 and 0.01 with the largest validation GAP after fine-tuning in float32 on world 1000, which no
profile reports: 0.5805, 0.5804, 0.5847 and 0.5738, from 0.5839.
"""

from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression import FineTuning
from compactvid.compression.int8_deployment import Int8Deployment
from compactvid.compression.int8_file_size import Int8FileSize
from compactvid.compression.int8_training import Int8Training
from compactvid.compression.quantized_checkpoint import QuantizedCheckpoint
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.models import GatedNetVLAD
from compactvid.runs import load_or_run

USES = ("liu2018_table_1",)
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
data = grid.data
MODELS = ("K24-H1440", "K32-H512")
FINE_TUNED = "K32-H512"
EPOCHS, LEARNING_RATE = 3, 0.005
MARGIN = 0.001
"""What counts as no difference in GAP: a quarter of what averaging checkpoints gains in the paper (0.0039)."""
FULL_SIZE = Int8FileSize(GatedNetVLAD(*grid.cluster_and_hidden(MODELS[0])))

GRANULARITIES = {False: "per tensor", True: "per channel"}
COMPARISONS = {
    "int8_fine_tuned": "fine-tuned in 8 bits − fine-tuned in float32",
    "int8": "8 bits, not fine-tuned − float32",
    "fine_tuned": "fine-tuned in float32 − not fine-tuned",
}
FORMS = {
    "keras_file": "Keras file, trained on",
    "metagraph": "SavedModel, as a MetaGraph",
    "int8_weights": "LiteRT, weights in 8 bits",
    "int8": "LiteRT, activations too",
}
SIZE_HEADINGS = {"what": "matrices in 8 bits", "float32_mib": "float32", "int8_mib": "8 bits", "saved": "saved, %"}
GAP_HEADINGS = {
    "model": "stands for",
    "granularity": "levels",
    "float32": "float32 GAP",
    "int8": "8 bits",
    "difference": "difference",
    "difference_spread": "±",
    "saved": "file saved, %",
}
FORM_HEADINGS = {
    "form": "form",
    "float32_kib": "float32, KiB",
    "int8_kib": "8 bits, KiB",
    "difference": "largest difference of a score",
    "found": "found",
}
FORMATS = {"float32_mib": ".2f", "int8_mib": ".2f", "saved": ".2f", "float32_kib": ".0f", "int8_kib": ".0f"} | {
    name: ".4f" for name in ("float32", "int8", "difference", "difference_spread", "value", "value_spread")
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The file at full size, all 8-bit checkpoints with what is made of one, and the fine-tunings."""
    draws = grid.draws(profile, seed)
    checkpoints = [
        checkpoint(name, profile, draw, per_channel)
        for name in MODELS
        for per_channel in GRANULARITIES
        for draw in draws
    ]
    pairs = [fine_tunings(profile, draw) for draw in draws]
    return {
        "files": [FULL_SIZE, *checkpoints, deployment(profile, seed)],
        # A method's follow each other, so that its model is compiled once.
        "fine_tunings": [pair[arm] for arm in ("float32", "int8") for pair in pairs],
    }


def checkpoint(name: str, profile: str, draw: int, per_channel: bool) -> QuantizedCheckpoint:
    """A trained model of the grid in 8 bits."""
    return QuantizedCheckpoint(grid.training(name, profile, draw), per_channel)


def fine_tunings(profile: str, draw: int) -> dict[str, FineTuning]:
    """The same fine-tuning in `float32` and in `int8`."""
    start = grid.training(FINE_TUNED, profile, draw)
    quantized: Any = checkpoint(FINE_TUNED, profile, draw, False)  # its run holds what the training's does
    return {
        "float32": FineTuning(start, EPOCHS, LEARNING_RATE),
        "int8": FineTuning(quantized, EPOCHS, LEARNING_RATE, method=Int8Training()),
    }


def deployment(profile: str, seed: int) -> Int8Deployment:
    """What is made of the first world's largest model, in 8 bits per channel."""
    return Int8Deployment(checkpoint(MODELS[0], profile, grid.draws(profile, seed)[0], True))


def full_size() -> pd.DataFrame:
    """Files of the largest model at the paper's size: MiB in float32 and in 8 bits, and what is saved in %.

    Of the four big tensors, the bytes in 8 bits are what is left of theirs when the file has shrunk.
    """
    result = load_or_run(FULL_SIZE).result
    files, big_four = result["file_bytes"], result["big_four"]
    sizes = {
        "big_four": (big_four, big_four - (files["float32"] - files["int8_big_four"])),
        "all": (files["float32"], files["int8"]),
    }
    labels = {"big_four": "the four big ones, by themselves", "all": "all, the whole file"}
    rows = [
        (which, labels[which], float32 / 2**20, int8 / 2**20, 100 * (1 - int8 / float32))
        for which, (float32, int8) in sizes.items()
    ]
    return pd.DataFrame(rows, columns=["which", "what", "float32_mib", "int8_mib", "saved"])


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row a model and granularity: test GAP in float32 and in 8 bits, their difference, and what the file saves."""
    rows = []
    for name in MODELS:
        for per_channel, granularity in GRANULARITIES.items():
            found = [
                load_or_run(checkpoint(name, profile, draw, per_channel)).result for draw in grid.draws(profile, seed)
            ]
            float32 = _float32_gaps(name, profile, seed)
            int8 = np.array([result["test"]["gap"] for result in found])
            difference, spread = mean_and_half_width(int8 - float32)
            rows.append(
                {
                    "model": name,
                    "granularity": granularity,
                    "float32": float32.mean(),
                    "int8": int8.mean(),
                    "difference": difference,
                    "difference_spread": spread,
                    "saved": 100 * (1 - found[0]["file_bytes"]["int8"] / found[0]["file_bytes"]["float32"]),
                }
            )
    return pd.DataFrame(rows)


def without_training(profile: str, seed: int) -> tuple[float, float]:
    """8 bits per channel minus float32, mean over the models, over the worlds: mean and half width of the interval."""
    by_model = [
        [load_or_run(checkpoint(name, profile, draw, True)).result["test"]["gap"] for draw in grid.draws(profile, seed)]
        - _float32_gaps(name, profile, seed)
        for name in MODELS
    ]
    return mean_and_half_width(np.mean(by_model, axis=0))


def differences(profile: str, seed: int) -> pd.DataFrame:
    """One row a comparison of `COMPARISONS` and world, of the fine-tuned model: the difference of test GAPs."""
    start = _float32_gaps(FINE_TUNED, profile, seed)
    pairs = [fine_tunings(profile, draw) for draw in grid.draws(profile, seed)]
    tuned, tuned8 = (
        np.array([load_or_run(pair[arm]).result["test"]["gap"] for pair in pairs]) for arm in ("float32", "int8")
    )
    int8 = [
        load_or_run(checkpoint(FINE_TUNED, profile, draw, False)).result["test"]["gap"]
        for draw in grid.draws(profile, seed)
    ]
    found = {"int8_fine_tuned": tuned8 - tuned, "int8": np.array(int8) - start, "fine_tuned": tuned - start}
    rows = [
        {"key": key, "comparison": label, "world": world, "difference": value}
        for key, label in COMPARISONS.items()
        for world, value in enumerate(found[key])
    ]
    return pd.DataFrame(rows)


def summary(differences: pd.DataFrame) -> pd.DataFrame:
    """One row a comparison: mean over the worlds and half width of its interval."""
    rows = [
        (key, comparison, *mean_and_half_width(found["difference"].to_numpy()))
        for (key, comparison), found in differences.groupby(["key", "comparison"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["key", "comparison", "value", "value_spread"])


def forms(profile: str, seed: int) -> pd.DataFrame:
    """One row a form of the 8-bit model: KiB beside those in float32, and what its reader found.

    `difference` is the largest of any score, in the first two to the 8-bit model in Keras, with LiteRT to the float32
    model; `gap_change`, with LiteRT, is that of test GAP.
    """
    result = load_or_run(deployment(profile, seed)).result
    keras_file, metagraph, litert = result["keras_file"], result["metagraph"], result["litert"]
    found = {
        "keras_file": (keras_file, f"{keras_file['moved']} of {keras_file['tensors']} tensors trained"),
        "metagraph": (metagraph, f"{metagraph['dtypes'].get('uint8', 0)} tensors of 8-bit values"),
    }
    rows = [
        (form, *(said["file_bytes"][size] / 2**10 for size in ("float32", "int8")), said["difference"], None, words)
        for form, (said, words) in found.items()
    ]
    float32 = litert["float32"]
    for form in ("int8_weights", "int8"):
        change = litert[form]["gap"] - float32["gap"]
        sizes = float32["file_bytes"] / 2**10, litert[form]["file_bytes"] / 2**10
        rows.append((form, *sizes, litert[form]["difference"], change, f"GAP {change:+.4f}"))
    columns = ["key", "float32_kib", "int8_kib", "difference", "gap_change", "found"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(form=frame["key"].map(FORMS))


def statements(profile: str, seed: int) -> pd.DataFrame:
    """One row a sentence on what could not be done: its claim, and 1 where it is true of the files made here."""
    result = load_or_run(deployment(profile, seed)).result
    keras_file, metagraph = result["keras_file"], result["metagraph"]
    losses = keras_file["losses"]
    trains = keras_file["moved"] == keras_file["tensors"] and losses[-1] < losses[0]
    smaller = metagraph["file_bytes"]["int8"] < metagraph["file_bytes"]["float32"]
    # The same graph under other optimisations: other orders of float32 sums, and no more.
    loads = "uint8" in metagraph["dtypes"] and metagraph["difference"] < 1e-5
    rows = [
        ("no_way_back", "from an 8-bit file there is no way back to checkpoints", not trains),
        ("loads_as_metagraph", "(needed:) the model loads as a TensorFlow MetaGraph", loads),
        ("only_float16_worked", "of all compression methods, only float16 worked", not (trains and loads and smaller)),
    ]
    return pd.DataFrame(
        [(claim, sentence, int(true)) for claim, sentence, true in rows], columns=["claim", "sentence", "value"]
    )


def _float32_gaps(name: str, profile: str, seed: int) -> np.ndarray:
    """Test GAP of a model's best averaged checkpoint, a world each."""
    return np.array(
        [
            load_or_run(grid.training(name, profile, draw)).result["best_averaged"]["test"]["gap"]
            for draw in grid.draws(profile, seed)
        ]
    )
