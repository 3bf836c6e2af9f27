"""A mixture-of-experts classifier on video-level features: real YouTube-8M shards where they are, else simulated ones.

The classifier, its loss and its metrics are the challenge's own baseline (Abu-El-Haija et al. 2016, section 5), so the
page shows readers, metrics and training at work on official files before any of the three papers is touched. The
learning rate is the one of 0.001, 0.003 and 0.01 with the largest validation GAP on real shards drawn with seed 1000
(after 5 epochs: 0.53, 0.56 and 0.60); no profile reports that draw.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.datasets.video_level_shards import VideoLevelShards
from compactvid.models import VideoLevelMixture
from compactvid.runs import load_or_run
from compactvid.training import PriorBaseline, TrainingRun

METRICS = {"gap": "GAP@20", "hit_at_one": "Hit@1", "perr": "PERR", "map": "mAP"}


@dataclass(frozen=True)
class Scale:
    """Real shards for each split, simulated videos for each split, and passes over the training split."""

    shards: tuple[int, int, int]
    videos: tuple[int, int, int]
    epochs: int


PROFILES = {
    "smoke": Scale(shards=(6, 1, 2), videos=(512, 128, 256), epochs=2),
    "small": Scale(shards=(36, 4, 10), videos=(3000, 500, 1000), epochs=5),
}

# The official feature sizes and vocabulary, so that the simulated files differ from the real ones in nothing but
# their content.
WORLD = {"num_classes": 3862, "num_topics": 200, "rgb_size": 1024, "audio_size": 128}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The baseline that knows only the labels' frequencies, and the trained classifier."""
    return {"classifier": [PriorBaseline(dataset(profile, seed)), _training(profile, seed)]}


def dataset(profile: str, seed: int) -> VideoLevelShards | SimulatedVideoLevel:
    """Real shards where the data folder holds any, else a simulated world of the same format."""
    scale = PROFILES[profile]
    if VideoLevelShards.present():
        return VideoLevelShards(*scale.shards, seed=seed)
    return SimulatedVideoLevel(VideoWorld(seed=seed, **WORLD), *scale.videos)


def source(profile: str, seed: int) -> str:
    """`youtube8m` or `simulated`: part of the result keys, since the two are never compared."""
    return "youtube8m" if isinstance(dataset(profile, seed), VideoLevelShards) else "simulated"


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    if source(profile, seed) == "youtube8m":
        return f"real YouTube-8M video-level features, {sum(PROFILES[profile].shards)} shards"
    return "simulated video-level features (no real shards in the data folder)"


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a metric: the value of the label frequencies alone and the classifier's on the test split, in [0, 1]."""
    baseline, trained = _results(profile, seed)
    tests = {"prior_only": baseline["test"], "classifier": trained["best_single"]["test"]}
    rows = [
        {"metric": metric, "name": name} | {column: test[metric] for column, test in tests.items()}
        for metric, name in METRICS.items()
    ]
    return pd.DataFrame(rows)


def splits(profile: str, seed: int) -> pd.DataFrame:
    """One row a split, with its number of videos."""
    baseline, _ = _results(profile, seed)
    rows = [{"split": split, "videos": baseline["videos"][split]} for split in ("train", "validate", "test")]
    return pd.DataFrame(rows)


def label_frequency(profile: str, seed: int) -> pd.DataFrame:
    """Rank of a class and the share of training videos that carry it, for every class that occurs."""
    baseline, _ = _results(profile, seed)
    counts = np.sort(baseline["label_counts"]["train"])[::-1]
    counts = counts[counts > 0]
    return pd.DataFrame({"rank": np.arange(1, len(counts) + 1), "share": counts / baseline["videos"]["train"]})


def curves(profile: str, seed: int) -> pd.DataFrame:
    """Precision over recall of all videos' 20 best predictions pooled, for the baseline and the classifier."""
    baseline, trained = _results(profile, seed)
    tests = {"prior only": baseline["test"], "mixture of experts": trained["best_single"]["test"]}
    frames = [pd.DataFrame(test["curve"]).assign(model=name) for name, test in tests.items()]
    return pd.concat(frames, ignore_index=True)


def history(profile: str, seed: int) -> pd.DataFrame:
    """One row an epoch: training loss and validation GAP."""
    return pd.DataFrame(_results(profile, seed)[1]["history"])


def _results(profile: str, seed: int) -> tuple[dict, dict]:
    baseline, trained = runs(profile, seed)["classifier"]
    return load_or_run(baseline).result, load_or_run(trained).result


def _training(profile: str, seed: int) -> TrainingRun:
    return TrainingRun(
        model=VideoLevelMixture(),
        dataset=dataset(profile, seed),
        seed=seed,
        epochs=PROFILES[profile].epochs,
        batch_size=128,
        learning_rate=0.01,
    )
