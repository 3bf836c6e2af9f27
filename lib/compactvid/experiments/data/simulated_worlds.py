"""The simulated worlds: pictures of each, and its statistics beside those of real data."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compactvid.datasets.simulated import ClipWorld, SceneWorld, VideoWorld
from compactvid.datasets.simulated_splits import (
    SimulatedClips,
    SimulatedFrameLevel,
    SimulatedScenes,
    SimulatedVideoLevel,
)
from compactvid.datasets.statistics.clips import ClipStatistics
from compactvid.datasets.statistics.features import FeatureStatistics
from compactvid.datasets.statistics.frames import FrameStatistics
from compactvid.datasets.statistics.labels import LabelStatistics
from compactvid.datasets.statistics.scenes import SceneStatistics
from compactvid.experiments.data import audioset, ucf11, voc, youtube8m
from compactvid.experiments.statistics import (
    Figures,
    Values,
    clip_statistics,
    curve,
    feature_statistics,
    frame_statistics,
    label_statistics,
    prefixed,
    scene_statistics,
)
from compactvid.report.panel import Panel
from compactvid.runs import load_or_run


@dataclass(frozen=True)
class Scale:
    """Videos, scenes and clips that the statistics are taken of."""

    videos: int
    scenes: int
    clips: int


PROFILES = {"smoke": Scale(300, 50, 7), "small": Scale(2500, 300, 21), "real": Scale(2500, 300, 21)}
WORLDS = {
    "videos": {
        "labels": ("labels in the vocabulary", ",.0f"),
        "labels_a_video": ("labels a video, mean", ".2f"),
        "labels_a_video_variance": ("labels a video, variance", ".2f"),
        "commonest_label_share": ("share of videos with the commonest label", ".1%"),
        "zipf_exponent": ("Zipf exponent over the 60 commonest labels", ".2f"),
        "pairs_above_twice_chance": ("pairs of the 20 commonest labels, over twice chance", ".0%"),
        "rgb_spectrum_exponent": ("rgb: exponent of the spectrum of means", ".2f"),
        "frames_a_video": ("frames a video", ".1f"),
        "autocorrelation_1": ("audio: autocorrelation, 1 s apart", ".2f"),
        "autocorrelation_2": ("audio: autocorrelation, 2 s apart", ".2f"),
        "autocorrelation_5": ("audio: autocorrelation, 5 s apart", ".2f"),
        "clipped": ("audio: share of values that are 0 or 255", ".1%"),
        "rgb_clipped": ("rgb: share of values that are 0 or 255", ".1%"),
    },
    "scenes": voc.NAMES,
    "clips": ucf11.NAMES,
}
"""What each world is compared by: name and format of each number, by its key."""
FIGURES = {
    "labels": ("label-frequency", "labels-a-video", "label-pairs"),
    "frames": ("autocorrelation", "spectrum"),
    "scenes": ("objects-an-image", "box-areas"),
    "clips": ("differences",),
}
"""Which curves stand below each other in one figure; the spectrum is that of mean rgb."""


def runs(profile: str, seed: int) -> dict[str, list]:
    """Statistics of the three worlds, and of the real data that the data folder holds."""
    scale = PROFILES[profile]
    frames = SimulatedFrameLevel(VideoWorld(seed=seed), scale.videos, 1, 1)
    means = SimulatedVideoLevel(VideoWorld(seed=seed), scale.videos, 1, 1)
    groups: dict[str, list] = {
        "videos": [
            LabelStatistics(frames),
            FrameStatistics(frames, "audio"),
            FrameStatistics(frames, "rgb"),
            FeatureStatistics(means, "mean_rgb"),
        ],
        "scenes": [SceneStatistics(SimulatedScenes(SceneWorld(seed=seed), scale.scenes, 1, 1))],
        "clips": [ClipStatistics(SimulatedClips(ClipWorld(seed=seed), scale.clips, 1, 1))],
    }
    real = [
        config
        for page in (youtube8m, audioset, voc, ucf11)
        for config in page.runs(profile, seed).get("statistics", [])
    ]
    return groups | ({"real": real} if real else {})


def data(profile: str, seed: int) -> str:
    """What is simulated, and where the real statistics beside it come from."""
    origins = {page.data(profile, seed) for page in (youtube8m, audioset, voc, ucf11)}
    return f"simulated worlds; beside them {'; '.join(sorted(origins))}"


def statistics(profile: str, seed: int) -> tuple[dict[str, dict[str, Values]], dict[str, pd.DataFrame]]:
    """Numbers by world and data set; and for each key of `FIGURES` the frame that `draw_panels` takes."""
    measured = runs(profile, seed)
    labels, audio, rgb, means = (load_or_run(config).result for config in measured["videos"])
    label_values, label_figures = label_statistics(labels)
    audio_values, audio_figures = frame_statistics(audio)
    mean_values, mean_figures = feature_statistics(means)
    videos = label_values | audio_values | prefixed("rgb_", frame_statistics(rgb)[0] | mean_values)
    scenes, scene_figures = scene_statistics(load_or_run(measured["scenes"][0]).result)
    clips, clip_figures = clip_statistics(load_or_run(measured["clips"][0]).result)
    tube, sound, images, films = (page.statistics(profile, seed) for page in (youtube8m, audioset, voc, ucf11))
    means_only = tube.figures["spectrum"]
    curves = {
        "simulated": label_figures
        | {"autocorrelation": audio_figures["autocorrelation"]}
        | mean_figures
        | scene_figures
        | clip_figures,
        "real YouTube-8M": {name: tube.figures[name] for name in label_figures}
        | {"spectrum": means_only[means_only["data"] == "real rgb"]},
        "real AudioSet": {"autocorrelation": sound.figures["autocorrelation"]},
        "real VOC": {name: images.figures[name] for name in ("objects-an-image", "box-areas")},
        "real UCF101": films.figures,
    }
    values = {
        "videos": {"simulated": videos, "YouTube-8M": tube.values, "AudioSet": _of_frames(sound.values)},
        "scenes": {"simulated": scenes, "VOC": images.values},
        "clips": {"simulated": clips, "UCF101": films.values},
    }
    return values, _curves(curves)


def to_record(values: Mapping[str, Mapping[str, Values]]) -> pd.DataFrame:
    """Columns world, key and value: the simulated worlds' numbers, for `notebook.record_frame`."""
    rows = [
        (world, key, values[world]["simulated"][key])
        for world, names in WORLDS.items()
        for key in names
        if key in values[world]["simulated"]
    ]
    return pd.DataFrame(rows, columns=["world", "key", "value"])


def example_video(seed: int) -> pd.DataFrame:
    """The first video that shows three classes or more and has an outlier, as `draw_feature_matrix` takes it: rgb."""
    videos = VideoWorld(seed=seed).videos("train", 1000)
    video = next(found for found in videos if len(found.shown_classes) >= 3 and found.outliers.any())
    return pd.DataFrame(
        {
            "frame": np.arange(1, len(video.rgb) + 1),
            **{f"class {label}": seen for label, seen in zip(video.shown_classes, video.evidence.T, strict=True)},
            "outlier": video.outliers,
            **{str(number): values for number, values in enumerate(video.rgb.T, 1)},
        }
    )


def example_scenes(seed: int, count: int = 8) -> tuple[list[np.ndarray], pd.DataFrame]:
    """The first scenes and their boxes, as `draw_contact_sheet` takes them."""
    world = SceneWorld(seed=seed)
    scenes = list(world.scenes("train", count))
    rows = [
        {
            "scene": number,
            "label": world.class_names[label],
            **dict(zip(("x_min", "y_min", "x_max", "y_max"), box.tolist(), strict=True)),
            "difficult": bool(difficult),
            "truncated": bool(truncated),
        }
        for number, scene in enumerate(scenes, 1)
        for label, box, difficult, truncated in zip(
            scene.classes, scene.boxes, scene.difficult, scene.truncated, strict=True
        )
    ]
    return [scene.image for scene in scenes], pd.DataFrame(rows)


def example_clips(seed: int, frames: int = 6) -> tuple[dict[str, list[np.ndarray]], pd.DataFrame]:
    """The first clip of each action as evenly spread frames, and where its object is in them."""
    world = ClipWorld(seed=seed)
    strips, rows = {}, []
    for clip in world.clips("train", len(world.class_names)):
        chosen = np.linspace(0, len(clip.frames) - 1, frames).round().astype(int)
        strips[clip.action] = [clip.frames[index] for index in chosen]
        rows += [
            {
                "action": clip.action,
                "frame": int(index) + 1,
                "x": clip.centres[index, 0],
                "y": clip.centres[index, 1],
                "size": clip.sizes[index],
                "angle": clip.angles[index],
            }
            for index in chosen
        ]
    return strips, pd.DataFrame(rows)


def _of_frames(values: Values) -> Values:
    """Without the labels, which a balanced split says nothing about."""
    return {key: value for key, value in values.items() if key.startswith(("frames", "autocorrelation", "clipped"))}


def panels(figure: str) -> dict[str, Panel]:
    """How the panels of a figure look, as `draw_panels` takes them."""
    return {name: curve(name).panel for name in FIGURES[figure]}


def _curves(curves: Mapping[str, Figures]) -> dict[str, pd.DataFrame]:
    frames = {}
    for figure, names in FIGURES.items():
        parts = [
            pd.DataFrame({"panel": name, "data": data, "x": known[name][x], "y": known[name][y]})
            for name in names
            for x, y, _ in [curve(name)]
            for data, known in curves.items()
            if name in known
        ]
        frames[figure] = pd.concat(parts, ignore_index=True).query("panel != 'label-pairs' or y > 0")
    return frames
