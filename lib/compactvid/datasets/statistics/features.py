"""The spectrum of feature vectors: how the components' standard deviation falls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.statistics.power_law import power_law_exponent


@dataclass(frozen=True)
class FeatureStatistics:
    """`feature_statistics` of one feature of one split.

    Parameters
    ----------
    dataset
        A data set configuration with one vector a video.
    feature
        Its name, such as `mean_rgb`.
    split
        Which of its splits.
    """

    dataset: Any
    feature: str
    split: str = "train"

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Read the split once; nothing is written to `folder`."""
        batches = self.dataset.read(self.dataset.prepare(data_folder), self.split)
        return feature_statistics(inputs[self.feature] for inputs, _ in batches)


def feature_statistics(batches: Iterable[np.ndarray]) -> dict[str, Any]:
    """Standard deviations over all vectors.

    Parameters
    ----------
    batches : iterable of ndarray
        (batch, features), finite.

    Returns
    -------
    dict
        ``vectors``, ``minimum``, ``maximum``, ``standard_deviations`` (features,) and ``spectrum_exponent``, the e of
        variance falling as k^-e over the components that vary.

    Raises
    ------
    ValueError
        Fewer than two vectors, or fewer than two components that vary.
    """
    vectors = np.concatenate([np.asarray(batch, np.float64) for batch in batches])
    if len(vectors) < 2:
        raise ValueError(f"feature statistics need at least 2 vectors, got {len(vectors)}")
    deviations = vectors.std(axis=0)
    return {
        "vectors": len(vectors),
        "minimum": float(vectors.min()),
        "maximum": float(vectors.max()),
        "standard_deviations": deviations.tolist(),
        "spectrum_exponent": power_law_exponent(deviations[deviations > 0] ** 2),
    }
