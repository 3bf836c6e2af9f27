"""UCF11's layout and format, and what real clips of that format look like."""

from compactvid.datasets.clip_folder import ClipFolder
from compactvid.datasets.statistics.clips import ClipStatistics
from compactvid.experiments.real_statistics import RealStatistics, real_statistics, recorded_origin
from compactvid.experiments.statistics import clip_statistics
from compactvid.runs import load_or_run

PROFILES = dict.fromkeys(("smoke", "small", "real"), ClipFolder())
"""All of the sample's clips at each profile: they are few."""
NAMES = {
    "clips": ("clips", ",.0f"),
    "fewest_frames": ("frames of the shortest clip", ".0f"),
    "most_frames": ("frames of the longest clip", ".0f"),
    "slowest_rate": ("lowest frame rate (1/s)", ".2f"),
    "fastest_rate": ("highest frame rate (1/s)", ".2f"),
    "height": ("height (pixels)", ".0f"),
    "width": ("width (pixels)", ".0f"),
    "difference_1": ("mean absolute difference of successive frames (grey levels)", ".1f"),
    "difference_5": ("the same, 5 frames apart", ".1f"),
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """Clip statistics; nothing where the data folder holds no clip."""
    folder = PROFILES[profile]
    return {"statistics": [ClipStatistics(folder, "all")]} if folder.present() else {}


def data(profile: str, seed: int) -> str:
    """Which real clips the statistics are of."""
    return _files(profile) or recorded_origin("data_ucf11")


def statistics(profile: str, seed: int) -> RealStatistics:
    """Numbers under the keys of `NAMES`, and the frame of `clip_statistics`."""
    return real_statistics(
        "data_ucf11",
        "ucf101",
        profile,
        _files(profile),
        lambda: clip_statistics(load_or_run(runs(profile, seed)["statistics"][0]).result),
    )


def _files(profile: str) -> str | None:
    return "real clips of UCF101, a sample" if PROFILES[profile].present() else None
