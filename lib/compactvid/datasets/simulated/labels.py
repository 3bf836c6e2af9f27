"""Topics, and labels that co-occur within them with Zipf frequencies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_MAX_EXTRA_DRAWS = 1e4


@dataclass(frozen=True, eq=False)
class LabelModel:
    """The distribution of a video's topic and classes; the parameters are those of `VideoWorld`.

    A topic is drawn in proportion to the Zipf weight of the classes at home in it, then 1 + Poisson labels, each from
    the topic's classes with probability `coherence`, else from all: any one draw is of class c with its Zipf
    probability. Repeated labels are merged.

    Parameters
    ----------
    home : ndarray
        int, (classes,): each class's topic; every topic from 0 to the largest has a class.
    exponent, coherence, labels_per_video : float

    Raises
    ------
    ValueError
        `labels_per_video` is more than videos can show.
    """

    home: np.ndarray
    exponent: float
    coherence: float
    labels_per_video: float

    def __post_init__(self) -> None:
        if (spare := self._excess(_MAX_EXTRA_DRAWS)) < 0:
            raise ValueError(
                f"labels_per_video must be at most {spare + self.labels_per_video:.2f} in a world of "
                f"{self.home.size} classes and {self._topics.size} topics, got {self.labels_per_video}"
            )

    def draw(self, rng: np.random.Generator) -> tuple[int, np.ndarray]:
        """A topic, and the classes of one of its videos: distinct, ascending, at least one."""
        topic = int(np.searchsorted(self._topic_cdf, rng.random(), side="right"))
        draws = rng.random(1 + rng.poisson(self.mean_extra_draws))
        return topic, np.unique(np.searchsorted(self._class_cdf[topic], draws, side="right"))

    @cached_property
    def mean_extra_draws(self) -> float:
        """Poisson mean at which `labels_per_video` distinct classes are expected."""
        low, high = 0.0, _MAX_EXTRA_DRAWS
        for _ in range(80):  # bisection down to neighbouring floats: importing SciPy's costs more than all of this
            middle = (low + high) / 2
            low, high = (middle, high) if self._excess(middle) < 0 else (low, middle)
        return low

    def _excess(self, mean: float) -> float:
        """Distinct classes that are expected beyond `labels_per_video`, at a Poisson mean of extra draws."""
        # 1 + Poisson(mean) draws miss a class of probability p with probability (1 - p) exp(-mean p).
        missed_native, missed_foreign = ((1 - p) * np.exp(-mean * p) for p in (self._native, self._foreign))
        at_home = self._topics[self.home]
        return float(np.sum(1 - at_home * missed_native - (1 - at_home) * missed_foreign)) - self.labels_per_video

    @cached_property
    def _zipf(self) -> np.ndarray:
        weights = np.arange(1, self.home.size + 1) ** -float(self.exponent)
        return weights / weights.sum()

    @cached_property
    def _topics(self) -> np.ndarray:
        return np.bincount(self.home, weights=self._zipf)

    @cached_property
    def _foreign(self) -> np.ndarray:
        """(classes,): probability of one draw in a video of another topic."""
        return (1 - self.coherence) * self._zipf

    @cached_property
    def _native(self) -> np.ndarray:
        """(classes,): probability of one draw in a video of the class's home topic."""
        return self._foreign + self.coherence * self._zipf / self._topics[self.home]

    @cached_property
    def _topic_cdf(self) -> np.ndarray:
        return _cumulative(self._topics)

    @cached_property
    def _class_cdf(self) -> np.ndarray:
        at_home = self.home == np.arange(self._topics.size)[:, np.newaxis]  # (topics, classes)
        return _cumulative(np.where(at_home, self._native, self._foreign))


def _cumulative(probabilities: np.ndarray) -> np.ndarray:
    """Cumulative sums along the last axis, the last one exactly 1, for inversion by `searchsorted`."""
    sums = probabilities.cumsum(axis=-1)
    return sums / sums[..., -1:]
