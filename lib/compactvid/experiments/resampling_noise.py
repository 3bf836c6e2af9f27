"""How far apart two ensembles must be for a set of so many videos to tell them apart."""

from collections.abc import Sequence

import numpy as np

from compactvid.metrics import ResampledGlobalAveragePrecision


def gap_covariance(
    labels: np.ndarray, scores: Sequence[np.ndarray], *, videos: int, resamples: int, seed: int
) -> np.ndarray:
    """Covariance of several models' GAP over re-drawn sets of videos, the same videos for all models.

    The videos are drawn with replacement. Where more are drawn than there are, the videos stand for the population, and
    the answer is how much a set of that size would vary if it came from it.

    Parameters
    ----------
    labels
        (videos, classes), 0 or 1.
    scores
        Of each model, (videos, classes).
    videos
        How many are drawn.
    resamples
        How many sets are drawn; a standard deviation is told to a share of 1 / sqrt(2 resamples).
    seed
        Of the draws.

    Returns
    -------
    numpy.ndarray
        (models, models), in squared GAP.
    """
    metrics = [ResampledGlobalAveragePrecision(labels, model) for model in scores]
    available = len(labels)
    drawn = np.random.default_rng(seed).multinomial(videos, np.full(available, 1 / available), size=resamples)
    return np.cov([[metric(counts) for counts in drawn] for metric in metrics])


def difference_noise(covariance: np.ndarray) -> np.ndarray:
    """Standard deviation of the difference of each two models, (models, models), from their covariance."""
    variance = np.diag(covariance)
    return np.sqrt(np.maximum(variance[:, np.newaxis] + variance - 2 * covariance, 0))
