"""The published part of tiny-YOLOv2's weights, where the data folder holds it."""

from dataclasses import dataclass

from compactvid.datasets.real_files import RealFiles


@dataclass(frozen=True)
class FoldedWeights(RealFiles):
    """All raw files of a folder, see `compactvid.datasets.darknet_folded`, as split `all`."""

    pattern = "tiny_yolov2_partial/conv*.bin"
