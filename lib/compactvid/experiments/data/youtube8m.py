"""YouTube-8M: labels and mean features of real validation shards."""

from collections.abc import Mapping
from typing import Any

from compactvid.datasets.statistics.features import FeatureStatistics
from compactvid.datasets.statistics.labels import LabelStatistics
from compactvid.datasets.video_level_shards import VideoLevelShards
from compactvid.experiments.real_statistics import RealPage
from compactvid.experiments.statistics import (
    Figures,
    Values,
    beside,
    feature_statistics,
    label_statistics,
    prefixed,
)

PROFILES = {"smoke": 4, "small": 20, "real": 50}
"""Shards read, of the 50 validation shards that make the sample; each holds about 290 videos."""
NAMES = {
    "videos": ("videos", ",.0f"),
    "labels": ("labels in the vocabulary", ",.0f"),
    "labels_present": ("labels that occur", ",.0f"),
    "labels_a_video": ("labels a video, mean", ".2f"),
    "labels_a_video_variance": ("labels a video, variance", ".2f"),
    "commonest_label_share": ("share of videos with the commonest label", ".1%"),
    "zipf_exponent": ("Zipf exponent over the 60 commonest labels", ".2f"),
    "pairs_above_twice_chance": ("pairs of the 20 commonest labels seen twice as often as by chance", ".0%"),
    "rgb_minimum": ("smallest value of mean rgb", ".3f"),
    "rgb_maximum": ("largest value of mean rgb", ".3f"),
    "rgb_spectrum_exponent": ("mean rgb: variance falls with the component to the power of minus", ".2f"),
    "audio_spectrum_exponent": ("mean audio: the same", ".2f"),
}
FEATURES = {"rgb": "mean_rgb", "audio": "mean_audio"}


def _summary(labels: Mapping[str, Any], *features: Mapping[str, Any]) -> tuple[Values, Figures]:
    values, figures = label_statistics(labels)
    spectra = {}
    for name, result in zip(FEATURES, features, strict=True):
        found, frames = feature_statistics(result)
        values |= prefixed(f"{name}_", found)
        spectra[f"real {name}"] = frames["spectrum"]
    return values, figures | {"spectrum": beside(spectra)}


_PAGE = RealPage(
    "data_youtube8m",
    "youtube8m",
    dataset=lambda profile, seed: VideoLevelShards(train=PROFILES[profile], validate=0, test=0, seed=seed),
    files=lambda profile: f"real YouTube-8M video-level features, {PROFILES[profile]} of 3,844 validation shards",
    configs=lambda shards: [
        LabelStatistics(shards),
        *(FeatureStatistics(shards, name) for name in FEATURES.values()),
    ],
    summarise=_summary,
)
runs, data, statistics = _PAGE.runs, _PAGE.data, _PAGE.statistics
