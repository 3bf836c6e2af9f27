"""The stages of the online program, in their order, and how long each is at work."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Stage:
    """A stage of `compactvid.pipeline.Watcher`.

    Parameters
    ----------
    name
        What it does, in a word.
    does
        In some more.
    takes, gives
        Fields of `compactvid.pipeline.Frame` that it reads and fills.
    """

    name: str
    does: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


STAGES = (
    Stage("decode", "decode, scale", (), ("picture", "scaled")),
    Stage("detect", "Q-YOLO in 8 bits", ("scaled",), ("features",)),
    Stage("locate", "non-max suppression", ("features",), ("boxes",)),
    Stage("recognise", "T-RNN, latest six", ("features",), ("probabilities",)),
    Stage("draw", "draw, encode", ("picture", "boxes", "probabilities"), ("drawn",)),
)
"""Cheng et al. 2018, section 4 and Fig. 6: from a clip to boxes and an action, in the order in which a frame goes
through them. `draw` is left out where nobody asks for a video."""

LATEST = 10_000
"""Of how many times of a stage the median is taken: however long a clip is, no more are kept."""


class StageTimes:
    """How long stages were at work.

    Processor time of the stage's own thread: what it waits for its neighbours, for Python's lock, or for other programs
    does not count. Decoder, interpreter and encoder are asked for one thread each, which is the stage's.

    Parameters
    ----------
    names
        Of the stages, in their order.
    """

    def __init__(self, names: Iterable[str]):
        self._latest: dict[str, deque[float]] = {name: deque(maxlen=LATEST) for name in names}
        self._count = dict.fromkeys(self._latest, 0)
        self._total = dict.fromkeys(self._latest, 0.0)
        self._start = perf_counter()

    def add(self, name: str, seconds: float) -> None:
        """Add a time that a stage was at work."""
        self._latest[name].append(seconds)
        self._count[name] += 1
        self._total[name] += seconds

    @property
    def elapsed(self) -> float:
        """Seconds on the clock since this was made."""
        return perf_counter() - self._start

    def table(self) -> pd.DataFrame:
        """One row a stage that was at work: stage, times, median_ms (of the `LATEST`), total_s."""
        return pd.DataFrame(
            [
                (name, self._count[name], 1e3 * float(np.median(list(seconds))), self._total[name])
                for name, seconds in self._latest.items()
                if seconds
            ],
            columns=["stage", "times", "median_ms", "total_s"],
        )
