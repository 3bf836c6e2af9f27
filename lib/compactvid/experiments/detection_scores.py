"""What the detectors of the grid scored on their test splits: one number a world."""

from typing import Any

import numpy as np
import pandas as pd

from compactvid.experiments import detection_grid as grid
from compactvid.metrics import detection_average_precision
from compactvid.runs import Run, load_or_run
from compactvid.training.detection_file import read_detections

RECALLS = np.linspace(0, 1, 101)
"""Where `envelope` reads a curve."""


def maps(kind: str, profile: str, seed: int) -> np.ndarray:
    """Test mAP in each world of the detector itself (`base`), or of one of the profile's `TUNED` methods."""
    return np.array([np.mean(list(found.values())) for found in _average_precisions(kind, profile, seed)])


def of_class(kind: str, label: str, profile: str, seed: int) -> np.ndarray:
    """Test average precision of a class in each world."""
    return np.array([found[label] for found in _average_precisions(kind, profile, seed)])


def direct(profile: str, seed: int) -> pd.DataFrame:
    """Test mAP of the untrained-on detectors in few bits: columns scheme, bits, world (from 0) and map."""
    rows = []
    for number, world in enumerate(grid.worlds(profile, seed)):
        found = load_or_run(grid.direct(profile, world)).result["average_precision"]
        for (scheme, bits, _), by_class in zip(grid.direct_methods(profile), found, strict=True):
            rows.append((scheme, bits, number, float(np.mean(list(by_class.values())))))
    return pd.DataFrame(rows, columns=["scheme", "bits", "world", "map"])


def detected(kind: str, profile: str, seed: int, label: str) -> list[Any]:
    """One row of `detection_average_precision` a world, of one class."""
    rows = []
    for world in grid.worlds(profile, seed):
        tables = read_detections(run(kind, profile, world).folder / "fine_tuned.test.npz")
        found = detection_average_precision(*(table[table["label"] == label] for table in tables))
        rows.append(found.iloc[0])
    return rows


def envelope(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """Largest precision at each of `RECALLS` or more, 0 where that recall is not reached."""
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return best[np.searchsorted(recall, RECALLS)]


def run(kind: str, profile: str, world: int) -> Run:
    """The stored run of a network of one world."""
    return load_or_run(grid.training(profile, world) if kind == "base" else grid.tuned(profile, world, kind))


def _average_precisions(kind: str, profile: str, seed: int) -> list[dict[str, float]]:
    """By class, in each world."""
    runs = [run(kind, profile, world) for world in grid.worlds(profile, seed)]
    return [run.result["test"]["average_precision"] for run in runs]
