"""The trained networks of the online program: those of the first world of `recurrent_grid`, the proposed ones."""

from typing import Any

from compactvid.compression.action_training import ActionTraining
from compactvid.compression.eight_bit_detector import FILE, EightBitDetector
from compactvid.experiments import detection_grid
from compactvid.experiments import recurrent_grid as grid
from compactvid.pipeline import OnlineDetector, OnlineRecogniser
from compactvid.pipeline.online_agreement import OnlineAgreement
from compactvid.runs import identify, load_or_run
from compactvid.runs.config import short
from compactvid.runs.store import with_required

PROFILES = grid.SIMULATED
WATCHED = {"smoke": 7, "small": 28, "full": 280}
"""Clips of the test split that the program is tried on: as many of each action."""


def recurrent(profile: str, seed: int) -> ActionTraining:
    """The training of the T-RNN on what Q-YOLO gives."""
    return grid.training("T-RNN on features", profile, grid.worlds(profile, seed)[0])


def detector(profile: str, seed: int) -> EightBitDetector:
    """The file of that Q-YOLO in 8 bits."""
    return EightBitDetector(detection_grid.tuned(profile, grid.worlds(profile, seed)[0], "Q-YOLO"))


def agreement(profile: str, seed: int) -> OnlineAgreement:
    """The program on clips of the test split, against its parts."""
    return OnlineAgreement(recurrent(profile, seed), detector(profile, seed), WATCHED[profile])


def missing(profile: str, seed: int) -> list[str]:
    """The runs that the networks need and the store has not, in a line each, the first to be run first.

    Raises
    ------
    ValueError
        Unknown profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; valid profiles are {', '.join(PROFILES)}")
    wanted: dict[str, Any] = {}
    for config in (recurrent(profile, seed), detector(profile, seed)):
        wanted |= {identify(each).name: each for each in reversed(with_required(config))}
    return [f"{name}  {short(each)}" for name, each in wanted.items() if not identify(each).folder.is_dir()]


def networks(profile: str, seed: int) -> tuple[OnlineDetector, OnlineRecogniser]:
    """Both networks, trained; what is missing is run first.

    Raises
    ------
    ValueError, StoreError
        As of `load_or_run`.
    """
    training, file = recurrent(profile, seed), detector(profile, seed)
    trained, kept, exported = (load_or_run(config) for config in (training, training.tensors, file))
    return (
        OnlineDetector(exported.folder / FILE, file.tuning.base.training.model, file.dataset.class_names),
        OnlineRecogniser(
            training.training.model,
            trained.folder / "best.weights.h5",
            training.dataset.world.class_names,
            mean=kept.result["mean"],
            deviation=kept.result["deviation"],
        ),
    )
