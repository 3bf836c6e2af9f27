"""AudioSet: labels and frames of real embeddings, the only real frame-level features that the book measures."""

from compactvid.datasets.audioset_files import AudioSetFiles
from compactvid.datasets.statistics.frames import FrameStatistics
from compactvid.datasets.statistics.labels import LabelStatistics
from compactvid.experiments.real_statistics import RealStatistics, real_statistics, recorded_origin
from compactvid.experiments.statistics import Figures, Values, frame_statistics, label_statistics
from compactvid.runs import load_or_run

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


def runs(profile: str, seed: int) -> dict[str, list]:
    """Label and frame statistics; nothing where the data folder holds no file."""
    if not AudioSetFiles.present():
        return {}
    files = dataset(profile, seed)
    return {"statistics": [LabelStatistics(files), FrameStatistics(files, "audio_embedding")]}


def dataset(profile: str, seed: int) -> AudioSetFiles:
    """The files that the statistics are taken of."""
    return AudioSetFiles(train=PROFILES[profile], seed=seed)


def data(profile: str, seed: int) -> str:
    """Which real clips the statistics are of."""
    return _files(profile) or recorded_origin("data_audioset")


def statistics(profile: str, seed: int) -> RealStatistics:
    """Numbers under the keys of `NAMES`, and the frames of `label_statistics` and `frame_statistics`."""
    return real_statistics("data_audioset", "audioset", profile, _files(profile), lambda: _measured(profile, seed))


def _files(profile: str) -> str | None:
    if not AudioSetFiles.present():
        return None
    return f"real AudioSet embeddings, {PROFILES[profile]:,} of 4,070 files of the balanced training split"


def _measured(profile: str, seed: int) -> tuple[Values, Figures]:
    labels, frames = (load_or_run(config).result for config in runs(profile, seed)["statistics"])
    values, figures = label_statistics(labels)
    frame_values, frame_figures = frame_statistics(frames)
    return values | frame_values, figures | frame_figures
