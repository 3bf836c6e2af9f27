"""The protocol of Araujo et al. 2018, section 5.1, where it can be checked: examples, halves of videos, GAP."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.datasets.simulated import VideoWorld, write_frame_level
from compactvid.datasets.youtube8m import read_frame_level
from compactvid.manifests import manifest

RELEASED_KINDS = 52 / 62
"""Of the kinds of names of validation files, those that the released commands train on: a letter, not a digit."""
VIDEOS = 32
"""That are split into halves."""

EXAMPLE_HEADINGS = {
    "reading": "reading",
    "videos": "videos",
    "difference": "minus printed",
    "share": "of validation, %",
}
EXAMPLE_FORMATS = {"videos": ",.0f", "difference": "+,.0f", "share": ".1f"}


def examples() -> pd.DataFrame:
    """What "the full training set and 70 % of the validation set" may mean: columns of `EXAMPLE_HEADINGS`."""
    splits = manifest("youtube8m_frame").splits
    train, validate = (splits[name].examples or 0 for name in ("train", "validate"))
    entries = {entry.id: entry for entry in papers.entries("araujo2018")}
    printed = float(entries["araujo2018.claims.training_examples"].number or 0)
    readings = {
        "training set and 70 % of validation": train + 0.7 * validate,
        "training set and 52 of 62 kinds of validation file": train + RELEASED_KINDS * validate,
        "as printed": printed,
    }
    return pd.DataFrame(
        [(name, videos, videos - printed, 100 * (videos - train) / validate) for name, videos in readings.items()],
        columns=list(EXAMPLE_HEADINGS),
    )


def halves(seed: int) -> pd.DataFrame:
    """Simulated videos read whole and in halves, one row a video.

    Columns: frames, first, second (frames of each), same_labels, all_frames (whether the halves hold the video's frames
    in their order).
    """
    world = VideoWorld(seed=seed)
    options: dict[str, Any] = {
        "num_classes": world.num_classes,
        "feature_sizes": {"rgb": world.rgb_size, "audio": world.audio_size},
    }
    with TemporaryDirectory() as folder:
        shards = write_frame_level(Path(folder, "world"), world, {"train": VIDEOS})["train"]
        (whole, labels), (parts, part_labels) = (
            next(
                iter(
                    read_frame_level(
                        shards, max_frames=world.max_frames, halves=split, batch_size=2 * VIDEOS, **options
                    )
                )
            )
            for split in (False, True)
        )
    found = []
    for video, length in enumerate(whole["num_frames"]):
        pair = [2 * video, 2 * video + 1]
        first, second = parts["num_frames"][pair]
        joined = np.concatenate([parts["rgb"][pair[0], :first], parts["rgb"][pair[1], :second]])
        same = bool((part_labels[pair] == labels[video]).all())
        found.append((length, first, second, same, np.array_equal(joined, whole["rgb"][video, :length])))
    return pd.DataFrame(found, columns=["frames", "first", "second", "same_labels", "all_frames"])


def gap_as_printed(labels: np.ndarray, scores: np.ndarray, top_k: int) -> float:
    """GAP by the printed formula: the sum of p(i) times the change of r(i) over all predictions, the surest first.

    Parameters
    ----------
    labels, scores
        Of shape (videos, classes). No two scores are equal.
    top_k
        Predictions of each video.
    """
    kept = np.argsort(-scores, axis=1)[:, :top_k]
    hits = np.take_along_axis(labels, kept, axis=1).ravel()[
        np.argsort(-np.take_along_axis(scores, kept, axis=1).ravel())
    ]
    total, correct = 0.0, 0
    for place, hit in enumerate(hits, 1):
        recall = correct / labels.sum()
        correct += hit
        total += correct / place * (correct / labels.sum() - recall)
    return total
