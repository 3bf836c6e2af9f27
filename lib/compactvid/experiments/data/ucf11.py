"""UCF11's layout and format, and what real clips of that format look like."""

from compactvid.datasets.clip_folder import ClipFolder
from compactvid.datasets.statistics.clips import ClipStatistics
from compactvid.experiments.real_statistics import RealPage
from compactvid.experiments.statistics import clip_statistics

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

_PAGE = RealPage(
    "data_ucf11",
    "ucf101",
    dataset=lambda profile, seed: PROFILES[profile],
    files=lambda profile: "real clips of UCF101, a sample",
    configs=lambda folder: [ClipStatistics(folder, "all")],
    summarise=clip_statistics,
)
runs, data, statistics = _PAGE.runs, _PAGE.data, _PAGE.statistics
