"""Scores of a model on a split, by all the challenge's metrics."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from compactvid.metrics import (
    global_average_precision,
    hit_at_one,
    mean_average_precision,
    precision_at_equal_recall,
    precision_recall_curve,
)

CURVE_POINTS = 101


def scores_and_labels(
    predict: Callable[[Any], Any], batches: Iterable[tuple[Mapping[str, np.ndarray], np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Predict a whole split: labels and scores, each of shape (videos, classes), in the order of the batches."""
    scores, labels = [], []
    for features, targets in batches:
        scores.append(np.asarray(predict(features), dtype="float32"))
        labels.append(targets)
    return np.concatenate(labels), np.concatenate(scores)


def evaluate(y_true: np.ndarray, y_score: np.ndarray) -> dict[str, Any]:
    """GAP@20, Hit@1, PERR and mAP, each in [0, 1], with the pooled precision-recall curve behind GAP."""
    recall, precision = precision_recall_curve(y_true, y_score, top_k=20, points=CURVE_POINTS)
    return {
        "videos": len(y_true),
        "gap": global_average_precision(y_true, y_score),
        "hit_at_one": hit_at_one(y_true, y_score),
        "perr": precision_at_equal_recall(y_true, y_score),
        "map": mean_average_precision(y_true, y_score),
        "curve": {"recall": recall.tolist(), "precision": precision.tolist()},
    }
