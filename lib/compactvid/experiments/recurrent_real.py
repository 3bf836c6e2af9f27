"""The action classifiers of Cheng et al. 2018 on real clips, at the paper's size: 160 x 120 pixels, 256 units and all.

Clips are those of the data folder, whose groups are dealt into splits anew in each draw. The paper says how many clips
it had (1,600) and nothing of groups. Networks on features need a detector of everyday objects: tiny-YOLOv2 as published
for Pascal VOC (``compactvid data fetch tiny_yolov2_voc``), in 8 bits by the paper's Eqs. 1 and 2 without further
training, at 608 x 608 pixels. It has 19 x 19 x 125 outputs, so that the tensor train has 3,152 weights and not 3,920,
which need a detector of 80 classes. Without its weights, networks on frames alone are trained.

Nobody could choose learning rates here, without such clips; they are those of the scaled networks. The plain network
has 59 million weights in its input map, and keeps a checkpoint of 236 MB an epoch while it trains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from compactvid.compression.darknet_detector import DarknetDetector
from compactvid.datasets.clip_splits import ClipSplits
from compactvid.datasets.detector_on_clips import DetectorOnClips
from compactvid.experiments import detection_grid, recurrent_counts
from compactvid.models import TinyYOLOv2, VideoRNN

DETECTOR = TinyYOLOv2(input_size=(608, 608))
ON_FEATURES = recurrent_counts.MODELS["DEEPEYE on VOC features"]


def cells(scaled: Mapping[str, VideoRNN], class_names: Sequence[str]) -> dict[str, VideoRNN]:
    """Networks as the scaled ones, at the paper's size: those on frames, and on features where weights are there."""
    found = {}
    for name, model in scaled.items():
        if model.pixels or DetectorOnClips.present():
            size = recurrent_counts.ON_FRAMES if model.pixels else ON_FEATURES
            found[name] = replace(
                size,
                input_map=size.input_map if model.input_map else None,
                dropout=model.dropout,
                recurrent_dropout=model.recurrent_dropout,
                num_classes=len(class_names),
            )
    return found


def detector(clips: ClipSplits) -> DarknetDetector:
    """The published detector in 8 bits, for some clips."""
    return DarknetDetector(DETECTOR, DetectorOnClips(clips), detection_grid.Q_YOLO)
