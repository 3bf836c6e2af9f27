"""Pascal VOC: objects of real annotated images."""

from compactvid.datasets.statistics.scenes import SceneStatistics
from compactvid.datasets.voc_folder import VocFolder
from compactvid.experiments.real_statistics import RealStatistics, real_statistics, recorded_origin
from compactvid.experiments.statistics import scene_statistics
from compactvid.runs import load_or_run

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


def runs(profile: str, seed: int) -> dict[str, list]:
    """Scene statistics; nothing where the data folder holds no annotation."""
    folder = PROFILES[profile]
    return {"statistics": [SceneStatistics(folder, "all")]} if folder.present() else {}


def data(profile: str, seed: int) -> str:
    """Which real images the statistics are of."""
    return _files(profile) or recorded_origin("data_voc")


def statistics(profile: str, seed: int) -> RealStatistics:
    """Numbers under the keys of `NAMES`, and the frames of `scene_statistics`."""
    return real_statistics(
        "data_voc",
        "voc",
        profile,
        _files(profile),
        lambda: scene_statistics(load_or_run(runs(profile, seed)["statistics"][0]).result),
    )


def _files(profile: str) -> str | None:
    return "real Pascal VOC 2007 images, a sample" if PROFILES[profile].present() else None
