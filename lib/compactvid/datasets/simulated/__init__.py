"""Simulated worlds, written as the official files, so that the official readers read them."""

from compactvid.datasets.simulated.shards import write_frame_level, write_video_level
from compactvid.datasets.simulated.video import SimulatedVideo
from compactvid.datasets.simulated.video_world import VideoWorld

__all__ = ["SimulatedVideo", "VideoWorld", "write_frame_level", "write_video_level"]
