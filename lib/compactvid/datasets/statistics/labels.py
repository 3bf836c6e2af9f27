"""How many labels a video has, how often each occurs, and which occur together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.statistics.power_law import power_law_exponent


@dataclass(frozen=True)
class LabelStatistics:
    """`label_statistics` of one split.

    Parameters
    ----------
    dataset
        A data set configuration whose labels are (batch, classes), 1 where a video has the class.
    split
        Which of its splits.
    ranks, commonest
        As in `label_statistics`.
    """

    dataset: Any
    split: str = "train"
    ranks: int = 60
    commonest: int = 20

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Read the split once; nothing is written to `folder`."""
        batches = self.dataset.read(self.dataset.prepare(data_folder), self.split)
        return label_statistics((labels for _, labels in batches), ranks=self.ranks, commonest=self.commonest)


def label_statistics(batches: Iterable[np.ndarray], *, ranks: int = 60, commonest: int = 20) -> dict[str, Any]:
    """Count labels.

    Parameters
    ----------
    batches : iterable of ndarray
        (batch, classes), 1 where a video has the class, else 0.
    ranks : int
        The Zipf exponent is fitted to the counts of the `ranks` commonest classes (or fewer, where fewer occur).
    commonest : int
        Pairs are counted among so many of the commonest classes; of equally common ones the lower index goes first.

    Returns
    -------
    dict
        ``videos``, ``classes`` (size of the vocabulary), ``classes_present``; ``counts``: videos with each class
        present, falling; ``labels_per_video``: ``mean``, ``variance`` (of the population) and ``histogram`` (videos
        with 0, 1, 2, ... labels); ``zipf_exponent``; ``pair_ratios``, falling: for each pair of the commonest classes
        the number of videos with both over the number that independent classes would give, ``n_a n_b / videos``.

    Raises
    ------
    ValueError
        No video.
    """
    sizes, members, videos, classes = [], [], 0, 0
    for labels in batches:
        rows, columns = np.nonzero(labels)
        sizes.append(np.bincount(rows, minlength=len(labels)))
        members.append(np.stack([rows + videos, columns]))
        videos, classes = videos + len(labels), labels.shape[1]
    if not videos:
        raise ValueError("label statistics need at least one video")
    a_video, (rows, columns) = np.concatenate(sizes), np.concatenate(members, axis=1)
    counts = np.bincount(columns, minlength=classes)
    falling = np.sort(counts[counts > 0])[::-1]
    return {
        "videos": videos,
        "classes": classes,
        "classes_present": len(falling),
        "counts": falling.tolist(),
        "labels_per_video": {
            "mean": float(a_video.mean()),
            "variance": float(a_video.var()),
            "histogram": np.bincount(a_video).tolist(),
        },
        "zipf_exponent": power_law_exponent(falling[:ranks]),
        "pair_ratios": _pair_ratios(rows, columns, counts, videos, commonest),
    }


def _pair_ratios(rows: np.ndarray, columns: np.ndarray, counts: np.ndarray, videos: int, commonest: int) -> list[float]:
    chosen = np.argsort(-counts, kind="stable")[:commonest]
    chosen = chosen[counts[chosen] > 0]
    place = np.full(len(counts), -1)
    place[chosen] = np.arange(len(chosen))
    kept = place[columns] >= 0
    has = np.zeros((videos, len(chosen)))
    has[rows[kept], place[columns[kept]]] = 1
    together, alone = has.T @ has, counts[chosen]
    ratios = together * videos / np.outer(alone, alone)
    return np.sort(ratios[np.triu_indices(len(chosen), 1)])[::-1].tolist()
