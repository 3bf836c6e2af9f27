"""AudioSet: labels and frames of real embeddings, the only real frame-level features that the book measures."""

from collections.abc import Mapping
from typing import Any

from compactvid.datasets.audioset_files import AudioSetFiles
from compactvid.datasets.statistics.frames import FrameStatistics
from compactvid.datasets.statistics.labels import LabelStatistics
from compactvid.experiments.real_statistics import RealPage
from compactvid.experiments.statistics import Figures, Values, frame_statistics, label_statistics

PROFILES = {"smoke": 60, "small": 600, "real": 4070}
"""Files read, of the 4,070 of the balanced training split; each holds about 5 clips."""
NAMES = {
    "videos": ("clips", ",.0f"),
    "labels": ("labels in the vocabulary", ",.0f"),
    "labels_present": ("labels that occur", ",.0f"),
    "labels_a_video": ("labels a clip, mean", ".2f"),
    "labels_a_video_variance": ("labels a clip, variance", ".2f"),
    "frames": ("frames", ",.0f"),
    "frames_a_video": ("frames a clip, mean", ".2f"),
    "fewest_frames": ("frames of the shortest clip", ".0f"),
    "most_frames": ("frames of the longest clip", ".0f"),
    "autocorrelation_1": ("autocorrelation of frames a second apart", ".2f"),
    "autocorrelation_5": ("autocorrelation of frames 5 seconds apart", ".2f"),
    "spectrum_exponent": ("variance falls with the component to the power of minus", ".2f"),
    "clipped": ("share of values that are 0 or 255", ".1%"),
}


def _summary(labels: Mapping[str, Any], frames: Mapping[str, Any]) -> tuple[Values, Figures]:
    values, figures = label_statistics(labels)
    frame_values, frame_figures = frame_statistics(frames)
    return values | frame_values, figures | frame_figures


_PAGE = RealPage(
    "data_audioset",
    "audioset",
    dataset=lambda profile, seed: AudioSetFiles(train=PROFILES[profile], seed=seed),
    files=lambda profile: (
        f"real AudioSet embeddings, {PROFILES[profile]:,} of 4,070 files of the balanced training split"
    ),
    configs=lambda files: [LabelStatistics(files), FrameStatistics(files, "audio_embedding")],
    summarise=_summary,
)
runs, data, statistics = _PAGE.runs, _PAGE.data, _PAGE.statistics
