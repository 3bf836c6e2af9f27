"""What else could decide a comparison of circulant models: starts of diagonals, learning rates, length of training.

Fixed before any of it was run. Both models of a comparison are varied alike, in the first two worlds of a profile;
where a diagonal starts is no matter of a model that learns none. Two worlds decide nothing: they show how far a
difference could move.
"""

from dataclasses import dataclass, replace
from typing import Any

from compactvid.experiments import circulant_grid as grid
from compactvid.models import CirculantNetwork
from compactvid.training import TrainingRun

WORLDS = 2
PROFILES = ("full", "real")
"""Where anything is varied; other profiles show what these recorded."""
PARTS = ("projection", "fully_connected", "mixture")


@dataclass(frozen=True)
class Variation:
    """What is different, in words, where learned diagonals start, and the factors of learning rate and epochs."""

    words: str
    diagonal_initializer: str = "normal"
    learning_rate: float = 1.0
    epochs: int = 1


VARIATIONS = {
    "as_tested": Variation("as tested"),
    "ones": Variation("start at ones", diagonal_initializer="ones"),
    "signs": Variation("start at ±1", diagonal_initializer="signs"),
    "half_rate": Variation("half the rate", learning_rate=0.5),
    "double_rate": Variation("twice the rate", learning_rate=2.0),
    "longer": Variation("twice the epochs", epochs=2),
}


def draws(profile: str, seed: int, variation: str | None) -> range:
    """The worlds of a variation, a key of `VARIATIONS`; all of the profile where it is None."""
    every = grid.draws(profile, seed)
    return every if variation is None else every[:WORLDS]


def about(profile: str) -> dict[str, Any]:
    """What results of variations are recorded with: how many seeds, and the data of these alone."""
    return {"seeds": WORLDS, "data": grid.drawn_data(profile, WORLDS)}


def varied(training: TrainingRun, variation: str | None) -> TrainingRun:
    """The training under a variation; the same where it is None, or changes nothing about this model."""
    if variation is None:
        return training
    found = VARIATIONS[variation]
    return replace(
        training,
        model=_started(training.model, found.diagonal_initializer),
        learning_rate=found.learning_rate * training.learning_rate,
        epochs=found.epochs * training.epochs,
    )


def _started(model: CirculantNetwork, diagonal_initializer: str) -> CirculantNetwork:
    parts = {name: getattr(model, name) for name in PARTS}
    started: dict[str, Any] = {
        name: replace(part, diagonal_initializer=diagonal_initializer)
        for name, part in parts.items()
        if part is not None and part.diagonal == "learned"
    }
    return replace(model, **started)
