"""Curves of precision over recall of the detectors of the grid, mean over the worlds, and the areas below them."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from compactvid.experiments import detection_scores as scored
from compactvid.experiments.intervals import mean_and_half_width


def curves(labels: Iterable[str], networks: Mapping[str, str], profile: str, seed: int) -> pd.DataFrame:
    """Largest precision at a recall or more, mean over the worlds.

    Parameters
    ----------
    labels
        The classes: a panel each.
    networks
        Kind, as in `compactvid.experiments.detection_scores`, and how the page calls it.

    Returns
    -------
    pandas.DataFrame
        Columns panel, network, recall, precision and precision_spread.
    """
    rows = []
    for label in labels:
        for kind, network in networks.items():
            worlds = [
                scored.envelope(found["precision"], found["recall"])
                for found in scored.detected(kind, profile, seed, label)
            ]
            for recall, values in zip(scored.RECALLS, np.transpose(worlds), strict=True):
                rows.append((label, network, recall, *mean_and_half_width(values)))
    return pd.DataFrame(rows, columns=["panel", "network", "recall", "precision", "precision_spread"])


def precision_is_area(labels: Iterable[str], kinds: Iterable[str], profile: str, seed: int) -> bool:
    """Whether each average precision is the area under its curve, made falling, added up step by step."""
    kinds = list(kinds)
    for label in labels:
        for found in (row for kind in kinds for row in scored.detected(kind, profile, seed, label)):
            highest, area, reached = 0.0, 0.0, [*found["recall"]]
            for step in reversed(range(len(reached))):
                highest = max(highest, found["precision"][step])
                area += highest * (reached[step] - (reached[step - 1] if step else 0.0))
            if not math.isclose(area, found["average_precision"], rel_tol=1e-9, abs_tol=1e-12):
                return False
    return True


def described(curves: pd.DataFrame) -> str:
    """What a figure of the curves shows, in words."""
    halves = curves[np.isclose(curves["recall"], 0.5)]
    return "Precision at a recall of one half: " + "; ".join(
        f"{row.panel}, {row.network} {row.precision:.2f} ± {row.precision_spread:.2f}" for row in halves.itertuples()
    )
