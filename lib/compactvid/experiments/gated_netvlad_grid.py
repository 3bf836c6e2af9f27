"""The grid of Gated NetVLAD models of Liu & Liu 2018, scaled down: it answers their tables, figures and claims.

The paper trains each model for two to three days on the frames of YouTube-8M. What is trained here is the same
architecture on simulated frames, with every width divided: features and hidden sizes by 16, cluster sizes by 2 (the
simulated videos have about a fifteenth of the frames, and fewer clusters than that would leave one for the audio).
`full` trains the 16 models that the ensembles of Table 2 are made of: it is the evidence that the ledger takes, and is
recorded (``make record STEM=liu2018_table_1 PROFILE=full``, and so on), on as many videos and for as many epochs as two
cores compute in a quarter of an hour. `small` trains eight of them, which make six of the twelve ensembles, on a
quarter of the videos and for half as many epochs, so that a build of the book can afford it; `smoke` six, on two
worlds.

`real` trains all 28 models on AudioSet's frames, divided into splits by file: the model's audio branch alone, on all
128 features and with as many audio clusters as the paper's (half of K); hidden sizes are divided by 16 as before. Its
numbers of files and epochs were fixed by what half an hour of computing affords.

The learning rates are those of 0.0025, 0.005, 0.01 and 0.02 with the largest validation GAP of the best averaged
checkpoint on a draw that no profile reports, 1000, meaned over K24-H1440, K16-H512 and K16-H256. At `full` that was
0.5131, 0.5577, 0.5786 and 0.5759; at `real` 0.3409, 0.3451, 0.3325 and 0.3161.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid import papers
from compactvid.compression import BestCheckpoints
from compactvid.datasets import audioset
from compactvid.datasets.audioset_splits import AudioSetSplits
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.models import GatedNetVLAD
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun
from compactvid.training.predictions import read_predictions

HIDDEN_DIVISOR, CLUSTER_DIVISOR = 16, 2
UNLISTED = {"B": "K32-H400"}
"""Table 2 has an ensemble with a model B that no table names: of the eliminated models this one has its size."""


@dataclass(frozen=True)
class Scale:
    """How much is trained: which models, on how many draws of the data, of how many videos or files, for how long.

    Attributes
    ----------
    letters
        The models by their letters in Table 1; all 28 where None.
    draws
        Simulated worlds, or divisions of AudioSet's files into splits.
    train, validate, test
        Videos of a world, or files of AudioSet's.
    batch_norm_momentum
        So that the moving statistics forget the first epoch within the training.
    """

    letters: str | None
    draws: int
    train: int
    validate: int
    test: int
    epochs: int
    learning_rate: float
    batch_norm_momentum: float


_SIMULATED = {"learning_rate": 0.01, "batch_norm_momentum": 0.9}
_REAL = {"learning_rate": 0.005, "batch_norm_momentum": 0.99}
SCALES = {
    "smoke": Scale("YGFHLS", draws=2, train=512, validate=128, test=256, epochs=3, **_SIMULATED),
    "small": Scale("YGFHLSXP", draws=5, train=512, validate=256, test=512, epochs=4, **_SIMULATED),
    "full": Scale("YGFXHLJANSOTQRPB", draws=5, train=2048, validate=1024, test=2048, epochs=8, **_SIMULATED),
    "real": Scale(None, draws=3, train=2000, validate=500, test=1000, epochs=6, **_REAL),
}


def names_by_letter() -> dict[str, str]:
    """Letter -> name (`Y` -> `K24-H1440`) of the 18 models of Table 1 in its order, and of model B."""
    table = papers.table("liu2018", "table_1")
    return {row.attributes["code"]: name for name, row in table.rows.items()} | UNLISTED


def trained_models(profile: str) -> list[str]:
    """The names of the models that a profile trains: those of Table 1 in its order, then eliminated ones."""
    letters = SCALES[profile].letters
    if letters is None:
        table = papers.table("liu2018", "table_1")
        return [*table.row_ids, *table.eliminated]
    return [name for letter, name in names_by_letter().items() if letter in letters]


def draws(profile: str, seed: int) -> range:
    """The seeds that a profile repeats everything with: each is a world, or a division into splits, of its own."""
    return range(seed, seed + SCALES[profile].draws)


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    count = len(draws(profile, seed))
    return f"AudioSet frames, {count} draws of splits" if profile == "real" else f"simulated frames, {count} worlds"


def runs(profile: str, seed: int) -> dict[str, list[BestCheckpoints]]:
    """The profile's trainings in two groups, or in four where there are many; those of a model follow each other."""
    names = trained_models(profile)
    seeds = draws(profile, seed)
    groups = 4 if len(names) > 8 else 2
    return {
        f"models_{number}": [training(name, profile, draw) for name in names[number::groups] for draw in seeds]
        for number in range(groups)
    }


def training(name: str, profile: str, draw: int) -> BestCheckpoints:
    """The training that stands for the paper's model `name` (`K24-H1440`), on the data that are drawn with `draw`."""
    scale = SCALES[profile]
    cluster_size, hidden_size = cluster_and_hidden(name)
    widths: dict[str, Any] = {"hidden_size": round(hidden_size / HIDDEN_DIVISOR)}
    counts = {"train": scale.train, "validate": scale.validate, "test": scale.test}
    dataset: AudioSetSplits | SimulatedFrameLevel
    if profile == "real":
        dataset = AudioSetSplits(**counts, seed=draw)
        widths |= {"cluster_size": cluster_size, "num_classes": audioset.NUM_CLASSES, "rgb_size": None}
    else:
        world = VideoWorld(seed=draw)
        dataset = SimulatedFrameLevel(world, **counts)
        widths |= {"cluster_size": cluster_size // CLUSTER_DIVISOR, "num_classes": world.num_classes}
        widths |= {"rgb_size": world.rgb_size, "audio_size": world.audio_size}
    return BestCheckpoints(
        TrainingRun(
            model=GatedNetVLAD(**widths, batch_norm_momentum=scale.batch_norm_momentum),
            dataset=dataset,
            seed=draw,
            epochs=scale.epochs,
            batch_size=128,
            learning_rate=scale.learning_rate,
        )
    )


def predictions(name: str, profile: str, draw: int, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores, each (videos, classes), of a model's best averaged checkpoint on `validate` or `test`."""
    return read_predictions(run_folder(name, profile, draw) / f"best_averaged.{split}.npz")


def run_folder(name: str, profile: str, draw: int) -> Path:
    """The stored run of a training, with `best_averaged.weights.h5`, `.validate.npz` and `.test.npz` in it."""
    return load_or_run(training(name, profile, draw)).folder


def cluster_and_hidden(name: str) -> tuple[int, int]:
    """K and H of a model at the paper's size, from its name."""
    cluster_size, hidden_size = re.findall(r"\d+", name)
    return int(cluster_size), int(hidden_size)
