"""Models: frozen dataclasses whose `build()` returns a `keras.Model`. Keras is imported there, not here."""

from compactvid.models.circulant import Circulant
from compactvid.models.circulant_network import CirculantNetwork
from compactvid.models.frame_level_classifier import FrameLevelClassifier
from compactvid.models.gated_netvlad import GatedNetVLAD
from compactvid.models.linear_maps import LowRank, TensorTrain
from compactvid.models.tiny_yolov2 import TinyYOLOv2
from compactvid.models.video_level_mixture import VideoLevelMixture
from compactvid.models.video_rnn import VideoRNN

__all__ = [
    "Circulant",
    "CirculantNetwork",
    "FrameLevelClassifier",
    "GatedNetVLAD",
    "LowRank",
    "TensorTrain",
    "TinyYOLOv2",
    "VideoLevelMixture",
    "VideoRNN",
]
