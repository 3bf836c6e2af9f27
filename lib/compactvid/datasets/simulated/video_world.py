"""A simulated world of videos: topics, co-occurring labels, and evidence that is seen in some frames only."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from compactvid.datasets.simulated.fields import check_order, check_ranges
from compactvid.datasets.simulated.labels import LabelModel
from compactvid.datasets.simulated.splits import SPLITS, Split, first_items, stream
from compactvid.datasets.simulated.video import SimulatedVideo, quantize

_RANGES = {
    "labels_per_video": (1, 1000),
    "label_exponent": (0, 10),
    "evidence_strength": (0, 1000),
    "outlier_scale": (0, 1000),
    "spectrum_exponent": (0, 10),
    "feature_std": (0, 1000),
    "seed": (0, math.inf),
}


class _Geometry(NamedTuple):
    scale: np.ndarray  # (components,): rgb before audio, as in the next two
    background: np.ndarray  # (topics, components)
    evidence: np.ndarray  # (classes, components)


@dataclass(frozen=True)
class VideoWorld:
    """Frame-level features of a simulated world of videos, quantised to uint8 as YouTube-8M's are.

    Component k of frame f of a video of topic t is, before quantisation,

        s[k] * (background[t, k] + offset[k] + noise[f, k] + sum over the classes c seen in f of evidence[c, k])

    with Gaussian vectors throughout: one background a topic and one evidence a class (the geometry, drawn from the
    seed), one offset a video, and noise that is a first-order autoregression over frames. The first three terms
    together have unit variance. rgb and audio share topic, labels, outliers and the frames in which a class is seen.
    A video is a pure function of the fields, its split and its index.

    The parameters were chosen once; none was fitted to a claim of a paper. "Real" below means measured on YouTube-8M's
    video-level validation shards (14,547 videos) or on AudioSet's balanced training split (22,160 clips, a frame a
    second).

    Parameters
    ----------
    num_classes, num_topics : int
        60 and 12. Enough classes to make ranking 20 of them a task, few enough that the rarest has positives among
        2,500 videos. Each class has one topic as its home; homes are dealt out evenly, at random.
    rgb_size, audio_size : int
        64 + 16 components: a fifteenth of YouTube-8M's 1024 + 128, audio still the smaller part.
    min_frames, max_frames : int
        16 to 24 frames a video, uniformly, so that padding is always at work.
    labels_per_video : float
        Expected number of classes that a video shows, before some are dropped (real annotations: 3.02 a video).
        1 + Poisson labels are drawn and repeated ones merged; the Poisson mean is solved for.
    label_exponent : float
        A label draw gives class c, from 0, with probability proportional to (c + 1)^-label_exponent (Zipf), so that
        indices are ordered by frequency as in the official vocabulary (real: 0.88 over 60 classes, 0.99 over 300).
    topic_coherence : float
        Probability that a label is drawn from the classes of the video's topic instead of all. Real pairs of labels
        share one of 25 "verticals" in 37 % of cases, 15 % by chance: a coherence of 0.5.
    dropped_label_share : float
        Probability that a shown class is not annotated. If all of a video's would be dropped none is: no real video
        lacks labels.
    evidence_share : float
        Length of the contiguous run of frames, at a random place for each class, in which the class is seen, as a
        share of the video's frames (rounded, at least one frame).
    evidence_strength : float
        Length of a class's evidence in a frame, in standard deviations of frames without any, root mean square over
        classes, all components together; so it means the same for any number of components. With 5, ridge regression
        on a video's mean features stands midway between label frequencies alone and the truth
        (GAP@20 0.55 between 0.20 and 0.91; five worlds, 3,000 training videos each).
    background_share, offset_share : float
        Shares of the variance that topic and video determine; frame noise has the rest. Their sum, 0.4, is the
        autocorrelation that real frames keep after some seconds (0.44 at 3 s, 0.40 at 5 s).
    noise_autocorrelation : float
        Correlation of successive frames' noise. With 0.3, frames have autocorrelations of 0.50, 0.38, 0.32 at lags of
        1, 2 and 3, outliers and evidence included (real audio: 0.53, 0.47, 0.44).
    outlier_share, outlier_scale : float
        Share of frames (titles, cuts, black frames) that are replaced by independent noise, and its standard deviation:
        twice a frame's, so that they sway a mean.
    spectrum_exponent : float
        The variance of component k, from 1, falls as k^-spectrum_exponent in each modality, as a PCA's components do
        (real means over a video: 0.21 over 1,024 components; 64 stand for them here).
    feature_std : float
        Standard deviation of the first components, away from evidence and outliers. With 1, the largest deviation of
        means over a video is about 0.6 (real: 0.65 to 0.77 in the first 8 components of rgb) and 1 % of values of rgb,
        9 % of its first component, are clipped (real audio, which is whitened: 18 %).
    seed : int
        A new seed is a new world: other geometry and other videos.

    Raises
    ------
    ValueError
        A field is out of its range; the message names it.

    Examples
    --------
    >>> world = VideoWorld(seed=1)
    >>> next(world.videos("train", 4000)).id
    'train-000000'
    """

    num_classes: int = 60
    num_topics: int = 12
    rgb_size: int = 64
    audio_size: int = 16
    min_frames: int = 16
    max_frames: int = 24
    labels_per_video: float = 3.0
    label_exponent: float = 1.0
    topic_coherence: float = 0.5
    dropped_label_share: float = 0.1
    evidence_share: float = 0.2
    evidence_strength: float = 5.0
    background_share: float = 0.2
    offset_share: float = 0.2
    noise_autocorrelation: float = 0.3
    outlier_share: float = 0.05
    outlier_scale: float = 2.0
    spectrum_exponent: float = 0.35
    feature_std: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_ranges(self, _RANGES)
        check_order(self, ("min_frames", "max_frames"), ("num_topics", "num_classes"))
        if self.background_share + self.offset_share > 1:
            raise ValueError(
                f"background_share + offset_share must be at most 1, got {self.background_share} + {self.offset_share}"
            )
        _ = self._labels  # refuses more labels than a video can show

    def videos(self, split: Split, count: int) -> Iterator[SimulatedVideo]:
        """The first `count` videos of a split, with their truth; video i is the same whatever `count` is.

        Raises
        ------
        ValueError
            `split` is not one of "train", "validate" and "test", or `count` is negative.
        """
        return first_items(self._video, split, count)

    @cached_property
    def _labels(self) -> LabelModel:
        home = stream(self.seed, 0).permutation(self.num_classes) % self.num_topics
        return LabelModel(home, self.label_exponent, self.topic_coherence, self.labels_per_video)

    @cached_property
    def _geometry(self) -> _Geometry:
        rng = stream(self.seed, 1)
        spectrum = [
            np.arange(1, size + 1) ** (-self.spectrum_exponent / 2) for size in (self.rgb_size, self.audio_size)
        ]
        scale = self.feature_std * np.concatenate(spectrum)
        background = math.sqrt(self.background_share) * rng.standard_normal((self.num_topics, scale.size))
        evidence = self.evidence_strength / math.sqrt(scale.size) * rng.standard_normal((self.num_classes, scale.size))
        return _Geometry(scale.astype(np.float32), background.astype(np.float32), evidence.astype(np.float32))

    def _video(self, split: Split, index: int) -> SimulatedVideo:
        world, rng = self._geometry, stream(self.seed, 2 + SPLITS.index(split), index)
        topic, shown = self._labels.draw(rng)
        kept = rng.random(shown.size) >= self.dropped_label_share

        frames = int(rng.integers(self.min_frames, self.max_frames, endpoint=True))
        run = max(1, round(self.evidence_share * frames))
        starts = rng.integers(0, frames - run, size=shown.size, endpoint=True)
        outliers = rng.random(frames) < self.outlier_share
        since_start = np.arange(frames)[:, np.newaxis] - starts  # (frames, shown classes)
        evidence = (since_start >= 0) & (since_start < run) & ~outliers[:, np.newaxis]

        offset = rng.standard_normal(world.scale.size, dtype=np.float32)
        noise = rng.standard_normal((frames, world.scale.size), dtype=np.float32)
        innovation = math.sqrt(1 - self.noise_autocorrelation**2)
        for frame in range(1, frames):
            noise[frame] = self.noise_autocorrelation * noise[frame - 1] + innovation * noise[frame]
        still = world.background[topic] + math.sqrt(self.offset_share) * offset
        features = still + math.sqrt(max(0.0, 1 - self.background_share - self.offset_share)) * noise
        features += evidence.astype(np.float32) @ world.evidence[shown]
        features[outliers] = self.outlier_scale * rng.standard_normal(
            (int(outliers.sum()), world.scale.size), np.float32
        )

        quantized = quantize(features * world.scale)
        return SimulatedVideo(
            id=f"{split}-{index:06d}",
            labels=shown[kept] if kept.any() else shown,
            rgb=quantized[:, : self.rgb_size],
            audio=quantized[:, self.rgb_size :],
            topic=topic,
            shown_classes=shown,
            evidence=evidence,
            outliers=outliers,
        )
