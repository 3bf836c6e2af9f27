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
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.statistics import spread_ranks
from compactvid.models import VideoLevelMixture
from compactvid.papers.results import read_results
from compactvid.root import project_root
from compactvid.runs import load_or_run
from compactvid.training import PriorBaseline, TrainingRun

METRICS = {"gap": "GAP@20", "hit_at_one": "Hit@1", "perr": "PERR", "map": "mAP"}
MODELS = {"prior_only": "prior only", "classifier": "mixture of experts"}
SCORE_HEADINGS = {
    "name": "metric",
    "prior_only": MODELS["prior_only"],
    "prior_only_spread": "±",
    "classifier": MODELS["classifier"],
    "classifier_spread": "±",
}
SCORE_FORMATS = dict.fromkeys(("prior_only", "prior_only_spread", "classifier", "classifier_spread"), ".3f")


@dataclass(frozen=True)
class Scale:
    """Real shards and simulated videos for each split, passes over the training split, and how often all is drawn."""

    shards: tuple[int, int, int]
    videos: tuple[int, int, int] | None
    epochs: int
    draws: int


PROFILES = {
    "smoke": Scale(shards=(2, 1, 1), videos=(256, 128, 128), epochs=2, draws=2),
    "small": Scale(shards=(4, 1, 2), videos=(500, 128, 256), epochs=3, draws=2),
    "real": Scale(shards=(36, 4, 10), videos=None, epochs=5, draws=3),
}

# The official feature sizes and vocabulary, so that the simulated files differ from the real ones in nothing but
# their content.
WORLD = {"num_classes": 3862, "num_topics": 200, "rgb_size": 1024, "audio_size": 128}


def runs(profile: str, seed: int) -> dict[str, list]:
    """For each draw of splits or world: the baseline that knows only the labels' frequencies, and the classifier."""
    return {
        f"draw_{draw}": [PriorBaseline(dataset(profile, draw)), _training(profile, draw)]
        for draw in range(seed, seed + PROFILES[profile].draws)
    }


def dataset(profile: str, seed: int) -> VideoLevelShards | SimulatedVideoLevel:
    """Real shards where the data folder holds any, else a simulated world of the same format.

    Raises
    ------
    ValueError
        Profile `real` without real shards.
    """
    scale = PROFILES[profile]
    if VideoLevelShards.present():
        return VideoLevelShards(*scale.shards, seed=seed)
    if scale.videos is None:
        raise ValueError(f"profile {profile} needs real shards: set COMPACTVID_DATA to a folder that holds them")
    return SimulatedVideoLevel(VideoWorld(seed=seed, **WORLD), *scale.videos)


def source(profile: str, seed: int) -> str:
    """`youtube8m` or `simulated`: part of the result keys, since the two are never compared."""
    return "youtube8m" if isinstance(dataset(profile, seed), VideoLevelShards) else "simulated"


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    scale = PROFILES[profile]
    if source(profile, seed) == "youtube8m":
        return f"real YouTube-8M video-level features, {scale.draws} draws of {sum(scale.shards)} shards"
    return f"simulated video-level features, {scale.draws} worlds (no real shards in the data folder)"


def splits(profile: str, seed: int) -> pd.DataFrame:
    """One row a split, with its number of videos in each draw."""
    baselines = [baseline for baseline, _ in _results(profile, seed)]
    return pd.DataFrame(
        {
            "split": ["train", "validate", "test"],
            **{
                f"draw {number}": [baseline["videos"][split] for split in ("train", "validate", "test")]
                for number, baseline in enumerate(baselines, 1)
            },
        }
    )


def scores(profile: str, seed: int) -> pd.DataFrame:
    """One row a metric: for both models the mean over the draws of the test score, and the half width of its interval.

    Columns metric, name, prior_only, prior_only_spread, classifier, classifier_spread (all in [0, 1]).
    """
    rows = []
    for metric, name in METRICS.items():
        row: dict[str, str | float] = {"metric": metric, "name": name}
        for position, model in enumerate(MODELS):
            values = np.array([_test(results[position])[metric] for results in _results(profile, seed)])
            row[model], row[f"{model}_spread"] = mean_and_half_width(values)
        rows.append(row)
    return pd.DataFrame(rows)


def recorded() -> pd.DataFrame:
    """The strongest evidence there is on real shards, in the shape of `scores`; empty where nothing was recorded."""
    found = read_results(project_root()).found
    rows = []
    for metric, name in METRICS.items():
        keys = {model: f"real_video_level.youtube8m.{model}.{metric}" for model in MODELS}
        if all(key in found for key in keys.values()):
            row: dict[str, str | float | None] = {"metric": metric, "name": name}
            for model, key in keys.items():
                row[model], row[f"{model}_spread"] = found[key].result.value, found[key].result.spread
            rows.append(row | {"profile": found[keys["classifier"]].profile})
    return pd.DataFrame(rows, columns=["metric", *SCORE_HEADINGS, "profile"])


def label_frequency(profile: str, seed: int) -> pd.DataFrame:
    """Rank of a class and the share of the first draw's training videos that carry it.

    Ranks are evenly spread on a logarithmic axis, from the commonest class to the last that occurs.
    """
    baseline, _ = _results(profile, seed)[0]
    counts = np.sort(baseline["label_counts"]["train"])[::-1]
    ranks = spread_ranks(int((counts > 0).sum()))
    return pd.DataFrame({"rank": ranks, "share": counts[ranks - 1] / baseline["videos"]["train"]})


def curves(profile: str, seed: int) -> pd.DataFrame:
    """Precision over recall of all videos' 20 best predictions pooled, for each draw and both models."""
    frames = [
        pd.DataFrame(_test(result)["curve"]).assign(model=name, draw=number)
        for number, results in enumerate(_results(profile, seed), 1)
        for name, result in zip(MODELS.values(), results, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def _results(profile: str, seed: int) -> list[tuple[dict, dict]]:
    return [
        (load_or_run(baseline).result, load_or_run(trained).result)
        for baseline, trained in runs(profile, seed).values()
    ]


def _test(result: dict) -> dict:
    return result["test"] if "test" in result else result["best_single"]["test"]


def _training(profile: str, seed: int) -> TrainingRun:
    return TrainingRun(
        model=VideoLevelMixture(),
        dataset=dataset(profile, seed),
        seed=seed,
        epochs=PROFILES[profile].epochs,
        batch_size=128,
        learning_rate=0.01,
    )
