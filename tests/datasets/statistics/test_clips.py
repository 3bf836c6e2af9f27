"""Clip statistics against a loop over pixels and against a file written for the test."""

import numpy as np
import pytest

from compactvid.datasets import clips
from compactvid.datasets.statistics.clips import ClipStatistics, frame_differences


def test_differences_pixel_by_pixel():
    frames = np.random.default_rng(0).integers(0, 256, (4, 2, 3, 3), np.uint8)
    for lag, found in zip((1, 2, 3), frame_differences(frames, (1, 2, 3)), strict=True):
        differences = [
            abs(int(frames[i + lag, y, x, c]) - int(frames[i, y, x, c]))
            for i in range(4 - lag)
            for y in range(2)
            for x in range(3)
            for c in range(3)
        ]
        assert found == pytest.approx(sum(differences) / len(differences))
    assert frame_differences(frames, (4, 9)) == [None, None]


def test_a_clip_that_brightens_by_ten_levels_a_frame(tmp_path):
    path = tmp_path / "walk" / "g01" / "c01.avi"
    path.parent.mkdir(parents=True)
    clips.write(path, (np.full((32, 48, 3), 50 + 10 * number, np.uint8) for number in range(7)), 12.5)

    class Source:
        def prepare(self, folder):
            return {"train": [path]}

    (found,) = ClipStatistics(Source(), size=(16, 24)).execute(tmp_path, None)["clips"]
    assert found.pop("differences") == pytest.approx([10, 20, 30, 40, 50], abs=1)  # what the codec leaves of it
    assert found == {"name": "walk/g01/c01", "frames": 7, "frames_per_second": 12.5, "height": 32, "width": 48}
