"""Simulated train, validation and test splits, written as official files and read back by the official readers."""

from compactvid.datasets.simulated_splits.clips import SimulatedClips
from compactvid.datasets.simulated_splits.scenes import SimulatedScenes
from compactvid.datasets.simulated_splits.videos import SimulatedFrameLevel, SimulatedVideoLevel

__all__ = ["SimulatedClips", "SimulatedFrameLevel", "SimulatedScenes", "SimulatedVideoLevel"]
