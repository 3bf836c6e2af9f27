"""Frame statistics against a slow transcription, video by video."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.statistics.frames import FrameStatistics, frame_statistics
from compactvid.datasets.statistics.power_law import power_law_exponent


def slow(videos, max_lag):
    """The same quantities from a list of (frames, features) arrays."""
    everything = np.concatenate(videos).astype(float)
    mean, variance = everything.mean(axis=0), everything.var(axis=0)
    correlations = []
    for lag in range(1, max_lag + 1):
        pairs = [(video[i], video[i + lag]) for video in videos for i in range(len(video) - lag)]
        if not pairs:
            correlations.append(None)
            continue
        a_component = [
            np.mean([(float(a[k]) - mean[k]) * (float(b[k]) - mean[k]) for a, b in pairs]) / variance[k]
            for k in range(len(mean))
            if variance[k] > 0
        ]
        correlations.append(np.mean(a_component))
    return {
        "videos": len(videos),
        "frames": len(everything),
        "standard_deviations": np.sqrt(variance) * 4 / 255,
        "spectrum_exponent": power_law_exponent(variance[variance > 0]),
        "autocorrelation": correlations,
        "clipped_low": (everything == 0).mean(),
        "clipped_high": (everything == 255).mean(),
        "first_component_clipped": np.isin(everything[:, 0], (0, 255)).mean(),
        "histogram": [(everything == value).sum() for value in range(256)],
    }


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 9), min_size=2, max_size=8), st.integers(1, 4))
def test_sums_are_those_of_the_slow_way(seed, lengths, batch_size):
    rng = np.random.default_rng(seed)
    videos = [rng.choice([0, 1, 7, 200, 255], (length, 3)).astype(np.uint8) for length in lengths]
    if (np.concatenate(videos).var(axis=0) > 0).sum() < 2:
        return
    batches = []
    for start in range(0, len(videos), batch_size):
        part = videos[start : start + batch_size]
        padded = np.full((len(part), 9, 3), 255, np.uint8)  # padding that would be seen
        for row, video in enumerate(part):
            padded[row, : len(video)] = video
        batches.append((padded, np.array([len(video) for video in part], np.int32)))
    found = frame_statistics(batches, max_lag=5)
    assert found.pop("num_frames") == [lengths.count(length) for length in range(10)]
    for name, value in slow(videos, 5).items():
        assert found[name] == pytest.approx(value, abs=1e-9), name


def test_lags_beyond_every_video_have_no_value():
    frames = np.random.default_rng(0).integers(0, 256, (4, 3, 2), np.uint8)
    found = frame_statistics([(frames, np.full(4, 3))], max_lag=5)
    assert found["autocorrelation"][2:] == [None] * 3
    assert None not in found["autocorrelation"][:2]


def test_a_video_that_stands_still_has_autocorrelation_one():
    frames = np.repeat(np.array([[[10, 50]], [[20, 90]]], np.uint8), 7, axis=1)
    assert frame_statistics([(frames, np.array([7, 7]))])["autocorrelation"] == pytest.approx([1] * 5)


@pytest.mark.parametrize("batches", [[], [(np.zeros((2, 4, 3), np.uint8), np.zeros(2, np.int32))]])
def test_no_frame_is_refused(batches):
    with pytest.raises(ValueError, match="at least one frame"):
        frame_statistics(batches)


def test_configuration_reads_stored_bytes(tmp_path):
    class Source:
        def prepare(self, folder):
            return {"train": folder}

        def read(self, files, split, *, dequantized):
            assert files[split] == tmp_path
            assert dequantized is False
            frames = np.array([[[0, 255], [255, 3], [9, 9]]], np.uint8)
            return [({"rgb": frames, "num_frames": np.array([2])}, None)]

    found = FrameStatistics(Source(), "rgb", lags=1).execute(tmp_path, tmp_path)
    assert (found["frames"], found["clipped_high"]) == (2, 0.5)
