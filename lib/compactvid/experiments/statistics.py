"""Statistics of a data set as numbers by name, and as the frames that its figures plot."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from compactvid.report.panel import Panel

POINTS = 100
"""Most points of a curve over ranks or components."""

Values = dict[str, float]
Figures = dict[str, pd.DataFrame]


class Curve(NamedTuple):
    """What a figure plots of a frame: two of its columns, and how it looks."""

    x: str
    y: str
    panel: Panel


_CURVES = {
    "label-frequency": Curve("rank", "share", Panel("rank of the label", "share of videos", "xy", joined=False)),
    "labels-a-video": Curve("labels", "share", Panel("labels of a video", "share of videos")),
    "label-pairs": Curve(
        "pair", "ratio", Panel("pair of common labels, by its ratio", "together, over chance", "y", joined=False)
    ),
    "autocorrelation": Curve("lag", "autocorrelation", Panel("lag (s)", "autocorrelation, audio")),
    "spectrum": Curve("component", "standard_deviation", Panel("component", "standard deviation", "xy")),
    "values": Curve("value", "share", Panel("stored byte", "share of all values", "y")),
    "objects-an-image": Curve("objects", "share", Panel("objects of an image", "share of images")),
    "box-areas": Curve("area_share", "share", Panel("box, as a share of the image", "share of smaller boxes", "x")),
    "differences": Curve(
        "lag", "difference", Panel("distance (frames)", "mean absolute difference\n(grey levels of 256)")
    ),
}


def curve(name: str) -> Curve:
    """How the frame of that name is plotted, of those that the functions below return."""
    return _CURVES[name]


def label_statistics(result: Mapping[str, Any]) -> tuple[Values, Figures]:
    """Of a run of `LabelStatistics`: frames label-frequency, labels-a-video and label-pairs."""
    a_video, counts = result["labels_per_video"], result["counts"]
    ranks = spread_ranks(len(counts))
    histogram = np.array(a_video["histogram"]) / result["videos"]
    ratios = np.array(result["pair_ratios"])
    values = {
        "videos": result["videos"],
        "labels": result["classes"],
        "labels_present": result["classes_present"],
        "labels_a_video": a_video["mean"],
        "labels_a_video_variance": a_video["variance"],
        "commonest_label_share": counts[0] / result["videos"],
        "zipf_exponent": result["zipf_exponent"],
        "pairs_above_chance": float((ratios > 1).mean()),
        "pairs_above_twice_chance": float((ratios > 2).mean()),
    }
    return values, {
        "label-frequency": pd.DataFrame({"rank": ranks, "share": np.array(counts)[ranks - 1] / result["videos"]}),
        "labels-a-video": pd.DataFrame({"labels": np.arange(len(histogram)), "share": histogram}),
        "label-pairs": pd.DataFrame({"pair": np.arange(1, len(ratios) + 1), "ratio": ratios}),
    }


def frame_statistics(result: Mapping[str, Any]) -> tuple[Values, Figures]:
    """Of a run of `FrameStatistics`: frames num-frames, autocorrelation, spectrum and values."""
    lengths, correlations = np.array(result["num_frames"]), result["autocorrelation"]
    deviations = np.array(result["standard_deviations"])
    components, seen = spread_ranks(len(deviations)), np.flatnonzero(lengths)
    values = {
        "frames": result["frames"],
        "frames_a_video": result["frames"] / result["videos"],
        "fewest_frames": int(seen[0]),
        "most_frames": int(seen[-1]),
        **{f"autocorrelation_{lag}": value for lag, value in enumerate(correlations, 1) if value is not None},
        "spectrum_exponent": result["spectrum_exponent"],
        "clipped": result["clipped_low"] + result["clipped_high"],
        "first_component_clipped": result["first_component_clipped"],
    }
    shares = np.array(result["histogram"]) / sum(result["histogram"])
    lags = np.arange(1, len(correlations) + 1)
    return values, {
        "num-frames": pd.DataFrame({"frames": seen, "share": lengths[seen] / result["videos"]}),
        "autocorrelation": pd.DataFrame({"lag": lags, "autocorrelation": correlations}).dropna(),
        "spectrum": spectrum(components, deviations[components - 1]),
        "values": pd.DataFrame({"value": np.arange(256), "share": shares}),
    }


def feature_statistics(result: Mapping[str, Any]) -> tuple[Values, Figures]:
    """Of a run of `FeatureStatistics`: frame spectrum."""
    deviations = np.array(result["standard_deviations"])
    components = spread_ranks(len(deviations))
    values = {
        "minimum": result["minimum"],
        "maximum": result["maximum"],
        "spectrum_exponent": result["spectrum_exponent"],
    }
    return values, {"spectrum": spectrum(components, deviations[components - 1])}


def scene_statistics(result: Mapping[str, Any]) -> tuple[Values, Figures]:
    """Of a run of `SceneStatistics`: frames objects-an-image, box-areas, aspect-ratios and classes."""
    areas, ratios = np.array(result["area_shares"]), np.array(result["aspect_ratios"])
    numbers = np.array(result["objects_per_image"])
    values = {
        "images": result["images"],
        "objects": result["objects"],
        "objects_an_image": result["objects"] / result["images"],
        "images_with_1_to_4": float(numbers[1:5].sum() / result["images"]),
        "median_area_share": float(np.median(areas)),
        "median_aspect_ratio": float(np.median(ratios)),
        "difficult": result["difficult"],
        "truncated": result["truncated"],
    }
    return values, {
        "objects-an-image": pd.DataFrame({"objects": np.arange(len(numbers)), "share": numbers / result["images"]}),
        "box-areas": _quantiles(areas, "area_share"),
        "aspect-ratios": _quantiles(ratios, "aspect_ratio"),
        "classes": pd.DataFrame(result["by_class"], columns=["label", "objects"]),
    }


def clip_statistics(result: Mapping[str, Any]) -> tuple[Values, Figures]:
    """Of a run of `ClipStatistics`: frame differences, the mean over the clips that are long enough."""
    clips = result["clips"]
    frames, rates = [clip["frames"] for clip in clips], [clip["frames_per_second"] for clip in clips]
    differences = np.nanmean(np.array([clip["differences"] for clip in clips], float), axis=0)
    values = {
        "clips": len(clips),
        "fewest_frames": min(frames),
        "most_frames": max(frames),
        "slowest_rate": min(rates),
        "fastest_rate": max(rates),
        "height": max(clip["height"] for clip in clips),
        "width": max(clip["width"] for clip in clips),
        "difference_1": float(differences[0]),
        f"difference_{len(differences)}": float(differences[-1]),
    }
    lags = np.arange(1, len(differences) + 1)
    return values, {"differences": pd.DataFrame({"lag": lags, "difference": differences})}


def _quantiles(values: np.ndarray, name: str) -> pd.DataFrame:
    """Columns share (of the objects, in [0, 1]) and `name`: the value that so many objects do not exceed."""
    shares = np.linspace(0, 1, 51)
    return pd.DataFrame({"share": shares, name: np.quantile(values, shares)})


def spectrum(components: np.ndarray, deviations: np.ndarray) -> pd.DataFrame:
    """Columns component (from 1) and standard_deviation (dequantised units)."""
    return pd.DataFrame({"component": components, "standard_deviation": deviations})


def spread_ranks(count: int) -> np.ndarray:
    """Whole numbers from 1 to `count`, at most `POINTS` of them, evenly spread on a logarithmic axis."""
    return np.unique(np.geomspace(1, count, POINTS).round().astype(int))


def beside(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Frames below each other, the name of each in a first column `data`."""
    return pd.concat(
        [pd.DataFrame({"data": name, **frame}) for name, frame in frames.items() if not frame.empty], ignore_index=True
    )


def value_table(values: Mapping[str, Values], names: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """One row a number: its name, and a column for each data set, formatted (an en dash where it has none).

    Parameters
    ----------
    values
        Data set -> number by key.
    names
        Key -> name and format specification, in the order of the rows; a key that no data set has is left out.
    """
    return pd.DataFrame(
        [
            {"statistic": name, **{data: _shown(known, key, form) for data, known in values.items()}}
            for key, (name, form) in names.items()
            if any(key in known for known in values.values())
        ]
    )


def _shown(values: Values, key: str, form: str) -> str:
    return format(values[key], form) if key in values else "–"


def prefixed(prefix: str, values: Values) -> Values:
    """The numbers under keys that begin with `prefix`."""
    return {f"{prefix}{key}": value for key, value in values.items()}
