"""Pascal VOC: objects of real annotated images."""

from compactvid.datasets.statistics.scenes import SceneStatistics
from compactvid.datasets.voc_folder import VocFolder
from compactvid.experiments.real_statistics import RealPage
from compactvid.experiments.statistics import scene_statistics

PROFILES = dict.fromkeys(("smoke", "small", "real"), VocFolder())
"""All of the sample's images at each profile: they are few."""
NAMES = {
    "images": ("images", ",.0f"),
    "objects": ("objects", ",.0f"),
    "objects_an_image": ("objects an image, mean", ".2f"),
    "images_with_1_to_4": ("share of images with 1 to 4 objects", ".0%"),
    "median_area_share": ("median share of the image that a box covers", ".1%"),
    "median_aspect_ratio": ("median ratio of a box's width and height", ".2f"),
    "difficult": ("share of objects marked difficult", ".1%"),
    "truncated": ("share of objects marked truncated", ".1%"),
}

_PAGE = RealPage(
    "data_voc",
    "voc",
    dataset=lambda profile, seed: PROFILES[profile],
    files=lambda profile: "real Pascal VOC 2007 images, a sample",
    configs=lambda folder: [SceneStatistics(folder, "all")],
    summarise=scene_statistics,
)
runs, data, statistics = _PAGE.runs, _PAGE.data, _PAGE.statistics
