"""Quantised frame features: how long videos are, how much frames resemble their neighbours, what clipping took."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets.statistics.power_law import power_law_exponent

STEP = 4 / 255
"""One step of uint8 in dequantised units."""


@dataclass(frozen=True)
class FrameStatistics:
    """`frame_statistics` of one feature of one split.

    Parameters
    ----------
    dataset
        A data set configuration whose `read` takes `dequantized=False`.
    feature
        Its name, such as `rgb`.
    split
        Which of its splits.
    lags
        Autocorrelations at 1, ..., `lags` frames.
    """

    dataset: Any
    feature: str
    split: str = "train"
    lags: int = 5

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Read the split once; nothing is written to `folder`."""
        batches = self.dataset.read(self.dataset.prepare(data_folder), self.split, dequantized=False)
        return frame_statistics(
            ((inputs[self.feature], inputs["num_frames"]) for inputs, _ in batches), max_lag=self.lags
        )


def frame_statistics(batches: Iterable[tuple[np.ndarray, np.ndarray]], *, max_lag: int = 5) -> dict[str, Any]:
    """Sum over all frames of all videos.

    Parameters
    ----------
    batches : iterable of (ndarray, ndarray)
        Frames, uint8 (batch, frames, features), padded at the end, and the number of frames (batch,).
    max_lag : int
        The largest distance of two frames.

    Returns
    -------
    dict
        ``videos``, ``frames``; ``num_frames``: videos by their number of frames from 0 on; ``standard_deviations``
        (features,), dequantised; ``spectrum_exponent``, the e of variance falling as k^-e over the components that
        vary; ``autocorrelation`` at lags 1 to `max_lag`, None where no video is long enough: the mean over components
        that vary of the covariance of two frames of a video at that lag, each less the component's mean over all
        frames, over the component's variance; ``clipped_low`` and ``clipped_high``: shares of values that are 0
        and 255; ``first_component_clipped``: both, for component 1 alone; ``histogram``: count of each value, 0 to 255.

    Raises
    ------
    ValueError
        No frame, or fewer than two components that vary.
    """
    sums = None
    for frames, num_frames in batches:
        found = _sums(frames, num_frames, max_lag)
        sums = found if sums is None else _add(sums, found)
    if sums is None or not sums["count"]:
        raise ValueError("frame statistics need at least one frame")
    count, mean = sums["count"], sums["sum"] / sums["count"]
    variance = sums["square"] / count - mean**2
    varies = variance > 0
    correlations: list[float | None] = []
    for lag in range(1, max_lag + 1):
        pairs = sums["pairs"][lag - 1]
        if not pairs:
            correlations.append(None)
            continue
        covariance = (sums["product"][lag - 1] - mean * sums["either"][lag - 1]) / pairs + mean**2
        correlations.append(float((covariance[varies] / variance[varies]).mean()))
    histogram, first = sums["histogram"], sums["first"]
    return {
        "videos": int(sums["num_frames"].sum()),
        "frames": int(count),
        "num_frames": sums["num_frames"].tolist(),
        "standard_deviations": (STEP * np.sqrt(variance)).tolist(),
        "spectrum_exponent": power_law_exponent(variance[varies]),
        "autocorrelation": correlations,
        "clipped_low": float(histogram[0] / histogram.sum()),
        "clipped_high": float(histogram[255] / histogram.sum()),
        "first_component_clipped": float((first[0] + first[255]) / count),
        "histogram": histogram.tolist(),
    }


def _sums(frames: np.ndarray, num_frames: np.ndarray, max_lag: int) -> dict[str, Any]:
    """Sums of whole numbers, exact in float64."""
    real = np.arange(frames.shape[1]) < num_frames[:, np.newaxis]  # (batch, frames)
    values = np.where(real[:, :, np.newaxis], frames, 0).astype(np.float64)
    pairs, product, either = np.zeros(max_lag), [], []
    for lag in range(1, max_lag + 1):
        both = real[:, lag:]  # a frame is there, and so is the one `lag` before it
        earlier = values[:, : max(0, values.shape[1] - lag)] * both[:, :, np.newaxis]
        later = values[:, lag:]
        pairs[lag - 1] = both.sum()
        product.append(np.einsum("bfk,bfk->k", earlier, later))
        either.append(earlier.sum(axis=(0, 1)) + later.sum(axis=(0, 1)))
    kept = frames[real]
    return {
        "count": real.sum(),
        "sum": values.sum(axis=(0, 1)),
        "square": np.einsum("bfk,bfk->k", values, values),
        "num_frames": np.bincount(num_frames, minlength=frames.shape[1] + 1),
        "pairs": pairs,
        "product": np.array(product),
        "either": np.array(either),
        "histogram": np.bincount(kept.ravel(), minlength=256),
        "first": np.bincount(kept[:, 0], minlength=256),
    }


def _add(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: one[name] + other[name] for name in one}
