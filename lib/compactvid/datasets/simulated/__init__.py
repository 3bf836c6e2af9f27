"""Simulated worlds, written as the official files, so that the official readers read them."""

from compactvid.datasets.simulated.clip_files import write_clips
from compactvid.datasets.simulated.clip_world import ClipWorld, SimulatedClip
from compactvid.datasets.simulated.scene_files import write_scenes
from compactvid.datasets.simulated.scene_world import SceneWorld, SimulatedScene
from compactvid.datasets.simulated.shards import write_frame_level, write_video_level
from compactvid.datasets.simulated.video import SimulatedVideo
from compactvid.datasets.simulated.video_world import VideoWorld

__all__ = [
    "ClipWorld",
    "SceneWorld",
    "SimulatedClip",
    "SimulatedScene",
    "SimulatedVideo",
    "VideoWorld",
    "write_clips",
    "write_frame_level",
    "write_scenes",
    "write_video_level",
]
