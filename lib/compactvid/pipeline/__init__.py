"""Video comprehension as an online program: a clip, its frames, Q-YOLO, T-RNN, boxes and an action.

It takes files and arrays; which networks were trained, and where they lie, is not its business.
"""

from compactvid.pipeline.clip_action import ClipAction
from compactvid.pipeline.detector import OnlineDetector
from compactvid.pipeline.frame import Frame
from compactvid.pipeline.recogniser import OnlineRecogniser
from compactvid.pipeline.stages import STAGES, Stage, StageTimes
from compactvid.pipeline.watcher import StageError, Watcher

__all__ = [
    "STAGES",
    "ClipAction",
    "Frame",
    "OnlineDetector",
    "OnlineRecogniser",
    "Stage",
    "StageError",
    "StageTimes",
    "Watcher",
]
